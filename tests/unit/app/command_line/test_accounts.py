"""`rollcall account`."""

from doubles.rest_server import RestServer, Run

ACCOUNT = {
    "name": "acme",
    "description": "Acme Ltd",
    "phones": 1200,
    "created_at": "2026-11-20T05:00:00Z",
}


def test_add(rest: RestServer, run: Run) -> None:
    rest.on("POST", "/accounts", ACCOUNT, 201)
    result = run("account", "add", "acme", "--description", "Acme Ltd")
    assert result.status == 0
    assert rest.last_body == {"name": "acme", "description": "Acme Ltd"}
    assert run("account", "add", "acme", "--json").json == ACCOUNT


def test_list_counts_phones(rest: RestServer, run: Run) -> None:
    rest.on_list("/accounts", [ACCOUNT])
    assert run("account", "list").out.splitlines()[-1].split()[:2] == ["acme", "1,200"]
    header = run("account", "list", "--csv").out.splitlines()[0]
    assert header == "name,description,phones,created_at"


def test_an_empty_list_says_what_to_do(rest: RestServer, run: Run) -> None:
    rest.on_list("/accounts", [])
    assert "rollcall account add" in run("account", "list").err


def test_show(rest: RestServer, run: Run) -> None:
    rest.on("GET", "/accounts/acme", ACCOUNT)
    assert "Acme Ltd" in run("account", "show", "acme").out
    assert run("account", "show", "acme", "--json").json == ACCOUNT


def test_set(rest: RestServer, run: Run) -> None:
    rest.on("PATCH", "/accounts/a b", ACCOUNT)
    assert run("account", "set", "a b", "--name", "acme").status == 0
    assert rest.last_body == {"name": "acme"}
    assert run("account", "set", "a b").status == 2


def test_an_account_with_phones_stays(rest: RestServer, run: Run) -> None:
    rest.refuse("DELETE", "/accounts/acme", 422, "account acme owns 1200 phones")
    result = run("account", "remove", "acme")
    assert (result.status, result.err) == (1, "rollcall: account acme owns 1200 phones\n")


def test_remove(rest: RestServer, run: Run) -> None:
    rest.on("DELETE", "/accounts/acme", status=204)
    assert run("account", "remove", "acme").status == 0
