"""A pretended server for the command line, and what a run of `rollcall` left."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from rollcall.app.command_line.connection import Target
from rollcall.app.command_line.rest import BASE, Api

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class RestServer:
    """Answers what a test tells it to, and remembers what was asked."""

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def on(self, method: str, path: str, body: object = None, status: int = 200) -> None:
        """Answer with this JSON."""
        self.answers[method, path] = lambda _: httpx.Response(status, json=body)

    def on_list(self, path: str, items: list[dict[str, Any]], total: int | None = None) -> None:
        """Answer with a list of one page."""
        count = len(items) if total is None else total
        self.on("GET", path, {"items": items, "next_cursor": None, "total": count})

    def refuse(self, method: str, path: str, status: int, detail: str, **more: Any) -> None:
        """Answer with a problem document."""
        self.on(method, path, {"status": status, "detail": detail, **more}, status)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """The transport's function."""
        self.requests.append(request)
        path = request.url.path.removeprefix(BASE)
        answer = self.answers.get((request.method, path))
        if answer is None:
            return httpx.Response(404, json={"detail": f"there is nothing at {path}"})
        return answer(request)

    def api(self, target: Target | None = None, *, founding: bool = False) -> Api:
        """A client of this server; there is nothing to be founded."""
        del founding
        if target is not None:
            self.targets.append(target)
        transport = httpx.MockTransport(self.handle)
        return Api(httpx.Client(transport=transport, base_url="http://test"), "the test server")

    @property
    def last(self) -> httpx.Request:
        """The last request."""
        return self.requests[-1]

    @property
    def last_body(self) -> Any:
        """The JSON of the last request."""
        return json.loads(self.last.content)


@dataclass(frozen=True)
class Result:
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


Run = Callable[..., Result]
"""`run("phone", "list")` is `rollcall phone list`; `columns=80` sets the terminal's width."""


def registration(number: str = "1001", **more: Any) -> dict[str, Any]:
    """An item of /registrations."""
    return {
        "id": 7,
        "aor": f"sip:{number}@rollcall",
        "phone": number,
        "account": "acme",
        "contact": f"<sip:{number}@192.0.2.9:5062>",
        "contact_ip": "192.0.2.9",
        "contact_port": 5062,
        "source_ip": "192.0.2.9",
        "source_port": 5062,
        "transport": "udp",
        "expires_in": 3552,
        "expires_at": "2026-11-23T06:00:00.000Z",
        "granted_expires": 3600,
        "registered_at": "2026-11-22T05:00:00.000Z",
        "refreshed_at": "2026-11-23T05:00:00.000Z",
        "refreshes": 24,
        "status": "registered",
        "ended": None,
        "ended_at": None,
        "user_agent": "Yealink SIP-T46S 66.86.0.15",
        "behind_nat": False,
        "path": [],
        **more,
    }
