"""The REST client of the command line. It uses nothing but the public API.

The same calls go to a running server's socket, to a URL, or to the application in this
very process: that is the transport's business (`connection`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from rollcall.app.command_line.failure import (
    CommandError,
    NotFoundError,
    NotReachableError,
    RefusedError,
)

if TYPE_CHECKING:
    import httpx  # while running only when something is sent: loading it takes a tenth of a second

BASE = "/api/v1"

PAGE = 1000
"""Rows asked for at once when all are wanted: few round trips, and no answer of megabytes."""

FILE_ANSWERED_WITHIN = 900.0
"""Seconds. A file of a million phones takes minutes: each password is encrypted."""

Item = Mapping[str, Any]
"""One object of the API, as CONTRACT names its fields."""

Query = Mapping[str, str | int | None]


class Page:
    """One page of a list: its `items`, the `total` in the whole list, and `next_cursor`."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.items: list[Item] = list(answer["items"])
        self.total: int | None = answer.get("total")
        self.next_cursor: str | None = answer.get("next_cursor")
        self.answer = answer


class Api:
    """Talks to one server. `where` names it in messages."""

    def __init__(self, client: "httpx.Client", where: str) -> None:
        self._client = client
        self.where = where

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, query: Query | None = None) -> dict[str, Any]:
        """GET one object. Raises `CommandError` and its children, like all that follow."""
        return self._object("GET", path, query=query)

    def post(self, path: str, body: object, query: Query | None = None) -> dict[str, Any]:
        """POST a JSON body."""
        return self._object("POST", path, query=query, json=body)

    def post_file(
        self, path: str, content: bytes, media_type: str, query: Query | None = None
    ) -> dict[str, Any]:
        """POST a file as it is."""
        return self._object(
            "POST",
            path,
            query=query,
            content=content,
            headers={"Content-Type": media_type},
            timeout=FILE_ANSWERED_WITHIN,
        )

    def patch(self, path: str, body: object) -> dict[str, Any]:
        """PATCH with a JSON body: what is not named stays."""
        return self._object("PATCH", path, json=body)

    def delete(self, path: str, query: Query | None = None) -> dict[str, Any]:
        """DELETE one object."""
        return self._object("DELETE", path, query=query)

    def page(self, path: str, query: Query) -> Page:
        """One page of a list."""
        answer = self.get(path, query)
        if not isinstance(answer.get("items"), list):
            raise NotReachableError(f"{self.where} does not answer like rollcall: no items")
        return Page(answer)

    def pages(self, path: str, query: Query, most: int = 0) -> Iterator[Page]:
        """The pages of a list up to `most` rows (0: all); at least one, be it empty."""
        wanted = most or None
        cursor: str | None = None
        while True:
            limit = PAGE if wanted is None else min(PAGE, wanted)
            page = self.page(path, {**query, "limit": limit, "cursor": cursor})
            yield page
            cursor = page.next_cursor
            if wanted is not None:
                wanted -= len(page.items)
            if not cursor or not page.items or (wanted is not None and wanted <= 0):
                return

    @contextmanager
    def download(self, path: str, query: Query | None = None) -> "Iterator[httpx.Response]":
        """GET something large; read it from the response's `iter_bytes`."""
        import httpx

        try:
            with self._client.stream("GET", BASE + path, params=_given(query)) as response:
                if response.is_error:
                    response.read()
                    raise refusal(response)
                yield response
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def _object(
        self, method: str, path: str, *, query: Query | None = None, **content: Any
    ) -> dict[str, Any]:
        import httpx

        try:
            response = self._client.request(method, BASE + path, params=_given(query), **content)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if response.is_error:
            raise refusal(response)
        if not response.content:
            return {}
        try:
            answer = response.json()
        except ValueError as error:
            raise NotReachableError(f"{self.where} does not answer like rollcall") from error
        return answer if isinstance(answer, dict) else {"items": answer}

    def _unreachable(self, error: "httpx.TransportError") -> CommandError:
        import httpx

        if isinstance(error, httpx.TimeoutException):
            return NotReachableError(f"{self.where} does not answer in time")
        said = str(error) or type(error).__name__
        return NotReachableError(f"{self.where} does not answer: {said}")


def refusal(response: "httpx.Response") -> RefusedError:
    """The error for an answer of 400 or more: its problem document (RFC 9457) in one line."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    said = problem.get("detail") or problem.get("title") or response.reason_phrase
    kind = NotFoundError if response.status_code == HTTPStatus.NOT_FOUND else RefusedError
    return kind(" ".join(str(said).split()), response.status_code, problem)


def _given(query: Query | None) -> dict[str, str | int]:
    """Only what was asked for goes into the query string."""
    return {name: value for name, value in (query or {}).items() if value not in (None, "")}
