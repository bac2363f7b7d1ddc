"""Commands over the socket: replies, refusals, and a SIP process that comes and goes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from rollcall.app.command_socket import (
    WAITING_LIMIT,
    CommandClient,
    CommandError,
    CommandServer,
    Reply,
    UnreachableError,
)


async def answer(command: str, fields: Mapping[str, Any]) -> Reply:
    if command == "echo":
        return dict(fields)
    if command == "refuse":
        raise CommandError("not today")
    if command == "hang":
        await asyncio.Event().wait()
    raise ZeroDivisionError("a fault")


@asynccontextmanager
async def connected(path: Path) -> AsyncIterator[tuple[CommandServer, CommandClient]]:
    server = CommandServer(path, answer)
    await server.start()
    there = asyncio.Event()
    client = CommandClient(path, there.set)
    task = asyncio.create_task(client.run())
    await there.wait()
    try:
        yield server, client
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.stop()


async def test_a_command_and_its_reply(tmp_path: Path) -> None:
    async with connected(tmp_path / "command.sock") as (_, client):
        assert client.is_connected
        reply = await client.call("echo", {"number": "1001", "group": 7})
        assert (reply["ok"], reply["group"], reply["number"]) == (True, 7, "1001")
        assert (await client.call("echo"))["group"] == 0


async def test_replies_find_their_commands(tmp_path: Path) -> None:
    async with connected(tmp_path / "command.sock") as (_, client):
        hanging = asyncio.create_task(client.call("hang"))
        replies = await asyncio.gather(*(client.call("echo", {"n": n}) for n in range(50)))
        assert [reply["n"] for reply in replies] == list(range(50))
        hanging.cancel()


async def test_refusals_and_faults_are_told(tmp_path: Path) -> None:
    async with connected(tmp_path / "command.sock") as (_, client):
        with pytest.raises(CommandError, match=r"^not today$"):
            await client.call("refuse")
        with pytest.raises(CommandError, match=r"ZeroDivisionError: a fault"):
            await client.call("fault")
        assert (await client.call("echo"))["ok"]


async def test_no_answer_in_time(tmp_path: Path) -> None:
    async with connected(tmp_path / "command.sock") as (_, client):
        with pytest.raises(UnreachableError, match=r"did not answer within 0.01 s"):
            await client.call("hang", time_out=0.01)


async def test_garbage_is_answered_and_the_socket_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "command.sock"
    async with connected(path) as (_, client):
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"{nonsense\n[1]\n")
        assert b'"ok":false' in await reader.readline()
        assert b'"ok":false' in await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert (await client.call("echo"))["ok"]


async def test_it_connects_again_and_waiting_commands_learn_of_the_loss(tmp_path: Path) -> None:
    path = tmp_path / "command.sock"
    server = CommandServer(path, answer)
    await server.start()
    there = asyncio.Event()
    client = CommandClient(path, there.set)
    task = asyncio.create_task(client.run())
    await there.wait()
    waiting = asyncio.create_task(client.call("hang"))
    await asyncio.sleep(0)
    there.clear()
    await server.stop()
    with pytest.raises(UnreachableError, match=r"gone away"):
        await waiting
    with pytest.raises(UnreachableError, match=r"not running"):
        await client.call("echo")
    again = CommandServer(path, answer)
    await again.start()
    await there.wait()
    assert (await client.call("echo"))["ok"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await again.stop()


async def test_commands_under_way_are_bounded(tmp_path: Path) -> None:
    async with connected(tmp_path / "command.sock") as (_, client):
        hanging = [asyncio.create_task(client.call("hang")) for _ in range(WAITING_LIMIT)]
        await asyncio.sleep(0)
        with pytest.raises(UnreachableError, match=r"too many"):
            await client.call("echo")
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_the_socket_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "command.sock"
    path.write_text("left over")
    async with connected(path):
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()
