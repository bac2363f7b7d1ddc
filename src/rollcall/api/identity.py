"""Who asks: the owner of the admin socket, or a program with a token.

Requests over the admin socket carry a mark in their ASGI scope that no client can set. On
the console address a bearer token is needed; its SHA-256 is what the database knows.
"""

import hashlib
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request

from rollcall.api.ports import House
from rollcall.api.problems import ProblemError

ROLES = ("viewer", "operator", "admin")
"""Each may do what those before it may: look, act, configure."""

LOCAL_MARK = "rollcall.local"
"""Key of the ASGI scope that marks the admin socket."""

Scope = Any  # ASGI's own types are dictionaries of anything
App = Callable[[Scope, Any, Any], Coroutine[Any, Any, None]]


class Identity(msgspec.Struct, frozen=True):
    """Who asks, as the audit log names him."""

    name: str
    role: str
    where: str


class AdminSocket:
    """ASGI wrapper: whoever comes this way is the administrator."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Pass on, marked."""
        await self._app({**scope, LOCAL_MARK: True}, receive, send)


def house_of(request: Request) -> House:
    """The house the application was made with."""
    house: House = request.app.state.house
    return house


HouseOf = Annotated[House, Depends(house_of)]


async def identify(request: Request, house: HouseOf) -> Identity:
    """Who asks; raises a 401 problem."""
    if request.scope.get(LOCAL_MARK):
        return Identity(name="local", role="admin", where="admin socket")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "a bearer token is needed")
    digest = hashlib.sha256(token.strip().encode()).digest()
    user = await house.read(lambda queries: queries.user_of_token(digest))
    if user is None:
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "the token is not valid")
    where = request.client.host if request.client else ""
    return Identity(name=user.name, role=user.role, where=where)


def _at_least(role: str) -> Callable[[Identity], Identity]:
    rank = ROLES.index(role)

    def check(identity: Annotated[Identity, Depends(identify)]) -> Identity:
        if identity.role not in ROLES or ROLES.index(identity.role) < rank:
            raise ProblemError(
                HTTPStatus.FORBIDDEN, f"this needs the role {role}; yours is {identity.role}"
            )
        return identity

    return check


Viewer = Annotated[Identity, Depends(_at_least("viewer"))]
Operator = Annotated[Identity, Depends(_at_least("operator"))]
Admin = Annotated[Identity, Depends(_at_least("admin"))]
