"""Before right credentials every number looks the same: in bytes and in hash operations.

The same request is sent about a number in each state it can be in. Time and salt are fixed, so
that answers can be compared byte for byte; hash operations are counted, not timed.
"""

from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

from rollcall.guard.authentication import Authenticator, Denied
from rollcall.guard.challenges import Order
from rollcall.guard.keyed_hash import KeyedHash
from rollcall.guard.nonce import NonceMint
from rollcall.model.phone import AuthMode, Network, Phone, Policy
from rollcall.model.refusal import Reason
from rollcall.sip import digest
from rollcall.sip.authorization import Credentials
from rollcall.sip.message import Request, parse
from rollcall.sip.response import build_response

KEY = b"k" * 32
NOW = 1000.0
HOST = "192.0.2.1"
NUMBER = "1001"
FIRST: Order = ("MD5", "SHA-256")
SECOND: Order = ("SHA-256", "MD5")

ELSEWHERE = (Network("198.51.100.0/24"),)

NONCES = {
    "fresh": NonceMint(KEY, 300.0).mint(NOW, HOST),
    "old": NonceMint(KEY, 300.0).mint(NOW - 400, HOST),
    "forged": "00" * 20,
    "foreign": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
}


def phone_of(mode: AuthMode, order: Order) -> Phone:
    policy = Policy(auth_mode=mode, auth_algorithms=order)
    aor = f"sip:{NUMBER}@example.com"
    return Phone(NUMBER, aor, policy, b"h" * 16, b"h" * 32, b"h" * 32)


def states(order: Order) -> dict[str, Phone | None]:
    """Give every state of a number in which a stranger must not tell it from the others."""
    phone = phone_of(AuthMode.PASSWORD, order)
    change = msgspec.structs.replace
    return {
        "unknown": None,
        "known": phone,
        "disabled": change(phone, enabled=False),
        "elsewhere": change(phone, networks=ELSEWHERE),
        "without hashes": change(phone, ha1_md5=b"", ha1_sha256=b""),
        "by address": change(phone_of(AuthMode.IP, order), networks=ELSEWHERE),
        "by address and port": change(phone_of(AuthMode.IP_PORT, order), networks=ELSEWHERE),
        "by both": change(phone_of(AuthMode.PASSWORD_AND_IP, order), networks=ELSEWHERE),
    }


def register(authorization: str = "") -> Request:
    lines = [
        "REGISTER sip:example.com SIP/2.0",
        f"Via: SIP/2.0/UDP {HOST};branch=z9hG4bKa",
        f"From: <sip:{NUMBER}@example.com>;tag=a",
        f"To: <sip:{NUMBER}@example.com>",
        "Call-ID: a",
        "CSeq: 1 REGISTER",
    ]
    if authorization:
        lines.append(f"Authorization: {authorization}")
    message = parse("\r\n".join([*lines, "", ""]).encode())
    assert isinstance(message, Request)
    return message


def wrong(nonce: str, algorithm: str = "MD5", realm: str = "rollcall", qop: str = "auth") -> str:
    text = (
        f'Digest username="{NUMBER}", realm="{realm}", nonce="{nonce}", uri="sip:example.com", '
        f'response="{"0" * 32}", algorithm={algorithm}'
    )
    return f'{text}, qop={qop}, nc=00000001, cnonce="a"' if qop else text


REQUESTS = {
    "first": register(),
    "wrong password": register(wrong(NONCES["fresh"])),
    "wrong password, SHA-256": register(wrong(NONCES["fresh"], "SHA-256")),
    "wrong password, session": register(wrong(NONCES["fresh"], "MD5-sess")),
    "wrong password, no qop": register(wrong(NONCES["fresh"], qop="")),
    "old nonce": register(wrong(NONCES["old"])),
    "forged nonce": register(wrong(NONCES["forged"])),
    "foreign nonce": register(wrong(NONCES["foreign"])),
    "algorithm not offered": register(wrong(NONCES["fresh"], "SHA-512-256")),
    "other realm": register(wrong(NONCES["fresh"], realm="elsewhere")),
}


class HashCounter:
    """Counts what is hashed by each function since the last `take`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._counts: Counter[str] = Counter()
        for name, function in digest.HASHES.items():
            monkeypatch.setitem(digest.HASHES, name, self._counting(name, function))
        keyed = KeyedHash.__call__

        def call(keyed_hash: KeyedHash, data: bytes) -> bytes:
            self._counts["keyed"] += 1
            return keyed(keyed_hash, data)

        monkeypatch.setattr(KeyedHash, "__call__", call)

    def _counting(self, name: str, function: Callable[[bytes], str]) -> Callable[[bytes], str]:
        def counted(data: bytes) -> str:
            self._counts[name] += 1
            return function(data)

        return counted

    def take(self) -> Counter[str]:
        counts, self._counts = self._counts, Counter()
        return counts


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> HashCounter:
    return HashCounter(monkeypatch)


def answer_to(request: Request, phone: Phone | None, orders: dict[Order, int]) -> bytes:
    """Give the whole answer as it leaves, and insist that it refuses."""
    guard = Authenticator(NonceMint(KEY, 300.0, lambda: 7), "rollcall", KEY)
    number = guard.number(request)
    verdict = guard.authenticate(request, number, phone, (), 1, HOST, 5060, NOW, orders)
    assert isinstance(verdict, Denied)
    refusal = verdict.refusal
    phrase = refusal.phrase or refusal.reason.phrase
    return build_response(
        request, refusal.status, phrase, to_tag="t", headers=refusal.headers, received=HOST, rport=1
    )


@pytest.mark.rfc("3261", "10.3", "step 3")
@pytest.mark.parametrize(
    "orders", [{FIRST: 1}, {FIRST: 8, SECOND: 1}], ids=["one order", "two orders"]
)
@pytest.mark.parametrize("request_name", REQUESTS)
def test_all_states_of_a_number_get_the_same_bytes_for_the_same_work(
    request_name: str, orders: dict[Order, int], hashes: HashCounter
) -> None:
    request = REQUESTS[request_name]
    made_up = Authenticator(NonceMint(KEY, 300.0), "rollcall", KEY)
    order = made_up._challenges.made_up_order(NUMBER, orders)
    answers: dict[str, bytes] = {}
    work: dict[str, Counter[str]] = {}
    for state, phone in states(order).items():
        hashes.take()
        answers[state] = answer_to(request, phone, orders)
        work[state] = hashes.take()
    assert set(answers.values()) == {answers["unknown"]}
    assert all(counts == work["unknown"] for counts in work.values()), work
    assert b"401 Unauthorized" in answers["unknown"]
    assert b"stale" not in answers["unknown"]


def test_wrong_passwords_are_really_computed(hashes: HashCounter) -> None:
    answer_to(REQUESTS["wrong password"], None, {FIRST: 1})
    counts = hashes.take()
    assert counts["MD5"] == 2
    answer_to(REQUESTS["wrong password, session"], None, {FIRST: 1})
    assert hashes.take()["MD5"] == 3


def test_the_operator_is_told_what_strangers_are_not() -> None:
    guard = Authenticator(NonceMint(KEY, 300.0), "rollcall", KEY)
    request = REQUESTS["wrong password"]
    reasons = {}
    for state, phone in states(FIRST).items():
        verdict = guard.authenticate(
            request, guard.number(request), phone, (), 1, HOST, 5060, NOW, {FIRST: 1}
        )
        assert isinstance(verdict, Denied)
        reasons[state] = verdict.refusal.reason
    assert reasons.pop("unknown") is Reason.UNKNOWN_NUMBER
    assert reasons.pop("without hashes") is Reason.WRONG_REALM
    assert set(reasons.values()) == {Reason.WRONG_PASSWORD}


def test_the_made_up_secret_is_nobodys() -> None:
    """A request that is signed with no HA1 at all, or with zeros, is not let in."""
    for ha1 in (b"", bytes(16)):
        given = Credentials(NUMBER, "rollcall", NONCES["fresh"], "sip:a", "")
        response = digest.expected_response(digest.Algorithm.MD5, ha1, "REGISTER", given)
        text = wrong(NONCES["fresh"], qop="").replace("0" * 32, response)
        request = register(text.replace("sip:example.com", "sip:a"))
        answer_to(request, None, {FIRST: 1})
        answer_to(request, states(FIRST)["without hashes"], {FIRST: 1})
