"""`rollcall.storage.phone_queries`: lists of phones and accounts."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from rollcall.model.administration import AccountEntry, InvalidError, PhoneEntry
from rollcall.storage.queries import SqlQueries
from rollcall.storage.repositories import SqlRepositories

Open = Callable[[], AbstractContextManager[SqlRepositories]]


@pytest.fixture
def filled(changing: Open, queries: SqlQueries) -> SqlQueries:
    with changing() as repositories:
        repositories.add_account(AccountEntry(name="acme", description="100% reliable"))
        repositories.add_account(AccountEntry(name="bolt"))
        for number in range(1001, 1010):
            account = ("", "acme", "bolt")[number % 3]
            repositories.add_phone(
                PhoneEntry(number=str(number), account=account, created_at=float(2000 - number)),
                "pw",
            )
    return queries


def numbers(queries: SqlQueries, **asked: str) -> list[str]:
    """All pages of three."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = queries.phones(limit=3, cursor=cursor, **asked)
        found.extend(entry.number for entry in page.items)
        cursor = page.next_cursor
        if cursor is None:
            assert page.total == len(found)
            return found


def test_pages_show_everything_once(filled: SqlQueries) -> None:
    everybody = [str(number) for number in range(1001, 1010)]
    assert numbers(filled) == everybody
    assert numbers(filled, sort="-number") == everybody[::-1]
    assert numbers(filled, sort="created_at") == everybody[::-1]
    assert numbers(filled, sort="account") == sorted(
        everybody, key=lambda number: (("", "acme", "bolt")[int(number) % 3], number)
    )


def test_filters(filled: SqlQueries) -> None:
    assert numbers(filled, account="acme") == [
        number for number in map(str, range(1001, 1010)) if int(number) % 3 == 1
    ]
    assert numbers(filled, q="05") == ["1005"]
    assert numbers(filled, q="BOLT") == [
        number for number in map(str, range(1001, 1010)) if int(number) % 3 == 2
    ]
    assert numbers(filled, q="%") == []
    assert numbers(filled, q="_") == []


@pytest.mark.parametrize("sort", ["password", "secret", "", "--number"])
def test_an_unknown_field_is_refused(filled: SqlQueries, sort: str) -> None:
    with pytest.raises(InvalidError, match="sort"):
        filled.phones(sort=sort)


@pytest.mark.parametrize("cursor", ["x", "!!!", "WyJudW1iZXIiXQ", "é"])
def test_a_cursor_of_another_list_is_refused(filled: SqlQueries, cursor: str) -> None:
    with pytest.raises(InvalidError, match="cursor"):
        filled.phones(cursor=cursor)


def test_accounts_with_their_phones(filled: SqlQueries) -> None:
    page = filled.accounts(limit=1)
    assert [(entry.name, entry.phones) for entry in page.items] == [("acme", 3)]
    assert page.total == 2
    rest = filled.accounts(limit=1, cursor=page.next_cursor)
    assert [entry.name for entry in rest.items] == ["bolt"]
    assert rest.next_cursor is None
    assert [entry.name for entry in filled.accounts(q="100%").items] == ["acme"]
    assert filled.account("acme") == page.items[0]
    assert filled.account("none") is None


def test_one_phone(filled: SqlQueries) -> None:
    found = filled.phone("1001")
    assert found is not None
    assert found.account == "bolt"
    assert filled.phone("1") is None
