"""Reading a REGISTER, and steps 1, 2, 4 and 5 of RFC 3261 section 10.3."""

from typing import Any

import pytest

from rollcall.model.refusal import Reason, Refusal
from rollcall.registrar.request import (
    MAX_CALL_ID,
    MAX_CONTACT,
    MAX_USER_AGENT,
    Domains,
    RegisterRequest,
    permission,
    preconditions,
    read_register,
)
from rollcall.sip.message import Request, parse

EVERY = Domains()
OURS = Domains(["Example.COM", "[2001:DB8:0::1]"])


def message(
    *extra: str,
    uri: str = "sip:example.com",
    to: str = "<sip:1001@example.com>",
    call_id: str = "a",
) -> Request:
    lines = [
        f"REGISTER {uri} SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.10:5070;branch=z9hG4bK1;rport",
        "From: <sip:1001@example.com>;tag=1",
        f"To: {to}",
        f"Call-ID: {call_id}",
        "CSeq: 7 REGISTER",
        *extra,
        "Content-Length: 0",
        "",
        "",
    ]
    request = parse("\r\n".join(lines).encode())
    assert isinstance(request, Request)
    return request


def read(request: Request, **fields: Any) -> RegisterRequest | Refusal:
    values: dict[str, Any] = {
        "aor": "sip:1001@example.com",
        "source_host": "192.0.2.10",
        "source_port": 5070,
        "transport": "udp",
        "local": "198.51.100.1:5060",
        "serial": 5,
    }
    return read_register(request, **{**values, **fields})


def refusal(result: object, reason: Reason) -> Refusal:
    assert isinstance(result, Refusal)
    assert result.reason is reason
    return result


@pytest.mark.rfc("3261", "10.3", "step 1")
def test_request_uri_of_a_foreign_domain_is_404() -> None:
    found = refusal(preconditions(message(uri="sip:other.net"), OURS), Reason.WRONG_DOMAIN)
    assert found.status == 404
    assert "other.net" in found.detail


@pytest.mark.rfc("3261", "10.3", "step 1")
@pytest.mark.parametrize("uri", ["sip:EXAMPLE.com", "sips:example.com:5061", "sip:[2001:db8::0:1]"])
def test_request_uri_of_a_served_domain_is_ours(uri: str) -> None:
    assert preconditions(message(uri=uri), OURS) == "1001"


def test_without_configured_domains_every_domain_is_served() -> None:
    assert preconditions(message(uri="sip:any.thing", to="sip:1001@else.where"), EVERY) == "1001"


@pytest.mark.rfc("3261", "8.2.2.1")
@pytest.mark.parametrize("uri", ["tel:+123", "mailto:a@example.com"])
def test_request_uri_of_another_scheme_is_416(uri: str) -> None:
    assert refusal(preconditions(message(uri=uri), EVERY), Reason.UNSUPPORTED_SCHEME).status == 416


@pytest.mark.rfc("3261", "10.3", "step 2")
def test_unknown_required_extensions_are_420_with_unsupported() -> None:
    found = refusal(
        preconditions(message("Require: foo, Bar", "Require: baz"), EVERY),
        Reason.UNSUPPORTED_EXTENSION,
    )
    assert found.status == 420
    assert found.headers == (("Unsupported", "foo, bar, baz"),)


@pytest.mark.rfc("3261", "10.3", "step 2")
def test_domain_is_checked_before_extensions() -> None:
    refusal(preconditions(message("Require: foo", uri="sip:other.net"), OURS), Reason.WRONG_DOMAIN)


@pytest.mark.rfc("3261", "10.3", "step 4")
def test_a_user_may_change_only_its_own_aor() -> None:
    assert permission("1001", "1001") is None
    assert refusal(permission("1002", "1001"), Reason.NOT_YOUR_AOR).status == 403


@pytest.mark.rfc("3261", "10.3", "step 5")
def test_to_of_a_foreign_domain_is_404() -> None:
    found = preconditions(message(to="<sip:1001@other.net>"), OURS)
    assert refusal(found, Reason.WRONG_DOMAIN).status == 404


@pytest.mark.rfc("3261", "10.3", "step 5")
@pytest.mark.parametrize(
    "to",
    [
        "sip:1001@example.com",
        '"Name" <sip:1001@example.com;user=phone>;x=1',
        "<sip:%31%30%301@EXAMPLE.com:5070>",
        "<sips:1001:secret@example.com>",
    ],
)
def test_to_is_normalised(to: str) -> None:
    assert preconditions(message(to=to), OURS) == "1001"


@pytest.mark.rfc("3261", "10.3", "step 5")
def test_escapes_in_the_user_of_to_are_resolved() -> None:
    assert preconditions(message(to="<sip:%2B4930%40@example.com>"), OURS) == "+4930@"


@pytest.mark.parametrize("to", ["<sip:*1%23@example.com>", "<sip:*1#@example.com>"])
def test_a_number_may_hold_what_a_uri_must_escape(to: str) -> None:
    assert preconditions(message(to=to), OURS) == "*1#"


def test_to_without_a_user_is_404() -> None:
    found = preconditions(message(to="<sip:example.com>"), OURS)
    assert refusal(found, Reason.WRONG_DOMAIN).status == 404


@pytest.mark.rfc("3261", "10.2")
def test_to_that_is_no_sip_uri_is_refused() -> None:
    refusal(preconditions(message(to="<tel:+123>"), OURS), Reason.UNSUPPORTED_SCHEME)


def test_malformed_to_is_400_and_says_so() -> None:
    found = refusal(preconditions(message(to="<sip:1001@exa mple>"), OURS), Reason.BAD_REQUEST)
    assert found.phrase == "Malformed URI"


def test_everything_is_read() -> None:
    request = message(
        "Contact: <sip:1001@192.0.2.10>;expires=60, <sip:1001@192.0.2.11>",
        "Expires: 300",
        "User-Agent: Desk/1.0",
    )
    found = read(request, connection=3, fingerprint=9)
    assert isinstance(found, RegisterRequest)
    assert [contact.text for contact in found.contacts] == [
        "<sip:1001@192.0.2.10>",
        "<sip:1001@192.0.2.11>",
    ]
    assert [contact.expires for contact in found.contacts] == [60, None]
    assert not found.star
    assert (found.call_id, found.cseq, found.expires) == ("a", 7, 300)
    assert (found.via_host, found.via_port, found.rport) == ("192.0.2.10", 5070, True)
    assert found.user_agent == "Desk/1.0"
    assert (found.source_host, found.source_port, found.transport) == ("192.0.2.10", 5070, "udp")
    assert (found.local, found.serial) == ("198.51.100.1:5060", 5)
    assert (found.connection, found.fingerprint, found.nonces) == (3, 9, ())


@pytest.mark.parametrize("paths", [1, 100])
def test_a_path_is_passed_over(paths: int) -> None:
    lines = ["Contact: <sip:1001@10.0.0.5>", "User-Agent: Desk/1.0"]
    edges = [f"Path: <sip:edge{number}.example.com;lr>" for number in range(paths)]
    assert read(message(*edges, *lines)) == read(message(*lines))


@pytest.mark.rfc("3261", "20.10", "STAR has no parameters")
@pytest.mark.parametrize("star", ["*;expires=0", "* ;expires=0", "*;q=1", "*x"])
def test_star_with_parameters_is_refused_and_told_how_it_is_done(star: str) -> None:
    for headers in ([f"Contact: {star}"], [f"Contact: {star}", "Expires: 0"]):
        found = refusal(read(message(*headers)), Reason.BAD_REQUEST)
        assert found.phrase == "Contact * takes no parameters, use Expires: 0"


def test_star_is_read_as_star() -> None:
    found = read(message("Contact: *", "Expires: 0"))
    assert isinstance(found, RegisterRequest)
    assert found.star
    assert found.contacts == ()
    assert found.expires == 0


def test_no_contact_is_a_fetch() -> None:
    found = read(message())
    assert isinstance(found, RegisterRequest)
    assert found.contacts == ()
    assert not found.star
    assert found.expires is None


@pytest.mark.rfc("3261", "10.3", "step 6")
@pytest.mark.parametrize("lines", [["*, <sip:1001@h>"], ["<sip:1001@h>", "*"], ["*", "*"]])
def test_star_beside_contacts_is_named_as_such(lines: list[str]) -> None:
    headers = [f"Contact: {line}" for line in lines]
    assert refusal(read(message(*headers, "Expires: 0")), Reason.STAR_NOT_ALONE).status == 400


def test_empty_contact_is_no_fetch() -> None:
    refusal(read(message("Contact: ")), Reason.BAD_REQUEST)


@pytest.mark.parametrize("contact", ["<sip:1001@h>;q=2", "<sip:1001@h", "<sip:>", '"a <sip:b@c>'])
def test_malformed_contact_is_400(contact: str) -> None:
    assert refusal(read(message(f"Contact: {contact}")), Reason.BAD_REQUEST).phrase


def test_more_contacts_than_any_aor_may_have_are_400() -> None:
    many = ", ".join(f"<sip:1001@h:{port}>" for port in range(1, 200))
    assert "Too many" in refusal(read(message(f"Contact: {many}")), Reason.BAD_REQUEST).phrase


def test_what_would_be_kept_is_bounded() -> None:
    long_contact = f"Contact: <sip:1001@h>;x={'y' * MAX_CONTACT}"
    for request in (
        message(long_contact),
        message(call_id="c" * (MAX_CALL_ID + 1)),
    ):
        refusal(read(request), Reason.MESSAGE_TOO_LARGE)
    found = read(message(f"User-Agent: {'u' * 500}", call_id="c" * MAX_CALL_ID))
    assert isinstance(found, RegisterRequest)
    assert len(found.user_agent) == MAX_USER_AGENT
