"""`rollcall serve`: the server itself."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def serve(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(help="Configuration. Default: rollcall.toml, /etc/rollcall/rollcall.toml"),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(help="Where everything is kept. Default: ROLLCALL_DATA_DIR, ./data"),
    ] = None,
    listen: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="udp://HOST:PORT or tcp://HOST:PORT; again for more. Default: both on 5060 "
            "of every address.",
        ),
    ] = None,
    console: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Console and REST API. Default: 127.0.0.1:8080"),
    ] = None,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning, error. Default: info")
    ] = None,
    log_format: Annotated[
        str | None, typer.Option(help="text, json; auto: text on a terminal, else JSON.")
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Start although the journal is damaged: give up what it says after."
        ),
    ] = False,
    store: Annotated[str | None, typer.Option(hidden=True)] = None,
    synchronous: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Answer the phones, until it is told to stop (ctrl-c, SIGTERM)."""
    from rollcall.app.command_line.arguments import Where
    from rollcall.app.configuration import ConfigurationError, load
    from rollcall.app.serve import serve as run_server

    if data_dir is None and isinstance(context.obj, Where):
        data_dir = context.obj.data_dir
    options = {
        "data_dir": data_dir,
        "listen": tuple(listen) if listen else None,
        "console": console,
        "log_level": log_level,
        "log_format": log_format,
        "force": True if force else None,
        "store": store,
        "synchronous": synchronous,
    }
    try:
        settings = load(options, config)
    except ConfigurationError as error:
        sys.stderr.write(f"rollcall: {error}\n")
        raise typer.Exit(2) from None
    raise typer.Exit(run_server(settings))
