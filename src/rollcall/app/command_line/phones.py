"""`rollcall phone`: who may register."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from rollcall.app.command_line.arguments import command, founding_command
from rollcall.app.command_line.listing import Shape, print_item, print_listing, print_pairs
from rollcall.app.command_line.phone_import import ImportOptions, import_file
from rollcall.app.command_line.phone_words import PHONES, phone_details
from rollcall.app.command_line.rest import Api
from rollcall.app.command_line.screen import tell
from rollcall.app.command_line.secret_input import given_password

app = typer.Typer(
    help="Who may register: add, list, show, set, remove, import.", no_args_is_help=True
)

AUTH_MODES = "password, ip, ip_port, password_and_ip"

NumberArgument = Annotated[
    str, typer.Argument(metavar="NUMBER", help="The phone's number.", show_default=False)
]
PasswordOption = Annotated[
    str | None,
    typer.Option(help="Its password; - reads it from standard input.", show_default=False),
]
AccountOption = Annotated[str | None, typer.Option(help="The account that owns it.")]
DomainOption = Annotated[str | None, typer.Option(help="Its SIP domain.")]
ModeOption = Annotated[str | None, typer.Option(help=f"How it proves who it is: {AUTH_MODES}.")]
AllowOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CIDR[:PORT]",
        help="Where it may come from; give it again for more. Default: anywhere.",
    ),
]
ParamOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="A parameter for this phone only; KEY= goes back to the system's value.",
    ),
]
LimitOption = Annotated[
    int | None, typer.Option(min=0, help="Rows at most; 0: all. Tables show 100.")
]


@app.command("add")
@founding_command
def add(
    api: Api,
    number: NumberArgument,
    password: PasswordOption = None,
    account: AccountOption = None,
    domain: DomainOption = None,
    auth_mode: ModeOption = None,
    allow: AllowOption = None,
    param: ParamOption = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="It may not register yet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Add a phone. Without --password one is made and shown, this once only."""
    body = _body(given_password(password), account, domain, auth_mode, allow, param)
    item = api.post("/phones", {"number": number, **body, "enabled": not disabled})
    if as_json:
        print_item(item)
        return
    tell(f"Phone {number} is added.", style="good")
    if item.get("password"):
        print_pairs(
            [
                ("User name", number),
                ("Password", str(item["password"])),
                ("Domain", str(item.get("domain") or "this server's address")),
            ]
        )
        tell("The password is not shown again; set another with rollcall phone set.", "quiet")


@app.command("list")
@command
def list_phones(
    api: Api,
    shape: Shape,
    account: Annotated[str | None, typer.Option(help="Only this account's.")] = None,
    search: Annotated[str | None, typer.Option("--search", "-q", help="Part of a number.")] = None,
    sort: Annotated[str | None, typer.Option(help="number, account..., -field downwards.")] = None,
    limit: LimitOption = None,
) -> None:
    """List phones, by number."""
    print_listing(api, PHONES, {"account": account, "q": search, "sort": sort}, shape, limit)


@app.command("show")
@command
def show(
    api: Api,
    number: NumberArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Everything about one phone, but its password."""
    item = api.get(_path(number))
    if as_json:
        print_item(item)
        return
    print_pairs(phone_details(item))


@app.command("set")
@command
def set_phone(
    api: Api,
    number: NumberArgument,
    password: PasswordOption = None,
    account: AccountOption = None,
    domain: DomainOption = None,
    auth_mode: ModeOption = None,
    allow: AllowOption = None,
    allow_any: Annotated[
        bool, typer.Option("--allow-any", help="It may come from anywhere again.")
    ] = False,
    param: ParamOption = None,
    enabled: Annotated[
        bool | None, typer.Option("--enabled/--disabled", help="May it register?")
    ] = None,
) -> None:
    """Change a phone. A new password or --disabled ends its registrations at once."""
    if allow and allow_any:
        raise typer.BadParameter("use one of --allow and --allow-any")
    body = _body(given_password(password), account, domain, auth_mode, allow, param)
    if allow_any:
        body["allow"] = []
    if enabled is not None:
        body["enabled"] = enabled
    if not body:
        raise typer.BadParameter("say what to change; see rollcall phone set --help")
    api.patch(_path(number), body)
    tell(f"Phone {number} is changed: {', '.join(_names(body))}.", style="good")


@app.command("remove")
@command
def remove(api: Api, number: NumberArgument) -> None:
    """Remove a phone; its registrations end at once."""
    api.delete(_path(number))
    tell(f"Phone {number} is removed.", style="good")


@app.command("import")
@founding_command
def import_phones(
    api: Api,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV; - reads standard input.", allow_dash=True)
    ],
    options: ImportOptions,
    shape: Shape,
) -> None:
    """Add many phones from a CSV file: all of them, or none when one row is wrong.

    Columns: number, password, account, domain, auth_mode, allow. Only number is required;
    passwords that are missing are made and printed, with --csv as a file for handing out.
    """
    import_file(api, file, options, shape)


def _body(
    password: str | None,
    account: str | None,
    domain: str | None,
    auth_mode: str | None,
    allow: list[str] | None,
    param: list[str] | None,
) -> dict[str, Any]:
    """The members of a phone that were given."""
    body: dict[str, Any] = {
        "password": password,
        "account": account,
        "domain": domain,
        "auth_mode": auth_mode,
        "allow": allow or None,
        "overrides": dict(map(_override, param)) if param else None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _override(text: str) -> tuple[str, str | None]:
    key, separator, value = text.partition("=")
    if not separator or not key.strip():
        raise typer.BadParameter(f"--param {text}: write KEY=VALUE, or KEY= to reset")
    return key.strip(), value.strip() or None


def _names(body: dict[str, Any]) -> list[str]:
    """What was changed, without values: one of them may be a password."""
    names = [name for name in body if name not in ("overrides", "enabled")]
    names.extend(body.get("overrides", ()))
    if "enabled" in body:
        names.append("enabled" if body["enabled"] else "disabled")
    return names


def _path(number: str) -> str:
    return f"/phones/{quote(number, safe='')}"
