"""Changes reach the SIP process, now or when it is back."""

import asyncio
from pathlib import Path

import pytest

from doubles.control_side import ControlSide, control_side
from rollcall.api.ports import Kick, UnavailableError
from rollcall.app.command_socket import CommandServer
from rollcall.model.administration import PhoneEntry
from rollcall.model.administration_ports import Repositories


def add_1001(repositories: Repositories) -> None:
    repositories.add_phone(PhoneEntry(number="1001"), "secret")
    repositories.add_pending("phone_changed", {"number": "1001"})


def pending(side: ControlSide) -> list[str]:
    from rollcall.storage.repositories import open_repositories

    with open_repositories(side.data.engine, side.data.box) as repositories:
        return [one.command for one in repositories.pending()]


async def test_a_change_is_delivered_before_it_returns(tmp_path: Path) -> None:
    async with control_side(tmp_path / "data") as side:
        await side.house.write(add_1001)
        assert side.sip.take() == [("phone_changed", {"number": "1001"})]
        assert pending(side) == []


async def test_a_failed_change_leaves_nothing(tmp_path: Path) -> None:
    def broken(repositories: Repositories) -> None:
        add_1001(repositories)
        raise ValueError("no")

    async with control_side(tmp_path / "data") as side:
        with pytest.raises(ValueError, match="no"):
            await side.house.write(broken)
        assert await side.house.read(lambda queries: queries.phone("1001")) is None
        assert pending(side) == []
        assert side.sip.take() == []


async def test_what_cannot_be_delivered_is_kept_until_the_sip_process_is_back(
    tmp_path: Path,
) -> None:
    async with control_side(tmp_path / "data") as side:
        await side.sip_server.stop()
        await side.house.write(add_1001)
        assert pending(side) == ["phone_changed"]
        side.connected.clear()
        again = CommandServer(side.data.places.command_socket, side.sip)
        await again.start()
        await side.connected.wait()
        await side.house.deliver()
        assert side.sip.take() == [("phone_changed", {"number": "1001"})]
        assert pending(side) == []
        await again.stop()


async def test_what_was_refused_is_tried_again(tmp_path: Path) -> None:
    async with control_side(tmp_path / "data") as side:
        side.sip.refusing = "the disk is full"
        await side.house.write(add_1001)
        assert pending(side) == ["phone_changed"]
        side.sip.refusing = ""
        await side.house.deliver()
        assert side.sip.take() == [("phone_changed", {"number": "1001"})]


async def test_many_commands_are_delivered_in_parts(tmp_path: Path) -> None:
    def many(repositories: Repositories) -> None:
        for number in range(250):
            repositories.add_pending("phone_changed", {"number": str(number)})

    async with control_side(tmp_path / "data") as side:
        await side.house.write(many)
        assert len(side.sip.take()) == 250
        assert pending(side) == []


async def test_a_kick_without_a_sip_process(tmp_path: Path) -> None:
    async with control_side(tmp_path / "data") as side:
        await side.sip_server.stop()
        kick = Kick(aor="sip:1001@rollcall", binding_ids=(), reason="r", block_seconds=None)
        with pytest.raises(UnavailableError):
            await side.house.kick([kick])
        await side.house.kick([])


async def test_the_status_is_asked_for_once_in_a_while(tmp_path: Path) -> None:
    async with control_side(tmp_path / "data") as side:
        first, second = await asyncio.gather(side.house.status(), side.house.status())
        assert first is second


async def test_a_database_that_does_not_work_is_said_in_one_line(tmp_path: Path) -> None:
    async with control_side(tmp_path / "data") as side:
        with side.data.engine.connect() as connection:
            # What a full disk looks like to SQLite: no page more than there are.
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
        answer = await side.admin.get("/accounts")
        for number in range(200):
            answer = await side.admin.post(
                "/accounts", json={"name": f"a{number}", "description": "x" * 500}
            )
            if answer.status_code != 201:
                break
        assert answer.status_code == 503
        assert answer.json()["detail"] == "the database cannot be used: database or disk is full"
        assert (await side.admin.get("/accounts")).status_code == 200
