"""`rollcall.storage.registration_queries` and `registration_rows`: the operator's main list."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from msgspec.structs import replace

from doubles.journals import DataFolder
from doubles.records import binding, change, empty, event, record
from rollcall.model.administration import (
    AccountEntry,
    InvalidError,
    PhoneEntry,
    Registration,
    RegistrationFilter,
)
from rollcall.model.record import Binding
from rollcall.storage.database import open_reader
from rollcall.storage.queries import SqlQueries
from rollcall.storage.repositories import SqlRepositories, open_repositories
from rollcall.storage.secrets import SecretBox

Open = Callable[[], AbstractContextManager[SqlRepositories]]

OFFSET = 1_700_000_000.0


class House:
    """Phones, their bindings, and the queries under test."""

    def __init__(self, folder: Path) -> None:
        self.data = DataFolder(folder)
        self.reader = open_reader(self.data.database)
        self.queries = SqlQueries(self.reader, self.data.clock.wall_offset)
        self.now = 1000.0

    def provision(self, *entries: PhoneEntry) -> None:
        with open_repositories(self.data.engine, SecretBox(b"k" * 32)) as repositories:
            repositories.set_setting("realm", "example.com")
            for name in {entry.account for entry in entries if entry.account}:
                if repositories.account(name) is None:
                    repositories.add_account(AccountEntry(name=name))
            repositories.add_phones([(entry, "pw") for entry in entries])

    def bind(self, number: str, *bindings: Binding, version: int = 1, base: int = 0) -> None:
        self.data.commit(change(record(number, version, *bindings), base))
        self.data.project()

    def rows(self, sort: str = "phone", **asked: object) -> list[Registration]:
        """All pages, of three rows each."""
        wanted = RegistrationFilter(**asked)  # type: ignore[arg-type]  # fields of it
        found: list[Registration] = []
        cursor: str | None = None
        while True:
            page = self.queries.registrations(
                wanted, now=self.now, sort=sort, limit=3, cursor=cursor
            )
            found.extend(page.items)
            cursor = page.next_cursor
            if cursor is None:
                assert page.total == len(found)
                chunks = self.queries.each_registration(wanted, now=self.now, sort=sort)
                assert [row for chunk in chunks for row in chunk] == found
                return found

    def phones(self, sort: str = "phone", **asked: object) -> list[str]:
        return [row.phone for row in self.rows(sort, **asked)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.reader.dispose()
    made.data.close()


def test_a_binding_with_everything_known_of_it(house: House) -> None:
    house.provision(PhoneEntry(number="1001", account="acme"))
    house.bind("1001", binding(7, cseq=3, interval=1800))
    house.now = 1100.0
    assert house.rows() == [
        Registration(
            id=7,
            aor="sip:1001@example.com",
            phone="1001",
            account="acme",
            contact='"Bob" <sip:1001@10.0.0.5:5062;ob>;+sip.instance="<urn:uuid:7>"',
            contact_ip="10.0.0.5",
            contact_port=5062,
            source_ip="192.0.2.7",
            source_port=5060,
            transport="udp",
            expires_in=3500,
            expires_at=OFFSET + 4600,
            granted_expires=3600,
            registered_at=OFFSET + 1000,
            refreshed_at=OFFSET + 1000,
            refreshes=2,
            status="registered",
            user_agent="Example Phone 1.0",
            behind_nat=True,
            local="198.51.100.1:5060",
            call_id="call-7@10.0.0.5",
            cseq=3,
            instance_id="urn:uuid:7",
            reg_id=1,
            path=("<sip:edge.example.com;lr>",),
            q=0.5,
        )
    ]
    assert house.queries.registration(7, now=house.now) == house.rows()[0]
    assert house.queries.registration(8, now=house.now) is None


@pytest.mark.parametrize(
    ("bound", "now", "status"),
    [
        (binding(1), 1000.0, "registered"),
        (binding(1), 4589.0, "registered"),
        (binding(1), 4590.0, "expiring"),
        (binding(1), 4601.0, "expiring"),  # its end is an event on its way
        (binding(1, interval=100), 1110.0, "registered"),
        (binding(1, interval=100), 1110.1, "expiring"),
        (binding(1, connection=1, unreachable_since=1050.0, grace_until=1170.0), 1060.0,
         "unreachable"),
    ],
)  # fmt: skip
def test_the_status_of_a_binding(house: House, bound: Binding, now: float, status: str) -> None:
    house.bind("1001", bound)
    house.now = now
    assert [row.status for row in house.rows()] == [status]
    assert house.queries.registration_counts(now=now)[status] == 1


def test_a_grace_that_runs_out_is_the_end(house: House) -> None:
    house.bind("1001", binding(1, unreachable_since=1050.0, grace_until=1170.0))
    house.now = 1160.0
    assert house.rows()[0].expires_in == 10
    house.now = 1172.1
    assert house.rows() == []


def test_phones_without_a_binding_and_why(house: House) -> None:
    house.provision(*[PhoneEntry(number=str(number)) for number in range(1001, 1004)])
    house.provision(PhoneEntry(number="1004", domain="other.example.com"))
    house.bind("1001", binding(1))
    house.bind("1002", binding(2, "1002"))
    house.data.commit(change(empty("1002", 2), 1, event("kicked", 1050.0, "1002")))
    house.data.project()
    rows = {row.phone: row for row in house.rows(statuses=("unregistered",))}
    assert set(rows) == {"1002", "1003", "1004"}
    assert (rows["1002"].ended, rows["1002"].ended_at) == ("kicked", OFFSET + 1050)
    assert rows["1002"].user_agent == "Example Phone 1.0"
    assert (rows["1003"].ended, rows["1003"].ended_at) == ("never", None)
    assert rows["1003"].id is None
    assert rows["1003"].aor == "sip:1003@example.com"
    assert rows["1004"].aor == "sip:1004@other.example.com"
    assert house.phones() == ["1001", "1002", "1003", "1004"]
    assert house.queries.registration_counts(now=house.now) == {
        "registered": 1,
        "expiring": 0,
        "unreachable": 0,
        "phones": 4,
        "unregistered": 3,
    }


def test_a_binding_that_ran_out_counts_as_expired_before_its_event(house: House) -> None:
    """With the SIP process down nobody writes the event; the list must not lie."""
    house.provision(PhoneEntry(number="1001"))
    house.bind("1001", binding(1, expires=60))
    house.now = 1100.0
    row = house.rows()[0]
    assert (row.status, row.ended, row.ended_at) == ("unregistered", "expired", OFFSET + 1060)
    assert house.phones(statuses=("expired",)) == ["1001"]


def test_the_filter_word_expired(house: House) -> None:
    house.provision(*[PhoneEntry(number=number) for number in ("1001", "1002", "1003")])
    house.data.commit(loose=[event("expired", number="1001"), event("kicked", number="1002")])
    house.data.project()
    assert house.phones(statuses=("expired",)) == ["1001"]
    assert house.phones(statuses=("unregistered",)) == ["1001", "1002", "1003"]
    assert house.phones(statuses=("expired", "registered")) == ["1001"]


def fleet(house: House) -> None:
    """Ten phones: even ones registered, each from another place."""
    house.provision(
        *[
            PhoneEntry(number=str(number), account=("acme", "bolt")[number % 2])
            for number in range(1000, 1010)
        ]
    )
    for number in range(1000, 1010, 2):
        house.bind(
            str(number),
            binding(
                number,
                str(number),
                expires=5000 - number,
                source_host=f"192.0.2.{number - 1000}",
                user_agent=("Alpha", "Beta 100%")[number % 4 // 2],
                connection=number if number == 1004 else 0,
            ),
        )


def test_filters(house: House) -> None:
    fleet(house)
    bound = ["1000", "1002", "1004", "1006", "1008"]
    assert house.phones(statuses=("registered",)) == bound
    assert house.phones(statuses=("expiring", "unreachable")) == []
    assert house.phones(phones=("1002", "1003", "7")) == ["1002", "1003"]
    assert house.phones(ip="192.0.2.4") == ["1004"]
    assert house.phones(ip="192.0.2.x") == bound
    assert house.phones(ip="192.0.2.0/30") == ["1000", "1002"]
    assert house.phones(ip="10.0.0.5") == bound  # their contacts
    assert house.phones(ip="2001:db8::/32") == []
    assert house.phones(account="bolt") == ["1001", "1003", "1005", "1007", "1009"]
    assert house.phones(account="acme", statuses=("registered",)) == bound
    assert house.phones(transport="tcp") == ["1004"]
    assert house.phones(device="alpha") == ["1000", "1004", "1008"]
    assert house.phones(device="100%") == ["1002", "1006"]
    assert house.phones(q="ACME") == bound
    assert house.phones(q="192.0.2.8") == ["1008"]
    assert house.phones(q="1003") == ["1003"]
    assert house.phones(ids=(1002, 1006, 5)) == ["1002", "1006"]


def test_orders(house: House) -> None:
    fleet(house)
    everybody = [str(number) for number in range(1000, 1010)]
    assert house.phones("phone") == everybody
    assert house.phones("-phone") == everybody[::-1]
    asked = {"statuses": ("registered",)}
    assert house.phones("expires_in", **asked) == ["1008", "1006", "1004", "1002", "1000"]
    assert house.phones("-source_ip", **asked) == ["1008", "1006", "1004", "1002", "1000"]
    assert house.phones("user_agent", **asked) == ["1000", "1004", "1008", "1002", "1006"]
    assert house.phones("account") == everybody[::2] + everybody[1::2]
    assert house.phones("status") == everybody[::2] + everybody[1::2]
    assert house.phones("-id")[:5] == ["1008", "1006", "1004", "1002", "1000"]


@pytest.mark.parametrize(
    "sort",
    ["aor", "contact", "contact_ip", "contact_port", "source_port", "transport", "call_id",
     "expires_at", "granted_expires", "registered_at", "refreshed_at", "refreshes"],
)  # fmt: skip
def test_every_field_sorts_both_ways_and_pages_show_all(house: House, sort: str) -> None:
    fleet(house)
    rising, falling = house.phones(sort), house.phones(f"-{sort}")
    assert rising == falling[::-1]
    assert sorted(rising) == [str(number) for number in range(1000, 1010)]


def test_several_bindings_of_a_phone_stand_together(house: House) -> None:
    house.provision(PhoneEntry(number="1001"), PhoneEntry(number="1002"))
    house.bind("1001", *[binding(number) for number in range(5, 13)])
    assert [row.id for row in house.rows()] == [*range(5, 13), None]
    assert [row.id for row in house.rows("-phone")] == [None, *range(12, 4, -1)]


def test_bindings_of_phones_that_are_not_provisioned_are_shown(house: House) -> None:
    house.bind("1001", binding(1))
    assert house.phones() == ["1001"]
    assert house.rows()[0].account == ""


def test_pages_stay_right_while_rows_change(house: House) -> None:
    fleet(house)
    first = house.queries.registrations(RegistrationFilter(), now=house.now, limit=4)
    house.data.commit(change(empty("1002", 2), 1))
    house.data.project()
    house.provision(PhoneEntry(number="0999"))
    rest = house.queries.registrations(
        RegistrationFilter(), now=house.now, limit=100, cursor=first.next_cursor
    )
    assert [row.phone for row in rest.items] == ["1004", "1005", "1006", "1007", "1008", "1009"]


@pytest.mark.parametrize(
    ("asked", "sort", "cursor", "match"),
    [
        (RegistrationFilter(ip="nonsense"), "phone", None, "ip"),
        (RegistrationFilter(statuses=("asleep",)), "phone", None, "status: 'asleep'"),
        (RegistrationFilter(), "secret", None, "sort"),
        (RegistrationFilter(), "phone", "nonsense", "cursor"),
    ],
)
def test_what_makes_no_sense_is_refused(
    house: House, asked: RegistrationFilter, sort: str, cursor: str | None, match: str
) -> None:
    with pytest.raises(InvalidError, match=match):
        house.queries.registrations(asked, now=1.0, sort=sort, cursor=cursor)


def test_an_export_holds_no_transaction_between_chunks(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollcall.storage.registration_sequence.CHUNK", 3)
    fleet(house)
    listed = house.queries.each_registration(RegistrationFilter(), now=house.now)
    assert listed.total == 10
    chunks = iter(listed)
    seen = [row.phone for row in next(chunks)]
    # The log can only be emptied when nobody reads.
    other = sqlite3.connect(house.data.database, timeout=0)
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    other.close()
    seen += [row.phone for chunk in chunks for row in chunk]
    assert seen == [str(number) for number in range(1000, 1010)]


def test_strange_contacts_are_listed_too(house: House) -> None:
    house.bind("1001", replace(binding(1), contact="<tel:+4912345>", q=-1, path=()))
    row = house.rows()[0]
    assert (row.contact_ip, row.contact_port, row.q, row.path) == ("", None, None, ())
