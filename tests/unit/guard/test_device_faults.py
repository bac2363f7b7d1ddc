"""What is offered to devices that give up on algorithms they do not know."""

import pytest

from rollcall.guard.device_faults import offered

ORDER = ("SHA-256", "MD5")


@pytest.mark.parametrize(
    "user_agent",
    ["baresip v1.0.0 (x86_64/linux)", "baresip v0.6.6", "baresip v2.0.2", "baresip v3.11.0 (x)"],
)
def test_old_baresip_is_offered_md5_alone(user_agent: str) -> None:
    assert offered(ORDER, user_agent) == ("MD5",)


@pytest.mark.rfc("8760", "2.3", "one challenge per algorithm, in order of preference")
@pytest.mark.parametrize(
    "user_agent",
    ["", "baresip v3.12.0", "baresip v10.0.0", "not baresip v1.0.0", "baresip", "Linphone/5.1"],
)
def test_everybody_else_is_offered_the_whole_order(user_agent: str) -> None:
    assert offered(ORDER, user_agent) == ORDER


def test_without_md5_there_is_nothing_better() -> None:
    order = ("SHA-256", "SHA-512-256")
    assert offered(order, "baresip v1.0.0") == order
