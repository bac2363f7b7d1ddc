"""/health/live, /health/ready, /metrics: for machines that watch; no login."""

from fastapi import APIRouter
from fastapi.responses import Response

from rollcall.api.identity import HouseOf
from rollcall.api.listing import json_response

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> Response:
    """The control process answers."""
    return json_response({"live": True})


@router.get("/health/ready")
async def ready(house: HouseOf) -> Response:
    """200 when every listener answers and any AOR can be answered from the store, else 503."""
    state = await house.readiness()
    return json_response(state, 200 if state.get("ready") else 503)


@router.get("/metrics")
async def metrics(house: HouseOf) -> Response:
    """Prometheus' text format."""
    return Response(await house.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")
