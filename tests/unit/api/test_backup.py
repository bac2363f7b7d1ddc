"""/backup."""

import io
import tarfile

from doubles.control_side import ControlSide


async def test_the_backup_is_sent_and_removed(side: ControlSide) -> None:
    await side.admin.post("/phones", json={"number": "1001"})
    answer = await side.admin.get("/backup")
    assert answer.status_code == 200
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as tar:
        names = tar.getnames()
    assert {"rollcall.db", "keys/secrets.key", "clock.json"} <= set(names)
    assert list(side.data.places.data_dir.glob(".backup-*")) == []
    log = (await side.admin.get("/audit-log")).json()["items"]
    assert log[0]["action"] == "backup"
