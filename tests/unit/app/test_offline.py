"""The API without a server."""

from pathlib import Path

import httpx
import pytest

from rollcall.app.command_line.in_process import InProcessTransport
from rollcall.app.configuration import load
from rollcall.app.data_lock import DataLock, InUseError
from rollcall.app.first_start import prepare
from rollcall.app.offline import open_api
from rollcall.app.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    settings = load({"data_dir": tmp_path / "data"})
    settings.places.create()
    prepare(settings)
    return settings.places


def test_phones_can_be_added_without_a_server(places: Places) -> None:
    with httpx.Client(
        transport=InProcessTransport(open_api(places.data_dir)), base_url="http://x/api/v1"
    ) as client:
        assert client.post("/phones", json={"number": "1001"}).status_code == 201
        assert client.get("/registrations").json()["items"][0]["ended"] == "never"
        answer = client.post("/registrations/kick", json={"filter": {}, "block_seconds": 0})
        assert answer.status_code == 503
        assert answer.json()["detail"] == "no server is running on this data directory"
        assert client.get("http://x/health/ready").status_code == 503
    DataLock.take(places, "the next", wait=0.0).close()


def test_not_beside_a_server(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollcall.app.data_lock.WAIT", 0.0)
    with (
        DataLock.take(places, "rollcall serve"),
        pytest.raises(InUseError, match=r"in use by process \d+ \(rollcall serve\)"),
    ):
        InProcessTransport(open_api(places.data_dir))
