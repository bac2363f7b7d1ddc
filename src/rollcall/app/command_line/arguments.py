"""Options that several commands share, declared once as dataclasses.

A command takes an `Api` first, and bundles of options as parameters of a dataclass type;
`command` spreads their fields into the signature that typer reads, adds the options that
say where the server is, and puts the bundles together again for the call:

    @command
    def show(api: Api, number: NumberArgument, shape: Shape) -> None: ...

    rollcall phone show NUMBER --json --data-dir DIR

The options that say where the server is may also stand before the name of the command.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Concatenate, Final, ParamSpec

import typer

from rollcall.app.command_line.connection import Target, open_api
from rollcall.app.command_line.rest import Api
from rollcall.app.places import DEFAULT_DATA_DIR, find_data_dir

P = ParamSpec("P")

SERVER_PANEL: Final = "Which server"


@dataclasses.dataclass(frozen=True, slots=True)
class Where:
    """The options that say which server a command is for."""

    data_dir: Annotated[
        Path | None,
        typer.Option(
            envvar="ROLLCALL_DATA_DIR",
            help=f"Data directory of the server. Default: ./{DEFAULT_DATA_DIR}",
            rich_help_panel=SERVER_PANEL,
        ),
    ] = None
    server: Annotated[
        str | None,
        typer.Option(
            envvar="ROLLCALL_SERVER",
            metavar="URL",
            help="Use the server at this URL instead, with --token.",
            rich_help_panel=SERVER_PANEL,
        ),
    ] = None
    token: Annotated[
        str | None,
        typer.Option(
            envvar="ROLLCALL_TOKEN",
            help="Token for --server; better given in ROLLCALL_TOKEN, which others cannot see.",
            rich_help_panel=SERVER_PANEL,
        ),
    ] = None

    def over(self, outer: "Where | None") -> "Where":
        """These options, and where they say nothing those given further left."""
        if outer is None:
            return self
        return Where(
            self.data_dir or outer.data_dir,
            self.server or outer.server,
            self.token or outer.token,
        )

    def target(self) -> Target:
        """The server meant."""
        named = self.data_dir is not None
        return Target(find_data_dir(self.data_dir), self.server, self.token, named)


def remember_where(context: typer.Context, where: Where) -> Where:
    """Keep server options for the commands further right; gives what holds so far."""
    outer = context.parent.obj if context.parent is not None else None
    merged = where.over(outer if isinstance(outer, Where) else None)
    context.obj = merged
    return merged


def command(function: Callable[Concatenate[Api, P], None]) -> Callable[..., None]:
    """Make a typer command of a function that works on an `Api` (see above)."""
    return _command(function, founding=False)


def founding_command(function: Callable[Concatenate[Api, P], None]) -> Callable[..., None]:
    """Make a command that may be the first thing ever done to a data directory.

    It makes a directory that is named and holds no data; other commands call that a mistake.
    """
    return _command(function, founding=True)


def _command(
    function: Callable[Concatenate[Api, P], None], *, founding: bool
) -> Callable[..., None]:
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

    @functools.wraps(function)
    def run(context: typer.Context, **values: Any) -> None:
        where = remember_where(context, _gather(Where, values))
        if context.invoked_subcommand is not None:
            return
        arguments: dict[str, Any] = {}
        for parameter in own:
            if parameter.annotation is typer.Context:
                arguments[parameter.name] = context
            elif dataclasses.is_dataclass(parameter.annotation):
                arguments[parameter.name] = _gather(parameter.annotation, values)
            else:
                arguments[parameter.name] = values[parameter.name]
        with open_api(where.target(), founding=founding) as api:
            function(api, **arguments)  # type: ignore[call-arg]  # the signature is made below

    spread = [_keyword("context", typer.Context)]
    for parameter in own:
        if dataclasses.is_dataclass(parameter.annotation):
            spread.extend(_fields(parameter.annotation))
        elif parameter.annotation is not typer.Context:
            spread.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    spread.extend(_fields(Where))
    _declare(run, spread)
    return run


def spread_where(function: Callable[[typer.Context, Where], None]) -> Callable[..., None]:
    """Make a typer callback of a group: it only takes the options of `Where`."""

    @functools.wraps(function)
    def run(context: typer.Context, **values: Any) -> None:
        function(context, _gather(Where, values))

    _declare(run, [_keyword("context", typer.Context), *_fields(Where)])
    return run


def _declare(run: Callable[..., None], parameters: list[inspect.Parameter]) -> None:
    """Let `run` look as if it had been written with these parameters."""
    run.__dict__.pop("__wrapped__", None)
    run.__dict__["__signature__"] = inspect.Signature(parameters)
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}


def _keyword(
    name: str, annotation: Any, default: Any = inspect.Parameter.empty
) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


def _fields(bundle: Any) -> list[inspect.Parameter]:
    """The fields of a bundle as keyword parameters."""
    annotations = inspect.get_annotations(bundle, eval_str=True)
    return [
        _keyword(field.name, annotations[field.name], field.default)
        for field in dataclasses.fields(bundle)
    ]


def _gather(bundle: Any, values: dict[str, Any]) -> Any:
    """A bundle from its fields among `values`, which are taken out."""
    return bundle(**{field.name: values.pop(field.name) for field in dataclasses.fields(bundle)})
