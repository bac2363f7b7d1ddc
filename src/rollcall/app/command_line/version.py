"""`rollcall version`."""

import sys
from typing import Annotated

import typer


def version(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print the version of rollcall, and of what it runs on."""
    import json
    import platform

    from rollcall import __version__

    if as_json:
        found = {
            "version": __version__,
            "python": platform.python_version(),
            "platform": platform.platform(),
        }
        sys.stdout.write(json.dumps(found) + "\n")
        return
    sys.stdout.write(f"rollcall {__version__} (Python {platform.python_version()})\n")
