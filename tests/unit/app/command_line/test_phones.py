"""`rollcall phone`."""

import io

import pytest

from doubles.rest_server import RestServer, Run

PHONE = {
    "number": "1001",
    "aor": "sip:1001@rollcall",
    "domain": None,
    "account": "acme",
    "auth_mode": None,
    "allow": ["192.0.2.0/24"],
    "overrides": {"max_bindings": "2"},
    "enabled": True,
    "created_at": "2026-11-20T05:00:00Z",
    "updated_at": "2026-11-20T05:00:00Z",
}


def test_add_sends_what_was_given(rest: RestServer, run: Run) -> None:
    rest.on("POST", "/phones", PHONE, 201)
    result = run(
        *("phone", "add", "1001", "--password", "hush", "--account", "acme"),
        *("--allow", "192.0.2.0/24", "--allow", "[2001:db8::7]:5060"),
        *("--auth-mode", "password_and_ip", "--param", "max_bindings=2"),
    )
    assert result.status == 0
    assert rest.last_body == {
        "number": "1001",
        "password": "hush",
        "account": "acme",
        "auth_mode": "password_and_ip",
        "allow": ["192.0.2.0/24", "[2001:db8::7]:5060"],
        "overrides": {"max_bindings": "2"},
        "enabled": True,
    }
    assert "hush" not in result.out + result.err


def test_a_password_that_was_made_is_shown(rest: RestServer, run: Run) -> None:
    rest.on("POST", "/phones", {**PHONE, "password": "Xy7"}, 201)
    result = run("phone", "add", "1001")
    assert rest.last_body == {"number": "1001", "enabled": True}
    assert "Xy7" in result.out
    assert "not shown again" in result.err


def test_a_password_is_read_from_standard_input(
    rest: RestServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("from a pipe\n"))
    rest.on("POST", "/phones", PHONE, 201)
    run("phone", "add", "1001", "--password", "-")
    assert rest.last_body["password"] == "from a pipe"


def test_an_empty_standard_input_is_no_password(
    rest: RestServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run("phone", "add", "1001", "--password", "-").status == 2
    assert rest.requests == []


def test_a_number_that_exists_is_exit_1(rest: RestServer, run: Run) -> None:
    rest.refuse("POST", "/phones", 409, "phone 1001 exists already")
    result = run("phone", "add", "1001")
    assert (result.status, result.err) == (1, "rollcall: phone 1001 exists already\n")


def test_list_shows_phones(rest: RestServer, run: Run) -> None:
    rest.on_list("/phones", [PHONE, {**PHONE, "number": "1002", "enabled": False, "allow": []}])
    out = run("phone", "list").out
    assert "192.0.2.0/24" in out
    assert "max_bindings=2" in out
    assert out.splitlines()[3].split()[:2] == ["1002", "disabled"]
    assert "anywhere" in out


def test_list_as_csv(rest: RestServer, run: Run) -> None:
    rest.on_list("/phones", [PHONE])
    header, row = run("phone", "list", "--csv").out.splitlines()
    assert header.startswith("number,aor,account,domain,auth_mode,allow,enabled")
    assert row.startswith("1001,sip:1001@rollcall,acme,,,192.0.2.0/24,true,max_bindings=2,")


def test_an_empty_list_says_what_to_do(rest: RestServer, run: Run) -> None:
    rest.on_list("/phones", [])
    assert "rollcall phone add 1001" in run("phone", "list").err


def test_show(rest: RestServer, run: Run) -> None:
    rest.on("GET", "/phones/1001", PHONE)
    out = run("phone", "show", "1001").out
    assert "as parameter auth_mode" in out
    assert "sip:1001@rollcall" in out
    assert "192.0.2.0/24" in out
    assert run("phone", "show", "1001", "--json").json == PHONE


def test_numbers_are_quoted_in_paths(rest: RestServer, run: Run) -> None:
    rest.refuse("GET", "/phones/+49#1", 404, "there is no phone +49#1")
    assert "there is no phone +49#1" in run("phone", "show", "+49#1").err
    assert rest.last.url.raw_path.endswith(b"/phones/%2B49%231")


def test_set_changes_only_what_is_named(rest: RestServer, run: Run) -> None:
    rest.on("PATCH", "/phones/1001", PHONE)
    result = run(
        *("phone", "set", "1001", "--password", "hush", "--disabled", "--account", ""),
        *("--param", "max_bindings=", "--param", "auth_reuse_nc=on"),
    )
    assert rest.last_body == {
        "password": "hush",
        "account": "",
        "overrides": {"max_bindings": None, "auth_reuse_nc": "on"},
        "enabled": False,
    }
    assert "hush" not in result.out + result.err
    assert "disabled" in result.err


@pytest.mark.parametrize(("option", "value"), [("--enabled", True), ("--disabled", False)])
def test_enabled_and_disabled(rest: RestServer, run: Run, option: str, value: bool) -> None:
    rest.on("PATCH", "/phones/1001", PHONE)
    run("phone", "set", "1001", option)
    assert rest.last_body == {"enabled": value}


def test_allow_any_clears_the_networks(rest: RestServer, run: Run) -> None:
    rest.on("PATCH", "/phones/1001", PHONE)
    run("phone", "set", "1001", "--allow-any")
    assert rest.last_body == {"allow": []}
    assert run("phone", "set", "1001", "--allow-any", "--allow", "10.0.0.0/8").status == 2


def test_set_without_changes_is_wrong_usage(rest: RestServer, run: Run) -> None:
    assert run("phone", "set", "1001").status == 2
    assert run("phone", "set", "1001", "--param", "novalue").status == 2
    assert rest.requests == []


def test_remove(rest: RestServer, run: Run) -> None:
    rest.on("DELETE", "/phones/1001", status=204)
    assert "Phone 1001 is removed." in run("phone", "remove", "1001").err
