"""What /metrics gives is what the guide says it gives."""

import re

import httpx

from harness.device import Device, Line
from harness.documents import GUIDE
from harness.phone_book import password_of
from harness.server import Server

NAME = re.compile(r"`(rollcall_\w+)")


def test_every_metric_is_documented_and_every_documented_metric_is_there(server: Server) -> None:
    server.rollcall("phone", "add", "1001", "--password", password_of("1001"))
    with Line(Device("1001", password_of("1001"), (server.host, server.sip_port))) as line:
        assert line.register().status == 200
    text = httpx.get(f"http://{server.host}:{server.console_port}/metrics").text
    samples = [row for row in text.splitlines() if row and not row.startswith("#")]
    given = {re.split(r"[{ ]", row)[0] for row in samples}
    rows = [row for row in (GUIDE / "metrics.md").read_text().splitlines() if row.startswith("| `")]
    documented = {NAME.findall(row)[0] for row in rows}
    assert given == documented
