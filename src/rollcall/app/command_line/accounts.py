"""`rollcall account`: the customers who own phones."""

from typing import Annotated
from urllib.parse import quote

import typer

from rollcall.app.command_line.arguments import command, founding_command
from rollcall.app.command_line.durations import local_time, short_time
from rollcall.app.command_line.listing import Listing, Shape, print_item, print_listing, print_pairs
from rollcall.app.command_line.rest import Api
from rollcall.app.command_line.screen import tell
from rollcall.app.command_line.table import Column

app = typer.Typer(help="The customers who own phones.", no_args_is_help=True)

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The account's name.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
DescriptionOption = Annotated[str | None, typer.Option(help="A line for yourself.")]

ACCOUNTS = Listing(
    path="/accounts",
    columns=(
        Column("Account", lambda item: str(item.get("name") or "")),
        Column("Phones", lambda item: f"{item.get('phones') or 0:,}", right=True),
        Column(
            "Description",
            lambda item: str(item.get("description") or ""),
            rank=1,
            cut_to=16,
            optional=True,
        ),
        Column("Added", lambda item: short_time(item.get("created_at")), rank=2, right=True),
    ),
    fields=("name", "description", "phones", "created_at"),
    noun="account",
    when_empty="No accounts yet. Add one with: rollcall account add NAME",
)


@app.command("add")
@founding_command
def add(
    api: Api, name: NameArgument, description: DescriptionOption = None, as_json: JsonOption = False
) -> None:
    """Add an account."""
    item = api.post("/accounts", {"name": name, "description": description or ""})
    if as_json:
        print_item(item)
    else:
        tell(f"Account {name} is added.", style="good")


@app.command("list")
@command
def list_accounts(
    api: Api,
    shape: Shape,
    search: Annotated[str | None, typer.Option("--search", "-q", help="Part of a name.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, help="Rows at most; 0: all. Tables show 100.")
    ] = None,
) -> None:
    """List accounts with the number of their phones."""
    print_listing(api, ACCOUNTS, {"q": search}, shape, limit)


@app.command("show")
@command
def show(api: Api, name: NameArgument, as_json: JsonOption = False) -> None:
    """One account."""
    item = api.get(_path(name))
    if as_json:
        print_item(item)
        return
    print_pairs(
        [
            ("Account", item.get("name")),
            ("Description", item.get("description")),
            ("Phones", item.get("phones")),
            ("Added", local_time(item.get("created_at"))),
        ]
    )


@app.command("set")
@command
def set_account(
    api: Api,
    name: NameArgument,
    rename: Annotated[str | None, typer.Option("--name", help="A new name.")] = None,
    description: DescriptionOption = None,
) -> None:
    """Rename or describe an account."""
    body = {"name": rename, "description": description}
    given = {key: value for key, value in body.items() if value is not None}
    if not given:
        raise typer.BadParameter("say what to change: --name, --description")
    api.patch(_path(name), given)
    tell(f"Account {rename or name} is changed.", style="good")


@app.command("remove")
@command
def remove(api: Api, name: NameArgument) -> None:
    """Remove an account that owns no phones."""
    api.delete(_path(name))
    tell(f"Account {name} is removed.", style="good")


def _path(name: str) -> str:
    return f"/accounts/{quote(name, safe='')}"
