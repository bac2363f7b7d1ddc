import structlog

from doubles.transport import SettableClock
from rollcall.transport.faults import Faults


def fail(faults: Faults) -> None:
    try:
        raise RuntimeError("ours")
    except RuntimeError:
        faults.report()


def test_a_flood_of_faults_is_counted_but_not_all_logged() -> None:
    clock = SettableClock()
    faults = Faults(clock)
    with structlog.testing.capture_logs() as logs:
        for _ in range(100):
            fail(faults)
        clock.now += 1.0
        fail(faults)
    assert faults.count == 101
    assert [line["faults"] for line in logs] == [1, 101]
    assert {line["log_level"] for line in logs} == {"error"}
