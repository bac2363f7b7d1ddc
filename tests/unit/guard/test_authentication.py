"""What each request is answered, by rule. The source of requests is 192.0.2.1 port 5060."""

import msgspec
import pytest

from rollcall.guard.authentication import Authenticator, Denied, Granted
from rollcall.guard.challenges import Order
from rollcall.guard.nonce import NonceMint
from rollcall.guard.nonce_counts import LEAST_KEPT
from rollcall.model.phone import AuthMode, Network, Phone, Policy
from rollcall.model.record import NonceUse
from rollcall.model.refusal import Reason
from rollcall.sip.authorization import Credentials, parse_challenge
from rollcall.sip.digest import expected_response, ha1, parse_algorithm
from rollcall.sip.errors import ParseError
from rollcall.sip.message import Request, parse

KEY = b"k" * 32
REALM = "rollcall"
HOST = "192.0.2.1"
PORT = 5060
NOW = 1000.0
ORDERS: dict[Order, int] = {("MD5", "SHA-256"): 1}
HERE = (Network("192.0.2.0/24"),)
ELSEWHERE = (Network("198.51.100.0/24"),)


def authenticator() -> Authenticator:
    return Authenticator(NonceMint(KEY, 300.0, lambda: 77), REALM, KEY)


def nonce(now: float = NOW, host: str = HOST) -> str:
    return NonceMint(KEY, 300.0, lambda: 77).mint(now, host)


NONCE_ID = 1000 << 32 | 77


def phone_of(
    mode: AuthMode = AuthMode.PASSWORD,
    networks: tuple[Network, ...] = (),
    *,
    algorithms: Order = ("MD5", "SHA-256"),
    reuse: bool = False,
    enabled: bool = True,
    number: str = "1001",
    max_bindings: int = 5,
) -> Phone:
    def stored(name: str) -> bytes:
        algorithm = parse_algorithm(name)
        assert algorithm
        return ha1(algorithm, number, REALM, "secret") if name in algorithms else b""

    policy = Policy(
        auth_mode=mode,
        auth_algorithms=algorithms,
        auth_reuse_nc=reuse,
        max_bindings=max_bindings,
    )
    return Phone(
        number,
        f"sip:{number}@example.com",
        policy,
        stored("MD5"),
        stored("SHA-256"),
        stored("SHA-512-256"),
        networks,
        enabled,
    )


def credentials(
    password: str = "secret",
    *,
    number: str = "1001",
    realm: str = REALM,
    algorithm: str = "MD5",
    nonce: str = nonce(),
    nc: int = 1,
    qop: str = "auth",
    uri: str = "sip:example.com",
) -> Credentials:
    unsigned = Credentials(
        number,
        realm,
        nonce,
        uri,
        "",
        algorithm,
        "0a4f113b" if qop else "",
        "",
        qop,
        nc if qop else 0,
        f"{nc:08x}" if qop else "",
    )
    known = parse_algorithm(algorithm)
    if known is None:
        return msgspec.structs.replace(unsigned, response="00" * 16)
    secret = ha1(known, number, realm, password)
    response = expected_response(known, secret, "REGISTER", unsigned)
    return msgspec.structs.replace(unsigned, response=response)


def register(*authorization: Credentials | str, to: str = "<sip:1001@example.com>") -> Request:
    lines = [
        "REGISTER sip:example.com SIP/2.0",
        f"Via: SIP/2.0/UDP {HOST};branch=z9hG4bKa",
        f"From: {to};tag=a",
        f"To: {to}",
        "Call-ID: a",
        "CSeq: 1 REGISTER",
        *[f"Authorization: {value}" for value in authorization],
    ]
    message = parse("\r\n".join([*lines, "", ""]).encode())
    assert isinstance(message, Request)
    return message


def verdict_of(
    request: Request,
    phone: Phone | None,
    uses: tuple[NonceUse, ...] = (),
    *,
    fingerprint: int = 1,
    host: str = HOST,
    port: int = PORT,
    now: float = NOW,
    orders: dict[Order, int] = ORDERS,
) -> Granted | Denied:
    guard = authenticator()
    number = guard.number(request)
    return guard.authenticate(request, number, phone, uses, fingerprint, host, port, now, orders)


def granted(verdict: Granted | Denied) -> Granted:
    assert isinstance(verdict, Granted), verdict
    return verdict


def denied(verdict: Granted | Denied, reason: Reason) -> Denied:
    assert isinstance(verdict, Denied), verdict
    assert verdict.refusal.reason is reason
    return verdict


def stale_of(verdict: Granted | Denied) -> set[bool]:
    assert isinstance(verdict, Denied)
    return {parse_challenge(line).stale for _, line in verdict.refusal.headers}


# Whose request it is


def test_the_number_is_the_username_of_credentials_for_our_realm() -> None:
    guard = authenticator()
    ours = credentials(number="1002")
    theirs = credentials(number="1003", realm="elsewhere")
    assert guard.number(register(theirs, ours)) == "1002"
    assert guard.number(register(theirs)) == "1001"


@pytest.mark.parametrize(
    ("to", "number"),
    [
        ("<sip:1001@example.com>", "1001"),
        ("<sip:%31001@example.com>", "1001"),
        ("<sip:%2B49@example.com>", "+49"),
        ("<tel:+49-30>", "+4930"),
        ("<sip:example.com>", ""),
        ("<mailto:a@b>", ""),
    ],
)
def test_without_credentials_it_is_the_user_of_to(to: str, number: str) -> None:
    assert authenticator().number(register(to=to)) == number


# Challenges


@pytest.mark.rfc("3261", "22.4", "a request without credentials is challenged")
@pytest.mark.rfc("3261", "10.3", "step 3")
def test_no_credentials_are_challenged_with_all_algorithms_in_the_phones_order() -> None:
    phone = phone_of(algorithms=("SHA-512-256", "SHA-256", "MD5"))
    verdict = denied(verdict_of(register(), phone), Reason.CHALLENGED)
    challenges = [parse_challenge(line) for _, line in verdict.refusal.headers]
    assert [challenge.algorithm for challenge in challenges] == ["SHA-512-256", "SHA-256", "MD5"]
    assert {challenge.realm for challenge in challenges} == {REALM}
    assert {challenge.qop for challenge in challenges} == {"auth"}
    assert {challenge.stale for challenge in challenges} == {False}
    assert {name for name, _ in verdict.refusal.headers} == {"WWW-Authenticate"}
    assert verdict.refusal.status == 401


def test_the_nonce_of_a_challenge_can_be_used() -> None:
    verdict = denied(verdict_of(register(), phone_of()), Reason.CHALLENGED)
    offered = parse_challenge(verdict.refusal.headers[0][1]).nonce
    granted(verdict_of(register(credentials(nonce=offered)), phone_of()))


def test_other_schemes_are_no_credentials() -> None:
    denied(verdict_of(register("Basic MTAwMTpzZWNyZXQ="), phone_of()), Reason.CHALLENGED)


@pytest.mark.parametrize(
    "given",
    [
        credentials(realm="elsewhere"),
        credentials(algorithm="SHA-512-256"),
        credentials(algorithm="SHA-1"),
        credentials(qop="auth-int"),
    ],
)
def test_credentials_that_were_not_asked_for_are_challenged(given: Credentials) -> None:
    verdict = denied(verdict_of(register(given), phone_of()), Reason.WRONG_REALM)
    assert stale_of(verdict) == {False}


def test_an_algorithm_without_stored_ha1_is_as_good_as_not_offered() -> None:
    phone = msgspec.structs.replace(phone_of(), ha1_sha256=b"")
    request = register(credentials(algorithm="SHA-256"))
    denied(verdict_of(request, phone), Reason.WRONG_REALM)


@pytest.mark.parametrize("given", [credentials("wrong"), credentials(number="1001 ")])
def test_wrong_credentials_are_challenged_and_nothing_is_stale(given: Credentials) -> None:
    verdict = verdict_of(register(given), phone_of())
    assert stale_of(denied(verdict, Reason.WRONG_PASSWORD)) == {False}


def test_a_response_that_is_no_hash_is_a_wrong_password() -> None:
    for response in ("", "ü", "0" * 31):
        request = register(msgspec.structs.replace(credentials(), response=response))
        denied(verdict_of(request, phone_of()), Reason.WRONG_PASSWORD)


def test_malformed_credentials_are_an_error_of_the_message() -> None:
    request = register('Digest username="1001", realm="rollcall"')
    with pytest.raises(ParseError):
        verdict_of(request, phone_of())


# Right credentials


@pytest.mark.rfc("7616", "3.4.1", "response of each algorithm")
@pytest.mark.rfc("8760", "2.4", "the client picks one of those offered")
@pytest.mark.parametrize("session", ["", "-sess"])
@pytest.mark.parametrize("family", ["MD5", "SHA-256", "SHA-512-256"])
def test_each_algorithm_is_taken(family: str, session: str) -> None:
    phone = phone_of(algorithms=("SHA-256", "SHA-512-256", "MD5"))
    verdict = verdict_of(register(credentials(algorithm=family + session)), phone)
    assert granted(verdict).nonces == (NonceUse(NONCE_ID, 1, 1, 1300.0),)
    assert not granted(verdict).repeated


def test_one_right_answer_among_several_is_enough() -> None:
    ours = credentials(algorithm="SHA-256")
    others = (credentials("x", realm="elsewhere"), credentials("x", algorithm="SHA-512-256"))
    granted(verdict_of(register(*others, ours), phone_of()))


def test_credentials_of_another_username_do_not_speak_for_the_number() -> None:
    first, second = credentials("wrong"), credentials(number="1002")
    denied(verdict_of(register(first, second), phone_of()), Reason.WRONG_PASSWORD)
    passed_over = credentials(algorithm="SHA-1")
    renamed = msgspec.structs.replace(credentials(), username="1002")
    denied(verdict_of(register(passed_over, renamed), phone_of()), Reason.WRONG_REALM)


@pytest.mark.parametrize("uri", ["sip:1001@10.0.0.1", "sip:example.com:5060", "*"])
def test_the_uri_of_the_credentials_is_the_devices_own_affair(uri: str) -> None:
    granted(verdict_of(register(credentials(uri=uri)), phone_of()))


def test_an_upper_case_response_is_read() -> None:
    given = credentials()
    request = register(msgspec.structs.replace(given, response=given.response.upper()))
    granted(verdict_of(request, phone_of()))


def test_a_disabled_phone_learns_it_only_with_the_right_password() -> None:
    phone = phone_of(enabled=False)
    refusal = denied(verdict_of(register(credentials()), phone), Reason.PHONE_DISABLED).refusal
    assert (refusal.status, refusal.headers) == (403, ())
    denied(verdict_of(register(credentials("wrong")), phone), Reason.WRONG_PASSWORD)
    denied(verdict_of(register(), phone), Reason.CHALLENGED)


# Nonces


@pytest.mark.rfc("7616", "3.3", "stale: the digest is right, the nonce is not")
@pytest.mark.parametrize(
    "old", [nonce(NOW - 400), nonce(host="198.51.100.9"), "dcd98b7102dd2f0e8b11d0f600bfb0c0"]
)
def test_right_answers_to_unusable_nonces_are_stale(old: str) -> None:
    request = register(credentials(nonce=old))
    assert stale_of(denied(verdict_of(request, phone_of()), Reason.STALE_NONCE)) == {True}


@pytest.mark.rfc("7616", "3.3", "stale: never with a wrong digest")
@pytest.mark.parametrize("old", [nonce(NOW - 400), "dcd98b7102dd2f0e8b11d0f600bfb0c0"])
def test_wrong_answers_to_unusable_nonces_are_just_wrong(old: str) -> None:
    request = register(credentials("wrong", nonce=old))
    assert stale_of(denied(verdict_of(request, phone_of()), Reason.WRONG_PASSWORD)) == {False}


def test_a_nonce_lives_as_long_as_auth_timeout() -> None:
    request = register(credentials())
    granted(verdict_of(request, phone_of(), now=NOW + 300))
    denied(verdict_of(request, phone_of(), now=NOW + 301), Reason.STALE_NONCE)


def test_a_nonce_may_be_used_from_another_port() -> None:
    granted(verdict_of(register(credentials()), phone_of(), port=33333))


USED = (NonceUse(NONCE_ID, 5, 50, 1300.0),)


@pytest.mark.rfc("7616", "3.4", "nc: must rise")
def test_a_higher_count_is_taken_and_noted() -> None:
    verdict = verdict_of(register(credentials(nc=6)), phone_of(), USED, fingerprint=60)
    assert granted(verdict).nonces == (NonceUse(NONCE_ID, 6, 60, 1300.0),)


@pytest.mark.rfc("7616", "3.4", "nc: a replay is stale")
@pytest.mark.parametrize("count", [5, 4, 0])
def test_a_count_that_does_not_rise_is_stale(count: int) -> None:
    request = register(credentials(nc=count))
    verdict = denied(verdict_of(request, phone_of(), USED, fingerprint=60), Reason.STALE_NONCE)
    assert stale_of(verdict) == {True}


def test_a_retransmission_is_granted_again_and_changes_nothing() -> None:
    verdict = verdict_of(register(credentials(nc=5)), phone_of(), USED, fingerprint=50)
    assert granted(verdict).repeated
    assert granted(verdict).nonces is USED


def test_devices_that_never_raise_their_count_need_the_parameter() -> None:
    request = register(credentials(nc=1))
    uses = granted(verdict_of(request, phone_of(reuse=True), fingerprint=10)).nonces
    again = granted(verdict_of(request, phone_of(reuse=True), uses, fingerprint=20))
    assert not again.repeated
    assert granted(verdict_of(request, phone_of(reuse=True), again.nonces, fingerprint=20)).repeated
    denied(verdict_of(request, phone_of(), uses, fingerprint=20), Reason.STALE_NONCE)


@pytest.mark.rfc("7616", "3.4.1", "without qop")
def test_clients_without_qop_use_each_nonce_once() -> None:
    request = register(credentials(qop=""))
    uses = granted(verdict_of(request, phone_of(), fingerprint=10)).nonces
    assert uses == (NonceUse(NONCE_ID, 0, 10, 1300.0),)
    assert granted(verdict_of(request, phone_of(), uses, fingerprint=10)).repeated
    denied(verdict_of(request, phone_of(), uses, fingerprint=20), Reason.STALE_NONCE)


@pytest.mark.rfc("7616", "3.4.1", "without qop")
def test_a_count_that_no_qop_protects_does_not_count() -> None:
    uses = granted(verdict_of(register(credentials(qop="")), phone_of(), fingerprint=10)).nonces
    for count in (1, 2):
        seen = register(f"{credentials(qop='')}, nc={count:08x}")
        denied(verdict_of(seen, phone_of(), uses, fingerprint=20), Reason.STALE_NONCE)


def test_leaving_qop_out_does_not_get_around_the_count() -> None:
    request = register(credentials(qop=""))
    denied(verdict_of(request, phone_of(), USED, fingerprint=60), Reason.STALE_NONCE)


def test_a_use_that_had_to_go_is_not_granted_again() -> None:
    uses = tuple([NonceUse((1001 + n) << 32, 1, n, 1301.0 + n) for n in range(LEAST_KEPT)])
    denied(verdict_of(register(credentials()), phone_of(max_bindings=1), uses), Reason.STALE_NONCE)
    granted(verdict_of(register(credentials()), phone_of(max_bindings=1), uses[1:]))


def test_uses_of_several_devices_are_kept_apart() -> None:
    other = NonceUse(900 << 32 | 5, 9, 90, 1200.0)
    dead = NonceUse(600 << 32 | 5, 9, 90, 900.0)
    verdict = verdict_of(register(credentials()), phone_of(), (other, dead))
    assert granted(verdict).nonces == (other, NonceUse(NONCE_ID, 1, 1, 1300.0))


# Addresses


@pytest.mark.parametrize("mode", [AuthMode.IP, AuthMode.IP_PORT])
def test_address_modes_need_no_credentials(mode: AuthMode) -> None:
    dead = NonceUse(600 << 32 | 5, 9, 90, 900.0)
    verdict = verdict_of(register(), phone_of(mode, HERE), (*USED, dead))
    assert granted(verdict).nonces == USED


@pytest.mark.parametrize("mode", [AuthMode.IP, AuthMode.IP_PORT])
@pytest.mark.parametrize("networks", [(), ELSEWHERE])
def test_address_modes_challenge_other_addresses(
    mode: AuthMode, networks: tuple[Network, ...]
) -> None:
    phone = phone_of(mode, networks)
    denied(verdict_of(register(), phone), Reason.CHALLENGED)
    denied(verdict_of(register(credentials("wrong")), phone), Reason.WRONG_PASSWORD)
    denied(verdict_of(register(credentials()), phone), Reason.NETWORK_NOT_ALLOWED)


def test_ip_port_looks_at_the_port_and_the_other_modes_do_not() -> None:
    networks = (Network("192.0.2.1/32", 5060),)
    granted(verdict_of(register(), phone_of(AuthMode.IP_PORT, networks)))
    denied(verdict_of(register(), phone_of(AuthMode.IP_PORT, networks), port=5), Reason.CHALLENGED)
    granted(verdict_of(register(), phone_of(AuthMode.IP, networks), port=5))
    request = register(credentials())
    granted(verdict_of(request, phone_of(networks=networks), port=5))
    phone = phone_of(AuthMode.IP_PORT, networks)
    denied(verdict_of(request, phone, port=5), Reason.NETWORK_NOT_ALLOWED)


def test_a_disabled_phone_stays_out_from_its_own_address_too() -> None:
    phone = phone_of(AuthMode.IP, HERE, enabled=False)
    denied(verdict_of(register(), phone), Reason.PHONE_DISABLED)


@pytest.mark.parametrize(
    ("mode", "networks", "allowed"),
    [
        (AuthMode.PASSWORD, (), True),
        (AuthMode.PASSWORD, HERE, True),
        (AuthMode.PASSWORD, ELSEWHERE, False),
        (AuthMode.PASSWORD_AND_IP, (), False),
        (AuthMode.PASSWORD_AND_IP, HERE, True),
        (AuthMode.PASSWORD_AND_IP, ELSEWHERE, False),
    ],
)
def test_networks_count_after_the_password(
    mode: AuthMode, networks: tuple[Network, ...], *, allowed: bool
) -> None:
    phone = phone_of(mode, networks)
    verdict = verdict_of(register(credentials()), phone)
    if allowed:
        granted(verdict)
    else:
        refusal = denied(verdict, Reason.NETWORK_NOT_ALLOWED).refusal
        assert (refusal.status, refusal.headers) == (403, ())
        assert HOST in refusal.detail
    denied(verdict_of(register(), phone), Reason.CHALLENGED)
    denied(verdict_of(register(credentials("wrong")), phone), Reason.WRONG_PASSWORD)
