import pytest

from visualizer.lessons.kinds.change import body_sizes, changes_said


def change(op, what, value=None, was=None):
    return {"op": op, "what": what, "value": value, "was": was}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([], ""),
        ([change("add", "request.session")], "adds request.session"),
        (
            [change("add", "header Vary"), change("add", "cookie csrftoken")],
            "adds the header Vary and the cookie csrftoken",
        ),
        ([change("add", "header A"), change("add", "header B")], "adds the headers A and B"),
        ([change("remove", "header A"), change("change", "request.x")], "changes request.x and removes the header A"),
        ([change("change", "status", "200", "404")], "turns the status 404 into 200"),
        ([change("change", "body", "300 bytes", "200 bytes")], "lengthens the body from 200 bytes to 300 bytes"),
        ([change("change", "body", "streamed", "200 bytes")], "changes body"),
        ([change("add", "request.COOKIES", "read for the first time")], "reads request.COOKIES for the first time"),
        ([change("add", "request._cached_user", "<User>")], "evaluates request.user"),
        ([change("teapot", "request.x")], ""),
    ],
)
def test_changes_become_a_phrase(changes, said):
    assert changes_said(changes) == said


def test_sizes_are_known_only_where_both_are_told():
    assert body_sizes(change("change", "body", "300 bytes", "1,200 bytes")) == (1200, 300)
    assert body_sizes(change("change", "body", "streamed", "200 bytes")) is None
    assert body_sizes(change("change", "status", "200", "404")) is None
