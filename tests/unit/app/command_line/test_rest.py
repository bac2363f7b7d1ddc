"""The REST client: pages, errors, and what is no rollcall."""

import httpx
import pytest

from doubles.rest_server import RestServer
from rollcall.app.command_line.failure import (
    CommandError,
    NotFoundError,
    NotReachableError,
    RefusedError,
)


def paged(rest: RestServer, count: int) -> None:
    """A list of `count` numbers in pages as asked for; cursors are positions."""

    def answer(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("cursor", 0))
        end = min(count, start + int(request.url.params["limit"]))
        more = str(end) if end < count else None
        items = [{"n": n} for n in range(start, end)]
        return httpx.Response(200, json={"items": items, "next_cursor": more, "total": count})

    rest.answers["GET", "/list"] = answer


@pytest.mark.parametrize(("most", "found"), [(0, 2500), (3, 3), (1500, 1500), (9999, 2500)])
def test_all_pages_are_fetched_up_to_the_limit(rest: RestServer, most: int, found: int) -> None:
    paged(rest, 2500)
    items = [item["n"] for page in rest.api().pages("/list", {}, most) for item in page.items]
    assert items == list(range(found))
    assert all(int(one.url.params["limit"]) <= 1000 for one in rest.requests)


def test_an_empty_list_is_one_empty_page(rest: RestServer) -> None:
    paged(rest, 0)
    [page] = rest.api().pages("/list", {})
    assert (page.items, page.total) == ([], 0)


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotFoundError), (409, RefusedError), (422, RefusedError)]
)
def test_problems_are_one_line(rest: RestServer, status: int, kind: type[RefusedError]) -> None:
    rest.refuse("GET", "/x", status, "first\nsecond   line", more=1)
    with pytest.raises(kind, match=r"^first second line$") as raised:
        rest.api().get("/x")
    assert raised.value.status == status
    assert raised.value.problem["more"] == 1


def test_a_refusal_without_a_problem_document_has_its_phrase(rest: RestServer) -> None:
    rest.answers["GET", "/x"] = lambda _: httpx.Response(502, text="<html>proxy</html>")
    with pytest.raises(RefusedError, match="Bad Gateway"):
        rest.api().get("/x")
    rest.answers["GET", "/x"] = lambda _: httpx.Response(401, json=["no", "object"])
    with pytest.raises(RefusedError, match="Unauthorized"):
        rest.api().get("/x")


def test_something_else_that_answers_is_told_apart(rest: RestServer) -> None:
    rest.answers["GET", "/list"] = lambda _: httpx.Response(200, text="hello")
    with pytest.raises(NotReachableError, match="the test server does not answer like rollcall"):
        rest.api().get("/list")
    rest.on("GET", "/list", {"hello": "world"})
    with pytest.raises(NotReachableError, match="no items"):
        rest.api().page("/list", {})


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (httpx.ConnectError("refused"), "the test server does not answer: refused"),
        (httpx.ReadTimeout("slow"), "the test server does not answer in time"),
        (httpx.RemoteProtocolError(""), "the test server does not answer: RemoteProtocolError"),
    ],
)
def test_no_answer_is_one_line(rest: RestServer, error: httpx.TransportError, said: str) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    rest.answers["GET", "/x"] = fail
    with pytest.raises(CommandError, match=f"^{said}$"):
        rest.api().get("/x")
    with pytest.raises(CommandError, match=f"^{said}$"), rest.api().download("/x"):
        pass


def test_an_answer_without_a_body_is_fine(rest: RestServer) -> None:
    rest.answers["DELETE", "/x"] = lambda _: httpx.Response(204)
    assert rest.api().delete("/x") == {}
