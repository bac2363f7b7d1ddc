"""An ASGI application called in this process."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from rollcall.app.command_line.failure import CommandError
from rollcall.app.command_line.in_process import PIECES_AHEAD, InProcessTransport
from rollcall.app.places import DataDirError


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()

    @app.post("/echo")
    async def echo(request: Request) -> dict[str, Any]:
        body = await request.body()
        return {
            "body": body.decode(),
            "query": dict(request.query_params),
            "type": request.headers.get("content-type"),
        }

    @app.get("/fault")
    async def fault() -> None:
        raise LookupError("a mistake")

    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[httpx.Client]:
    with httpx.Client(transport=InProcessTransport(app), base_url="http://test") as client:
        yield client


def test_requests_arrive_whole(client: httpx.Client) -> None:
    response = client.post(
        "/echo", params={"q": "a b&c"}, content=b"1001\n", headers={"Content-Type": "text/csv"}
    )
    assert response.status_code == 200
    assert response.json() == {"body": "1001\n", "query": {"q": "a b&c"}, "type": "text/csv"}


def test_paths_are_decoded_once(app: FastAPI, client: httpx.Client) -> None:
    @app.get("/phones/{number}")
    async def phone(number: str) -> str:
        return number

    assert client.get("/phones/%2B49%231%2525").json() == "+49#1%25"


def test_status_and_errors_come_back(client: httpx.Client) -> None:
    assert client.get("/nowhere").status_code == 404


def test_a_fault_of_the_application_is_raised(client: httpx.Client) -> None:
    assert client.get("/fault").status_code == 500


def test_answers_are_read_while_they_are_made(app: FastAPI, client: httpx.Client) -> None:
    made: list[int] = []

    @app.get("/long")
    async def long() -> StreamingResponse:
        async def pieces() -> Any:
            for number in range(1000):
                made.append(number)
                yield b"%d\n" % number

        return StreamingResponse(pieces())

    with client.stream("GET", "/long") as response:
        lines = response.iter_lines()
        assert next(lines) == "0"
        assert len(made) <= 2 * PIECES_AHEAD
        assert len(list(lines)) == 999


def test_leaving_early_stops_the_application() -> None:
    stopped = threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while True:
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
        finally:
            stopped.set()

    with httpx.Client(transport=InProcessTransport(app), base_url="http://test") as client:
        with client.stream("GET", "/endless") as response:
            next(response.iter_bytes())
        assert stopped.wait(10)


class Lifespan:
    """An application that only knows its lifespan."""

    def __init__(self, *answers: dict[str, str]) -> None:
        self.answers = list(answers)
        self.heard: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan"
        for answer in self.answers:
            self.heard.append((await receive())["type"])
            await send(answer)


def test_the_lifespan_is_run() -> None:
    app = Lifespan({"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"})
    transport = InProcessTransport(app)
    assert app.heard == ["lifespan.startup"]
    transport.close()
    assert app.heard == ["lifespan.startup", "lifespan.shutdown"]


def test_a_start_that_fails_is_one_line() -> None:
    app = Lifespan({"type": "lifespan.startup.failed", "message": "Traceback\n\nthe disk is full"})
    with pytest.raises(CommandError, match=r"^the disk is full$"):
        InProcessTransport(app)


def test_what_the_start_raised_is_raised() -> None:
    class InUse(contextlib.nullcontext[None]):
        async def __aenter__(self) -> None:
            raise DataDirError("in use by process 4711")

    with pytest.raises(DataDirError, match=r"^in use by process 4711$"):
        InProcessTransport(FastAPI(lifespan=lambda _: InUse()))


def test_an_application_without_lifespan_is_fine() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 204, "headers": []})

    with httpx.Client(transport=InProcessTransport(app), base_url="http://test") as client:
        assert client.get("/").status_code == 204


def test_no_thread_is_left(app: FastAPI) -> None:
    before = threading.active_count()
    InProcessTransport(app).close()
    assert threading.active_count() == before
