"""The API put together: `create_api` makes the ASGI application."""

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import Response

import rollcall
from rollcall.api import (
    accounts,
    backup,
    health,
    history,
    kicks,
    parameters,
    phone_import,
    phones,
    problems,
    registrations,
)
from rollcall.api.identity import Viewer, identify
from rollcall.api.listing import json_response
from rollcall.api.ports import House

BASE = "/api/v1"


def create_api(house: House | None) -> FastAPI:
    """The application for `house`. Wrap it in `AdminSocket` for the admin socket.

    With None, `app.state.house` must be set before the first request.
    """
    app = FastAPI(
        title="rollcall",
        version=rollcall.__version__,
        openapi_url=f"{BASE}/openapi.json",
        docs_url="/api/docs",
        redoc_url=None,
    )
    app.state.house = house
    problems.install(app)
    app.include_router(health.router)
    guarded = APIRouter(prefix=BASE, dependencies=[Depends(identify)])
    guarded.include_router(kicks.router)
    guarded.include_router(registrations.router)
    guarded.include_router(phone_import.router)
    guarded.include_router(phones.router)
    guarded.include_router(accounts.router)
    guarded.include_router(parameters.router)
    guarded.include_router(history.router)
    guarded.include_router(backup.router)
    guarded.add_api_route("/version", _version, methods=["GET"], tags=["health"])
    app.include_router(guarded)
    return app


async def _version(viewer: Viewer) -> Response:
    """The server's version."""
    del viewer
    return json_response({"version": rollcall.__version__})
