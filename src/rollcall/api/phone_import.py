"""/phones/import: a CSV file of phones, all rows or none, with a report for every row."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from rollcall.api.audit import audited
from rollcall.api.identity import Admin, HouseOf
from rollcall.api.listing import json_response
from rollcall.api.phone_body import PhoneChange, generate_password
from rollcall.api.phone_file import Row, read_body, read_rows
from rollcall.api.phones import announce, check_overrides_fit, ending
from rollcall.api.problems import ProblemError
from rollcall.model.administration import AccountEntry, NotFoundError, PhoneEntry
from rollcall.model.administration_ports import Repositories

router = APIRouter(prefix="/phones", tags=["phones"])

ANNOUNCED_SINGLY = 1000
"""Beyond so many added phones the SIP process forgets everything it knows of phones, which
is quicker than forgetting them one by one."""


class ImportRow(BaseModel):
    """What became of one row."""

    line: int
    number: str
    result: str
    """added, updated, error; or in a failed or dry run `ok`."""
    error: str | None = None
    password: str | None = None
    """One that was generated, shown this once."""


class ImportReport(BaseModel):
    """What became of a file."""

    added: int
    updated: int
    errors: int
    dry_run: bool
    rows: list[ImportRow]


@router.post("/import", responses={200: {"model": ImportReport}, 422: {"model": ImportReport}})
async def import_phones(
    house: HouseOf,
    admin: Admin,
    request: Request,
    update: Annotated[bool, Query(description="Change phones that exist")] = False,
    create_accounts: Annotated[bool, Query(description="Add accounts that do not exist")] = False,
    dry_run: bool = False,
) -> Response:
    """Provision phones from CSV. One bad row and nothing is done; the report names all."""
    text = await read_body(request)
    rows = await asyncio.to_thread(lambda: list(read_rows(text)))  # seconds, for many phones
    now = house.wall()

    def work(repositories: Repositories) -> bool:
        new, known = _sort_out(repositories, rows, now, update=update, create=create_accounts)
        if dry_run or any(row.error for row in rows):
            return False
        if create_accounts:
            _create_accounts(repositories, rows, now)
        _store(repositories, new, known, now, house.realm)
        counts: dict[str, object] = {"added": len(new), "updated": len(known)}
        note = audited(house, admin, "phone.import", f"{len(rows)} phones", after=counts)
        repositories.add_audit(note)
        return True

    await house.write(work)
    report = _report(rows, dry_run=dry_run)
    if report["errors"]:
        wrong = next(row for row in rows if row.error)
        detail = f"nothing was imported: line {wrong.line}: {wrong.error}"
        raise ProblemError(422, detail, **report)
    return json_response(report)


def _sort_out(
    repositories: Repositories, rows: list[Row], now: float, *, update: bool, create: bool
) -> tuple[list[tuple[Row, PhoneEntry]], list[Row]]:
    """New phones and rows of known ones; notes what is wrong in the rows."""
    existing = repositories.existing_phones([row.number for row in rows])
    accounts: dict[str, bool] = {}
    seen: dict[str, int] = {}
    new: list[tuple[Row, PhoneEntry]] = []
    known: list[Row] = []
    for row in rows:
        if row.addition is None:
            continue
        account = row.addition.account.strip()
        if account and account not in accounts:
            accounts[account] = create or repositories.account(account) is not None
        if account and not accounts[account]:
            row.error = f"there is no account {account}"
        elif row.number in seen:
            row.error = f"number {row.number} is on line {seen[row.number]} already"
        elif row.number not in existing:
            new.append((row, row.addition.entry(now)))
        elif update:
            known.append(row)
        else:
            row.error = f"phone {row.number} exists already"
        seen.setdefault(row.number, row.line)
    return new, known


def _create_accounts(repositories: Repositories, rows: list[Row], now: float) -> None:
    names = {row.addition.account.strip() for row in rows if row.addition}
    for name in sorted(names - {""}):
        if repositories.account(name) is None:
            repositories.add_account(AccountEntry(name=name, created_at=now))


def _store(
    repositories: Repositories,
    new: list[tuple[Row, PhoneEntry]],
    known: list[Row],
    now: float,
    realm: str,
) -> None:
    additions = []
    for row, entry in new:
        password = row.addition.password if row.addition else None
        if password is None:
            password = row.generated = generate_password()
        additions.append((entry, password))
        row.result = "added"
    repositories.add_phones(additions)
    for row in known:
        _update(repositories, row, now, realm)
    if len(new) > ANNOUNCED_SINGLY:
        repositories.add_pending("parameters_changed", {})
    else:
        for _, entry in new:
            announce(repositories, entry, realm, end_bindings=False, why="added")


def _update(repositories: Repositories, row: Row, now: float, realm: str) -> None:
    """Change a known phone: what the row leaves empty stays as it is."""
    before = repositories.phone(row.number)
    if before is None or row.addition is None:
        raise NotFoundError(f"there is no phone {row.number}")
    given = row.addition
    change = PhoneChange(
        password=given.password,
        account=given.account or None,
        domain=given.domain or None,
        auth_mode=given.auth_mode or None,
        allow=given.allow or None,
    )
    after = change.applied(before, now)
    check_overrides_fit(repositories, after)
    repositories.change_phone(after, given.password)
    why = ending(before, after, password_changed=given.password is not None)
    announce(repositories, before, realm, end_bindings=bool(why), why=why or "changed")
    row.result = "updated"


def _report(rows: list[Row], *, dry_run: bool) -> dict[str, Any]:
    return {
        "added": sum(row.result == "added" for row in rows),
        "updated": sum(row.result == "updated" for row in rows),
        "errors": sum(bool(row.error) for row in rows),
        "dry_run": dry_run,
        "rows": [
            {
                "line": row.line,
                "number": row.number,
                "result": "error" if row.error else row.result,
                "error": row.error or None,
                "password": row.generated or None,
            }
            for row in rows
        ],
    }
