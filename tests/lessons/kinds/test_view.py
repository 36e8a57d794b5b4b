from tests.lessons.sample import VIEW, Sample
from visualizer.lessons.sentences import sentence_for


def returned(*queries, **left):
    sample = Sample()
    sample.enter("view", VIEW)
    for sql in queries:
        sample.span("database", "default", sql=sql)
    sample.exit(**{"response": "HttpResponse", "status": 200, **left}, after_ns=3_200_000)
    return sample


def last(sample):
    return sentence_for(sample.as_dict(), len(sample.events) - 1)


def called(**detail):
    sample = Sample()
    sample.enter("view", VIEW, **detail)
    return sentence_for(sample.as_dict(), 0)


def test_a_function_a_class_and_an_async_view_are_told_apart():
    assert called(is_async=False, is_class=False) == "Django calls the view product_detail."
    assert called(is_async=True) == "Django calls the async view product_detail."
    assert (
        called(is_class=True, method="get")
        == "Django calls the class product_detail; its method for this request is get()."
    )


def test_the_decorators_around_it_are_named():
    wrappers = [{"name": "user_passes_test"}, {"name": "_multi_decorate", "applies": ["never_cache"]}]
    assert (
        called(wrappers=wrappers) == "Django calls the view product_detail, through user_passes_test and never_cache."
    )


def test_the_method_that_answers_is_named_and_so_is_that_there_is_none():
    assert called(is_class=True, method="head", handler="shop.views.Detail.get").endswith(
        "; its method for this request is get()."
    )
    assert called(is_class=True, method="put", handler="View.http_method_not_allowed").endswith(
        "; it has no method for PUT, so http_method_not_allowed() answers."
    )


def test_a_transaction_around_it_is_told():
    assert called(atomic=["default"]).endswith("A transaction on default is open around it.")


def test_another_thread_than_the_servers_is_told():
    sample = Sample()
    sample.enter("server", "ASGIHandler", "server_request")
    sample.enter("view", VIEW)
    assert "thread" not in last(sample)
    sample.events[-1]["thread"] = "ThreadPoolExecutor-0_0"
    assert last(sample).endswith("It runs in thread ThreadPoolExecutor-0_0; the server called Django in MainThread.")


def test_what_it_returned_with_its_queries():
    assert last(returned("SELECT 1", "SELECT 2")) == (
        "product_detail returns an HttpResponse with status 200 after 3.2 ms. 2 queries ran inside it, together 2 µs."
    )
    assert last(returned()).endswith("No query ran inside it.")


def test_queries_that_were_not_kept_are_not_denied():
    sample = returned()
    sample.head["omitted"] = {"database": 2_300}
    assert "query" not in last(sample)
    sample = returned("SELECT 1")
    sample.head["omitted"] = {"database": 2_300}
    assert "1 query and 2,300 more that were not kept ran inside it" in last(sample)


def test_an_exception_that_leaves_it():
    error = {"type": "ZeroDivisionError", "module": "builtins", "message": "division by zero"}
    assert last(returned(response=None, status=None, error=error)) == (
        "product_detail ends after 3.2 ms with a ZeroDivisionError: division by zero."
    )


def test_a_permission_is_a_question_and_its_answer():
    sample = Sample()
    sample.enter("permission", "shop.change_product")
    assert last(sample) == "The permission shop.change_product is asked for."
    sample.span("database", "default")
    sample.exit(allowed=True)
    assert last(sample) == "Is the permission shop.change_product granted? Yes. 1 query ran to find out."
    sample.span("permission", "shop.buy", {"allowed": False})
    assert last(sample) == "Is the permission shop.buy granted? No. It took no query."
    sample.span("permission", "shop.buy", {"allowed": None})
    assert "No answer was seen" in last(sample)
    sample.span("permission", "shop", {"allowed": True})
    assert last(sample) == "Is any permission of the app shop granted? Yes. It took no query."
