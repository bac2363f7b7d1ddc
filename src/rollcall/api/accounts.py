"""/accounts: the customers who own phones."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rollcall.api.audit import audited, difference
from rollcall.api.identity import Admin, HouseOf, Viewer
from rollcall.api.listing import Cursor, ItemList, Limit, json_response, page_response
from rollcall.api.times import show_time
from rollcall.model.administration import AccountEntry, NotFoundError
from rollcall.model.administration_ports import Repositories

router = APIRouter(prefix="/accounts", tags=["accounts"])

NAME_LIMIT = 100
"""Characters of an account's name: one cell of a table."""


def _check_name(value: str) -> str:
    name = value.strip()
    if not 1 <= len(name) <= NAME_LIMIT or not name.isprintable() or set(name) & set(",/"):
        raise ValueError(f"a name has 1 to {NAME_LIMIT} printable characters, no comma or slash")
    return name


Name = Annotated[str, AfterValidator(_check_name)]
Description = Annotated[str, Field(max_length=500)]


class AccountAddition(BaseModel):
    """An account to add."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: Description = ""


class AccountChange(BaseModel):
    """Fields to change; those left out stay."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    description: Description | None = None


class AccountItem(BaseModel):
    """An account."""

    name: str
    description: str | None
    phones: int
    created_at: str | None


@router.get("", responses={200: {"model": ItemList[AccountItem]}})
async def list_accounts(
    house: HouseOf,
    viewer: Viewer,
    q: Annotated[str, Query(max_length=100, description="Part of the name")] = "",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Accounts by name, page by page."""
    del viewer
    page = await house.read(lambda queries: queries.accounts(q=q, limit=limit, cursor=cursor))
    return page_response(page, _show)


@router.post("", status_code=201, responses={201: {"model": AccountItem}})
async def add_account(house: HouseOf, admin: Admin, body: AccountAddition) -> Response:
    """Add an account."""
    entry = AccountEntry(
        name=body.name, description=body.description.strip(), created_at=house.wall()
    )
    note = audited(house, admin, "account.add", entry.name, after=_audit(entry))

    def work(repositories: Repositories) -> None:
        repositories.add_account(entry)
        repositories.add_audit(note)

    await house.write(work)
    return json_response(_show(entry), 201)


@router.get("/{name}", responses={200: {"model": AccountItem}})
async def show_one(house: HouseOf, viewer: Viewer, name: str) -> Response:
    """One account."""
    del viewer
    entry = await house.read(lambda queries: queries.account(name))
    if entry is None:
        raise _no_account(name)
    return json_response(_show(entry))


@router.patch("/{name}", responses={200: {"model": AccountItem}})
async def change_account(house: HouseOf, admin: Admin, name: str, body: AccountChange) -> Response:
    """Rename or describe an account; its phones follow."""

    def work(repositories: Repositories) -> AccountEntry:
        before = repositories.account(name)
        if before is None:
            raise _no_account(name)
        after = AccountEntry(
            name=before.name if body.name is None else body.name,
            description=(
                before.description if body.description is None else body.description.strip()
            ),
            phones=before.phones,
            created_at=before.created_at,
        )
        repositories.change_account(name, after)
        old, new = difference(_audit(before), _audit(after))
        repositories.add_audit(audited(house, admin, "account.change", name, before=old, after=new))
        if after.name != before.name:
            repositories.add_pending("parameters_changed", {})  # its phones are cached with it
        return after

    return json_response(_show(await house.write(work)))


@router.delete("/{name}", status_code=204)
async def remove_account(house: HouseOf, admin: Admin, name: str) -> Response:
    """Remove an account that has no phones."""

    def work(repositories: Repositories) -> None:
        before = repositories.account(name)
        if before is None:
            raise _no_account(name)
        repositories.remove_account(name)
        repositories.add_audit(audited(house, admin, "account.remove", name, before=_audit(before)))

    await house.write(work)
    return Response(status_code=204)


def _show(entry: AccountEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "description": entry.description or None,
        "phones": entry.phones,
        "created_at": show_time(entry.created_at),
    }


def _audit(entry: AccountEntry) -> dict[str, object]:
    return {"name": entry.name, "description": entry.description}


def _no_account(name: str) -> NotFoundError:
    shown = "".join(char if char.isprintable() else "?" for char in name[:NAME_LIMIT])
    return NotFoundError(f"there is no account {shown}")
