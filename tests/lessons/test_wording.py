import pytest

from visualizer.lessons import wording


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (850, "850 ns"),
        (1_000, "1 µs"),
        (2_345, "2.35 µs"),
        (14_000, "14 µs"),
        (91_840, "91.8 µs"),
        (999_400, "999 µs"),
        (999_700, "1 ms"),
        (6_400_000, "6.4 ms"),
        (56_123_000, "56.1 ms"),
        (1_200_000_000, "1.2 s"),
        (1_234_567_000_000, "1235 s"),
        (-1_500_000, "-1.5 ms"),
    ],
)
def test_a_duration_has_three_digits_in_the_unit_that_keeps_it_short(ns, text):
    assert wording.duration(ns) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (1, "1 byte"), (812, "812 bytes"), (24_132, "24.1 kB"), (999_950, "1 MB")]
)
def test_a_size_is_of_thousands(count, text):
    assert wording.size(count) == text


def test_counts_have_their_noun():
    assert wording.counted(1, "query", "queries") == "1 query"
    assert wording.counted(2_300, "query", "queries") == "2,300 queries"


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcde"), "a, b, c, d and e"),
        (list("abcdefg"), "a, b, c, d and 3 more"),
    ],
)
def test_lists_are_joined_and_what_goes_over_is_counted(names, text):
    assert wording.listed(names) == text


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("HttpResponse", "an HttpResponse"),
        ("JsonResponse", "a JsonResponse"),
        ("UnicodeError", "a UnicodeError"),
        ("UnboundLocalError", "an UnboundLocalError"),
        ("OSError", "an OSError"),
    ],
)
def test_the_article_is_the_spoken_one(word, said):
    assert wording.article(word) == said


@pytest.mark.parametrize(
    ("file", "short"),
    [
        ("/srv/site/products/views.py", "products/views.py"),
        ("/env/lib/python3.11/site-packages/django/db/models/query.py", "django/db/models/query.py"),
        (r"C:\site\products\views.py", "products/views.py"),
        ("views.py", "views.py"),
        ("/views.py", "views.py"),
    ],
)
def test_a_file_is_named_with_its_folder(file, short):
    assert wording.short_file(file) == short


def test_a_place_without_a_line_or_a_file_is_only_what_is_known():
    assert wording.place("/srv/site/products/views.py", 31) == "products/views.py line 31"
    assert wording.place("/srv/site/products/views.py", None) == "products/views.py"
    assert wording.place(None, 31) == ""


def test_clip_makes_one_line_of_limited_length():
    assert wording.clip("a\n  b") == "a b"
    assert wording.clip("abcdef", 4) == "abc…"


def test_sentences_end_in_one_full_stop():
    assert wording.sentences("One", "", "Two.", "Three?") == "One. Two. Three?"
