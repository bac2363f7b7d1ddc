"""Writes the reference pages of the guide from the code that they describe.

    docs/guide/parameters.md    from rollcall.model.parameter_table
    docs/guide/commands.md      from rollcall.app.command_line
    docs/guide/settings.md      from rollcall.app.configuration

So no parameter, command or setting can be undocumented. With `--check` nothing is written:
the exit status tells whether the pages are up to date.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer.main

from rollcall.app.command_line.application import app
from rollcall.app.configuration import Settings
from rollcall.model.parameter import PARAMETERS, PRESETS
from rollcall.model.parameter_kind import Parameter

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "guide"
WRITTEN = "Written by `make docs` from the code; do not edit it by hand."


def cell(text: str) -> str:
    """Text that does not break a table row."""
    return " ".join(text.split()).replace("|", r"\|")


def parameter_row(parameter: Parameter) -> str:
    """One row of the parameters page."""
    names = [f"`{parameter.key}`{' *' if parameter.per_phone else ''}"]
    names += [f"`{alias}`" for alias in parameter.aliases]
    unit = f" {parameter.unit}" if parameter.unit else ""
    default = parameter.text(parameter.default)
    default += unit if default.isdigit() else ""
    words = parameter.explanation + ("" if parameter.in_use else " *Not used yet.*")
    return f"| {'<br>'.join(names)} | {default} | {cell(parameter.allowed)} | {cell(words)} |"


def parameters_page() -> str:
    """Every parameter, in the order of its declaration."""
    lines = [
        "# Parameters",
        "",
        f"What may change while the system runs. {WRITTEN}",
        "",
        "`rollcall param list` shows the values in force, `rollcall param set KEY VALUE` changes",
        "one at once, `rollcall param reset KEY` returns to the default. The VOS3000 names in the",
        "first column are accepted wherever the key is. `*`: a phone may have a value of its own:",
        "`rollcall phone set NUMBER --param KEY=VALUE`.",
        "",
        "| key, VOS3000 name | default | allowed | what it does |",
        "|---|---|---|---|",
        *(parameter_row(parameter) for parameter in PARAMETERS),
        "",
        "## Presets",
        "",
        "`rollcall param preset NAME` sets several at once.",
        "",
        "| preset | sets |",
        "|---|---|",
    ]
    for name, values in PRESETS.items():
        sets = ", ".join(f"`{key}` = {value}" for key, value in values.items())
        lines.append(f"| `{name}` | {sets} |")
    return "\n".join(lines) + "\n"


def commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every command and group, with the words that call it."""
    yield " ".join(words), command
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from commands(inner, (*words, name))


def usage(words: str, command: Any) -> str:
    """The command with its arguments."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    shown = [str(p.metavar or p.name).upper() for p in arguments]
    shown = [s if p.required else f"[{s}]" for s, p in zip(shown, arguments, strict=True)]
    return " ".join([words, *shown])


def option_row(option: Any) -> str:
    """One row of a command's options."""
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return f"| {names} | {cell(option.help or '')} |"


COMMON_OPTIONS = {"data_dir", "server", "token"}
"""On every command; explained once."""


def commands_page() -> str:
    """Every command with its options, in the order of the help texts."""
    root: Any = typer.main.get_command(app)
    own = [p for p in root.params if p.name in COMMON_OPTIONS]
    lines = [
        "# Commands",
        "",
        f"What `rollcall` can do; each command also explains itself with `--help`. {WRITTEN}",
        "",
        "Exit status: 0 done, 1 refused or not found with one line on standard error, 2 wrong",
        "usage. When a command that changes something returns, the change is in effect. These",
        "options may stand in every command:",
        "",
        "| option | |",
        "|---|---|",
        *map(option_row, own),
    ]
    for words, command in commands(root, ("rollcall",)):
        if command is root:
            continue
        options = [
            p
            for p in command.params
            if p.param_type_name == "option"
            and not p.hidden
            and p.name not in COMMON_OPTIONS | {"help"}
        ]
        callable_itself = not getattr(command, "commands", {}) or command.invoke_without_command
        lines += ["", f"## {words}", "", cell((command.help or "").partition("\f")[0])]
        if callable_itself:
            lines += ["", f"    {usage(words, command)}"]
        if options:
            lines += ["", "| option | |", "|---|---|", *map(option_row, options)]
    return "\n".join(lines) + "\n"


def attribute_words(of: type) -> dict[str, str]:
    """The string under each annotated attribute of a class."""
    (tree,) = ast.parse(inspect.getsource(of)).body
    words: dict[str, str] = {}
    name = ""
    for statement in tree.body if isinstance(tree, ast.ClassDef) else []:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=found)):
                name = found
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                words[name], name = text, ""
            case _:
                name = ""
    return words


def settings_page() -> str:
    """Every setting of rollcall.toml."""
    words = attribute_words(Settings)
    lines = [
        "# Settings",
        "",
        f"What must be known before the start. {WRITTEN}",
        "",
        "Settings stand in `rollcall.toml` (in the current directory, or in `/etc/rollcall`, or",
        "where `ROLLCALL_CONFIG` or `--config` says), are overridden by environment variables",
        "named `ROLLCALL_` and the setting in capitals, and these by options of `rollcall serve`.",
        "A wrong one stops the start with its name, its value and what is allowed.",
        "`ROLLCALL_ADMIN_PASSWORD` gives the first administrator's password; without it one is",
        "made up and shown once.",
        "",
        "| setting | default | what it is |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = ", ".join(default) if isinstance(default, tuple) else str(default)
        choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        about = " ".join((words.get(name, ""), f"One of {', '.join(choices)}." if choices else ""))
        lines.append(f"| `{name}` | {f'`{shown}`' if shown else 'none'} | {cell(about)} |")
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "parameters.md": parameters_page,
    "commands.md": commands_page,
    "settings.md": settings_page,
}


def main() -> None:
    """Write the pages, or compare them."""
    stale = []
    for name, render in PAGES.items():
        path, page = GUIDE / name, render()
        if "--check" not in sys.argv[1:]:
            path.write_text(page)
            print(f"wrote {path.relative_to(ROOT)}")
        elif not path.exists() or path.read_text() != page:
            stale.append(str(path.relative_to(ROOT)))
    if stale:
        sys.exit(f"reference: out of date, run `make docs`: {', '.join(stale)}")


if __name__ == "__main__":
    main()
