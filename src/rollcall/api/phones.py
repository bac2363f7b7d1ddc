"""/phones: who may register."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from rollcall.api.audit import audited, difference
from rollcall.api.identity import Admin, HouseOf, Viewer
from rollcall.api.listing import Cursor, ItemList, Limit, json_response, page_response
from rollcall.api.phone_body import (
    AddedPhone,
    PhoneAddition,
    PhoneChange,
    PhoneItem,
    generate_password,
    show_phone,
)
from rollcall.model.administration import NotFoundError, PhoneEntry
from rollcall.model.administration_ports import Repositories
from rollcall.model.parameter import complete

router = APIRouter(prefix="/phones", tags=["phones"])


@router.get("", responses={200: {"model": ItemList[PhoneItem]}})
async def list_phones(
    house: HouseOf,
    viewer: Viewer,
    q: Annotated[str, Query(max_length=100, description="Part of number or account")] = "",
    account: Annotated[str, Query(max_length=100)] = "",
    sort: Annotated[str, Query(max_length=40)] = "number",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Provisioned phones, page by page."""
    del viewer
    page = await house.read(
        lambda queries: queries.phones(q=q, account=account, sort=sort, limit=limit, cursor=cursor)
    )
    return page_response(page, lambda entry: show_phone(entry, house.realm))


@router.post("", status_code=201, responses={201: {"model": AddedPhone}})
async def add_phone(house: HouseOf, admin: Admin, body: PhoneAddition) -> Response:
    """Provision a phone. A password that was generated is in the answer, this once."""
    entry = body.entry(house.wall())
    password = body.password or generate_password()
    note = audited(house, admin, "phone.add", entry.number, after=show_phone(entry, house.realm))

    def work(repositories: Repositories) -> None:
        check_overrides_fit(repositories, entry)
        repositories.add_phone(entry, password)
        repositories.add_audit(note)
        announce(repositories, entry, house.realm, end_bindings=False, why="added")

    await house.write(work)
    generated = {} if body.password else {"password": password}
    return json_response(show_phone(entry, house.realm) | generated, 201)


@router.get("/{number}", responses={200: {"model": PhoneItem}})
async def show_one(house: HouseOf, viewer: Viewer, number: str) -> Response:
    """One phone."""
    del viewer
    entry = await house.read(lambda queries: queries.phone(number))
    if entry is None:
        raise _no_phone(number)
    return json_response(show_phone(entry, house.realm))


@router.patch("/{number}", responses={200: {"model": PhoneItem}})
async def change_phone(house: HouseOf, admin: Admin, number: str, body: PhoneChange) -> Response:
    """Change a phone. A new password, a new domain or disabling it ends its registrations."""
    now = house.wall()

    def shown(entry: PhoneEntry) -> dict[str, object]:
        return show_phone(entry, house.realm)

    def work(repositories: Repositories) -> PhoneEntry:
        before = repositories.phone(number)
        if before is None:
            raise _no_phone(number)
        after = body.applied(before, now)
        check_overrides_fit(repositories, after)
        repositories.change_phone(after, body.password)
        old, new = difference(shown(before), shown(after))
        if body.password is not None:
            new |= {"password": "changed"}
        repositories.add_audit(audited(house, admin, "phone.change", number, before=old, after=new))
        why = ending(before, after, password_changed=body.password is not None)
        announce(repositories, before, house.realm, end_bindings=bool(why), why=why or "changed")
        return after

    return json_response(shown(await house.write(work)))


@router.delete("/{number}", status_code=204)
async def remove_phone(house: HouseOf, admin: Admin, number: str) -> Response:
    """Forget a phone; its registrations end."""

    def work(repositories: Repositories) -> None:
        before = repositories.phone(number)
        if before is None:
            raise _no_phone(number)
        repositories.remove_phone(number)
        repositories.add_audit(
            audited(house, admin, "phone.remove", number, before=show_phone(before, house.realm))
        )
        announce(repositories, before, house.realm, end_bindings=True, why="phone removed")

    await house.write(work)
    return Response(status_code=204)


def ending(before: PhoneEntry, after: PhoneEntry, *, password_changed: bool) -> str:
    """Why the phone's registrations end with this change; empty when they go on."""
    if password_changed:
        return "password changed"
    if before.enabled and not after.enabled:
        return "phone disabled"
    if before.domain != after.domain:
        return "domain changed"
    return ""


def announce(
    repositories: Repositories, entry: PhoneEntry, realm: str, *, end_bindings: bool, why: str
) -> None:
    """Let the SIP process know, once the transaction is done. `entry` names the AOR that
    its registrations have."""
    repositories.add_pending(
        "phone_changed",
        {
            "number": entry.number,
            "aor": entry.aor(realm),
            "end_bindings": end_bindings,
            "why": why,
        },
    )


def check_overrides_fit(repositories: Repositories, entry: PhoneEntry) -> None:
    """Raise ParameterError when the phone's own values contradict the system's."""
    if entry.overrides:
        complete({**repositories.parameters(), **entry.overrides})


def _no_phone(number: str) -> NotFoundError:
    shown = "".join(char if char.isprintable() else "?" for char in number[:64])
    return NotFoundError(f"there is no phone {shown}")
