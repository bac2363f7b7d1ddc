"""Rows by their keys, many at a time: the statement is made into text once, not for each time.

Through `Connection.execute` each time takes as long as reading 60 rows does, and each row a
third more.
"""

from collections.abc import Sequence
from sqlite3 import Cursor
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam

AT_ONCE = 200
"""Keys of one statement."""

_PREFIX = "wanted_key_"


class RowsByKey:
    """Runs `query` for keys in `column`, in any order and any number. For any thread."""

    def __init__(self, query: Select[Any], column: ColumnElement[int]) -> None:
        keys: list[BindParameter[int]] = [
            bindparam(f"{_PREFIX}{number}") for number in range(AT_ONCE)
        ]
        self._query = query.where(column.in_(keys))
        self._text = ""
        self._before: tuple[Any, ...] = ()
        self._after: tuple[Any, ...] = ()

    def rows(self, connection: Connection, keys: Sequence[int]) -> list[tuple[Any, ...]]:
        """Give the rows that there are, as the driver gives them."""
        if not keys:
            return []
        if not self._text:
            self._compile(connection)
        found: list[tuple[Any, ...]] = []
        cursor = cast(Cursor, connection.connection.cursor())
        try:
            for begin in range(0, len(keys), AT_ONCE):
                some = list(keys[begin : begin + AT_ONCE])
                some += [some[0]] * (AT_ONCE - len(some))
                cursor.execute(self._text, (*self._before, *some, *self._after))
                found += cursor.fetchall()
        finally:
            cursor.close()
        return found

    def _compile(self, connection: Connection) -> None:
        """Make the text, and the parameters that stand before and behind the keys in it."""
        compiled = self._query.compile(dialect=connection.dialect)
        names: Sequence[str] = getattr(compiled, "positiontup", None) or ()
        places = [place for place, name in enumerate(names) if name.startswith(_PREFIX)]
        values = [compiled.params[name] for name in names]
        self._before = tuple(values[: places[0]])
        self._after = tuple(values[places[-1] + 1 :])
        self._text = str(compiled)
