"""`rollcall.storage.secrets`: passwords at rest, and the key that opens them."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from rollcall.model.administration import PhoneEntry
from rollcall.storage.database import open_database
from rollcall.storage.errors import KeyMismatchError, KeyMissingError, SecretError
from rollcall.storage.repositories import open_repositories
from rollcall.storage.secrets import SecretBox, check_key, read_or_make_key, secrets_in_use


def test_a_secret_comes_back_and_is_not_to_be_seen(tmp_path: Path) -> None:
    box = SecretBox.open(tmp_path / "keys" / "secrets.key", in_use=False)
    sealed = box.seal("pässword", "1001")
    assert b"ssword" not in sealed
    assert box.seal("pässword", "1001") != sealed
    assert (
        SecretBox.open(tmp_path / "keys" / "secrets.key", in_use=True).unseal(sealed, "1001")
        == "pässword"
    )


def test_the_key_file_is_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secrets.key"
    key = read_or_make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert read_or_make_key(path) == key
    assert sorted(tmp_path.rglob("*.new")) == []


def test_a_key_others_can_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    read_or_make_key(path)
    path.chmod(0o644)
    with capture_logs() as lines:
        read_or_make_key(path)
    assert lines[0]["event"] == "key_file_readable_by_others"


def test_a_lost_key_is_never_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    with pytest.raises(KeyMissingError, match=r"secrets\.key is missing"):
        SecretBox.open(path, in_use=True)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"zz" * 32, b"ab" * 31, b"\xff" * 64])
def test_a_file_that_is_no_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets.key"
    path.write_bytes(content)
    with pytest.raises(SecretError, match="does not hold a key"):
        SecretBox.open(path, in_use=False)
    assert path.read_bytes() == content


def test_another_key_is_told_from_damage() -> None:
    box, other = SecretBox(b"1" * 32), SecretBox(b"2" * 32)
    sealed = box.seal("secret", "1001")
    with pytest.raises(KeyMismatchError, match="not the key"):
        other.unseal(sealed, "1001")
    for position in range(5, len(sealed)):
        damaged = bytearray(sealed)
        damaged[position] ^= 1
        with pytest.raises(SecretError, match="damaged"):
            box.unseal(bytes(damaged), "1001")
    with pytest.raises(SecretError, match="damaged"):
        box.unseal(sealed[:10], "1001")


def test_a_secret_belongs_to_its_owner() -> None:
    box = SecretBox(b"1" * 32)
    with pytest.raises(SecretError, match="1002"):
        box.unseal(box.seal("secret", "1001"), "1002")


def test_whether_a_database_needs_its_key(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "rollcall.db")
    box = SecretBox(b"1" * 32)
    assert not secrets_in_use(engine)
    check_key(engine, SecretBox(b"2" * 32))
    with open_repositories(engine, box) as repositories:
        repositories.add_phone(PhoneEntry(number="1001"), "secret")
    assert secrets_in_use(engine)
    check_key(engine, box)
    with pytest.raises(KeyMismatchError):
        check_key(engine, SecretBox(b"2" * 32))
    engine.dispose()
