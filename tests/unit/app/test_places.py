"""Finding and making the data directory."""

from pathlib import Path

import pytest

from rollcall.app.places import DataDirError, Places, find_configuration, find_data_dir


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ROLLCALL_DATA_DIR", raising=False)
    monkeypatch.delenv("ROLLCALL_CONFIG", raising=False)


def test_option_then_environment_then_file_then_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_data_dir() == Path("data")
    Path("rollcall.toml").write_text('data_dir = "from-file"')
    assert find_data_dir() == Path("from-file")
    monkeypatch.setenv("ROLLCALL_DATA_DIR", "from-environment")
    assert find_data_dir() == Path("from-environment")
    assert find_data_dir(Path("from-option")) == Path("from-option")


def test_a_broken_file_is_silent_here() -> None:
    Path("rollcall.toml").write_text("data_dir = ")
    assert find_data_dir() == Path("data")


def test_configuration_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_CONFIG", "other.toml")
    assert find_configuration() == Path("other.toml")
    assert find_configuration(Path("mine.toml")) == Path("mine.toml")


def test_the_directory_is_for_its_owner_only(tmp_path: Path) -> None:
    places = Places(tmp_path / "a" / "data")
    places.create()
    places.create()
    for folder in (places.data_dir, places.keys, places.journal):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_path_too_long_for_sockets(tmp_path: Path) -> None:
    places = Places(tmp_path / ("x" * 60) / ("y" * 60))
    with pytest.raises(DataDirError, match=r"data_dir: .* short enough for sockets"):
        places.create()


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirError, match=r"cannot be made: "):
        Places(tmp_path / "file" / "data").create()
