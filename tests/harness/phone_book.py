"""Phones for many-device tests, provisioned in one go."""

from harness.server import Server


def provision(server: Server, numbers: list[str]) -> None:
    """Add `numbers`, each with the password `pw` and its number, by the import command."""
    table = server.folder / "phones.csv"
    rows = ["number,password", *(f"{number},{password_of(number)}" for number in numbers)]
    table.write_text("\n".join(rows) + "\n")
    server.rollcall("phone", "import", str(table))


def password_of(number: str) -> str:
    """The password `provision` gives."""
    return f"pw{number}"
