"""/health and /metrics."""

from doubles.control_side import ControlSide


async def test_ready_is_what_the_sip_process_says(side: ControlSide) -> None:
    answer = await side.outside.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "listeners": ["udp://127.0.0.1:5060"],
        "groups_behind": 0,
    }


async def test_not_ready_while_it_starts(side: ControlSide) -> None:
    side.sip.status = {"ready": False}
    answer = await side.outside.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False


async def test_without_a_sip_process_the_rest_goes_on(side: ControlSide) -> None:
    await side.sip_server.stop()
    assert (await side.outside.get("/health/live")).status_code == 200
    assert (await side.outside.get("/health/ready")).status_code == 503
    assert (await side.admin.get("/registrations")).status_code == 200
    assert b"rollcall_ready 0.0" in (await side.outside.get("/metrics")).content


async def test_metrics(side: ControlSide) -> None:
    side.sip.status = {"ready": True, "counters": {"answers_200": 5}}
    text = (await side.outside.get("/metrics")).text
    assert 'rollcall_answers_total{status="200"} 5.0' in text


async def test_version(side: ControlSide) -> None:
    import rollcall

    assert (await side.admin.get("/version")).json() == {"version": rollcall.__version__}
