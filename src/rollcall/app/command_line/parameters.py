"""`rollcall param`: settings that change while the system runs."""

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from rollcall.app.command_line.arguments import command, founding_command
from rollcall.app.command_line.listing import Listing, Shape, print_item, print_listing, print_pairs
from rollcall.app.command_line.rest import Api, Item
from rollcall.app.command_line.screen import out, tell
from rollcall.app.command_line.table import Column, plain

if TYPE_CHECKING:
    from rich.text import Text

app = typer.Typer(help="Settings that change while the system runs.", no_args_is_help=True)

KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="Its key or its VOS3000 name.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def _text(item: Item) -> str:
    return str(item.get("text", ""))


def _with_unit(text: str, item: Item) -> str:
    """`3600 s`, `10 %`, `20/s`; words have no unit."""
    unit = str(item.get("unit") or "")
    if not unit or not text.lstrip("-").isdecimal():
        return text
    return f"{text}{unit}" if unit.startswith("/") else f"{text} {unit}"


def _key_cell(item: Item) -> "Text":
    from rich.text import Text

    return Text(str(item.get("key", "")), style="" if item.get("in_use", True) else "quiet")


def _value_cell(item: Item) -> "Text":
    from rich.text import Text

    style = "" if item.get("is_default") else "accent"
    if not item.get("in_use", True) and not style:
        style = "quiet"
    return Text(_with_unit(_text(item), item), style=style)


def _default_cell(item: Item) -> "Text":
    from rich.text import Text

    return Text(_with_unit(str(item.get("default_text", "")), item), style="quiet")


def _aliases(item: Item) -> str:
    return ", ".join(item.get("aliases") or ())


def _note(item: Item) -> str:
    if not item.get("in_use", True):
        return "not used yet"
    return "per phone" if item.get("per_phone") else ""


def _note_cell(item: Item) -> "Text":
    from rich.text import Text

    return Text(_note(item), style="quiet")


PARAMETERS = Listing(
    path="/parameters",
    columns=(
        Column("Parameter", _key_cell),
        Column("Value", _value_cell),
        Column("Default", _default_cell, rank=1),
        Column("Allowed", lambda item: str(item.get("allowed") or ""), rank=3, cut_to=12),
        Column("Note", _note_cell, rank=2),
        Column("VOS3000 name", _aliases, rank=5, cut_to=12),
    ),
    fields=(
        "key",
        "text",
        "default_text",
        "unit",
        "allowed",
        "per_phone",
        "in_use",
        "aliases",
        "explanation",
    ),
    noun="parameter",
    when_empty="There are no parameters.",
)


@app.command("list")
@command
def list_parameters(api: Api, shape: Shape) -> None:
    """List all parameters; values that were changed are coloured."""
    print_listing(api, PARAMETERS, {}, shape, limit=0)


@app.command("get")
@command
def get(
    api: Api,
    key: KeyArgument,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also what it means and what is allowed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the value of a parameter."""
    item = api.get(_path(key))
    if as_json:
        print_item(item)
        return
    if not verbose:
        out().print(plain(_text(item)), soft_wrap=True)
        return
    print_pairs(
        [
            ("Parameter", item.get("key")),
            ("VOS3000 name", _aliases(item)),
            ("Value", _with_unit(_text(item), item)),
            ("Default", item.get("default_text")),
            ("Allowed", item.get("allowed")),
            ("Note", _note(item)),
            ("Meaning", item.get("explanation")),
        ]
    )


@app.command("set")
@founding_command
def set_parameter(
    api: Api,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY VALUE | KEY=VALUE...",
            help="One parameter and its value, or several at once.",
            show_default=False,
        ),
    ],
) -> None:
    """Set parameters; they count at once. Several with KEY=VALUE are set together."""
    values = _pairs(words)
    if len(values) == 1:
        [(key, value)] = values.items()
        answers = [api.patch(_path(key), {"value": value})]
    else:
        answers = api.patch("/parameters", values).get("items") or []
    for item in answers:
        _say(item)


@app.command("reset")
@command
def reset(api: Api, key: KeyArgument) -> None:
    """Go back to the default of a parameter."""
    _say(api.delete(_path(key)))


@app.command("preset")
@command
def preset(
    api: Api,
    name: Annotated[str, typer.Argument(metavar="NAME", help="vos3000: as its users know it.")],
) -> None:
    """Set several parameters to a known set of values."""
    for item in api.post("/parameters/preset", {"name": name}).get("items") or []:
        _say(item)


def _say(item: Item) -> None:
    """What a parameter is now."""
    tell(f"{item.get('key')} is {_with_unit(_text(item), item)}.", style="good")
    if not item.get("in_use", True):
        tell("It is kept, but nothing uses it yet.", style="warn")


def _pairs(words: list[str]) -> dict[str, str]:
    """`KEY VALUE` or `KEY=VALUE...`."""
    if len(words) == 2 and "=" not in words[0]:
        return {words[0]: words[1]}
    pairs = [word.partition("=") for word in words]
    if not all(key and separator for key, separator, _ in pairs):
        raise typer.BadParameter("write KEY VALUE, or KEY=VALUE one or more times")
    return {key: value for key, _, value in pairs}


def _path(key: str) -> str:
    return f"/parameters/{quote(key, safe='')}"
