"""`rollcall.storage.cursors`."""

import pytest

from rollcall.model.administration import InvalidError
from rollcall.storage.cursors import read_cursor, write_cursor


def test_cursors_come_back_and_belong_to_their_order() -> None:
    cursor = write_cursor("-phone", ("1001", 5, 1.5))
    assert read_cursor(cursor, "-phone", 3) == ("1001", 5, 1.5)
    assert read_cursor(None, "-phone", 3) is None
    assert read_cursor("", "-phone", 3) is None
    for sort, size in (("phone", 3), ("-phone", 2)):
        with pytest.raises(InvalidError, match="cursor"):
            read_cursor(cursor, sort, size)


@pytest.mark.parametrize("cursor", ["x", "!!!", "e30", "é", "W10"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidError, match="cursor"):
        read_cursor(cursor, "phone", 3)
