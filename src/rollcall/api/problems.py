"""Errors as RFC 9457 problem documents.

    model errors                         NotFoundError 404, ExistsError 409, InvalidError and
                                         ParameterError 422
    UnavailableError (api.ports)         503
    ProblemError                         anything a route says itself

What a client sent is never repeated but by the errors that quote their value on purpose: a
request that fails validation may hold a password.
"""

from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from rollcall.api.ports import UnavailableError
from rollcall.model.administration import ExistsError, InvalidError, NotFoundError
from rollcall.model.parameter import ParameterError, UnknownParameterError

MEDIA_TYPE = "application/problem+json"

_log = structlog.get_logger(__name__)


class ProblemError(Exception):
    """A refusal of a route: status, one line, and members of its own."""

    def __init__(self, status: int, detail: str, **members: Any) -> None:
        self.status = status
        self.detail = detail
        self.members = members
        super().__init__(detail)


def problem(status: int, detail: str, **members: Any) -> Response:
    """The problem document as a response."""
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    } | members
    return Response(
        msgspec.json.encode(body), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def install(app: FastAPI) -> None:
    """Let every error of `app` leave as a problem document."""
    for error, status in (
        (NotFoundError, HTTPStatus.NOT_FOUND),
        (ExistsError, HTTPStatus.CONFLICT),
        (InvalidError, HTTPStatus.UNPROCESSABLE_ENTITY),
        (UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    ):
        app.add_exception_handler(error, _by_status(status))
    app.add_exception_handler(ParameterError, _parameter)
    app.add_exception_handler(ProblemError, _own)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _fault)


def _by_status(status: int) -> Any:
    async def handler(request: Request, error: Exception) -> Response:
        del request
        return problem(status, str(error.args[0]) if error.args else str(error))

    return handler


async def _parameter(request: Request, error: Exception) -> Response:
    del request
    if isinstance(error, UnknownParameterError):
        return problem(HTTPStatus.NOT_FOUND, str(error))
    key = error.key if isinstance(error, ParameterError) else ""
    errors = [{"field": key, "message": str(error)}]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=errors)


async def _own(request: Request, error: Exception) -> Response:
    del request
    if not isinstance(error, ProblemError):  # registered for nothing else
        raise error
    return problem(error.status, error.detail, **error.members)


async def _validation(request: Request, error: Exception) -> Response:
    del request
    errors = []
    if isinstance(error, RequestValidationError):
        for one in error.errors():
            place = [str(part) for part in one["loc"]]
            where = ".".join(place[1:] if place[0] in {"body", "query", "path"} else place)
            message = str(one["msg"]).removeprefix("Value error, ")
            errors.append({"field": where or "body", "message": message})
    first = f"{errors[0]['field']}: {errors[0]['message']}" if errors else "the request is invalid"
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, first, errors=errors)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):  # registered for nothing else
        raise error
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem(error.status_code, f"there is nothing at {request.url.path}")
    response = problem(error.status_code, str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _fault(request: Request, error: Exception) -> Response:
    _log.error("request failed", path=request.url.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "rollcall made a mistake; its log says more")
