"""Who is speaking: digest credentials, or the address (RFC 3261 section 22, RFC 7616, RFC 8760).

Until its credentials are proved right, a request learns nothing about a number. Numbers that
do not exist, wrong passwords and networks that are not allowed get the same bytes after the same
hash operations: a number that does not exist has a made-up HA1 and a made-up order of algorithms,
and a number that does exist pays for the drawing of that order too. What went wrong is for the
operator, in the `Refusal`.

    credentials        nonce usable    answer
    none, not ours     -               401
    wrong              either          401
    right              no              401 with stale=true
    right              used before     401 with stale=true; the same answer for a retransmission
    right              yes             granted, or 403: disabled, network not allowed

We diverge:
- The `uri` of the credentials is not compared with the Request-URI (RFC 7616 section 3.4.6).
  Proxies rewrite the one and not the other, phones write their own idea of it, and it
  protects nothing here: what is registered stands in To and Contact.
- A nonce that was not minted for this address is answered like a stale one when the digest is
  right: a phone that moved to another network need not ask its user for the password.
- For a `-sess` algorithm the cnonce of this request counts, not that of the first one on the
  nonce: no session is kept, and clients compute it anew each time.
"""

from collections.abc import Mapping
from hmac import compare_digest
from typing import TypeAlias

import msgspec

from rollcall.guard.challenges import Challenges, Order
from rollcall.guard.device_faults import offered
from rollcall.guard.keyed_hash import KeyedHash
from rollcall.guard.networks import ANY_PORT, admits
from rollcall.guard.nonce import NonceMint, Unusable
from rollcall.guard.nonce_counts import (
    is_repetition,
    live_uses,
    may_be_forgotten,
    record_use,
    rises,
)
from rollcall.model.phone import AuthMode, Phone
from rollcall.model.record import NonceUse
from rollcall.model.refusal import Reason, Refusal
from rollcall.sip.authorization import Credentials
from rollcall.sip.digest import Algorithm, expected_response, parse_algorithm
from rollcall.sip.escapes import unescape
from rollcall.sip.message import Request
from rollcall.sip.uri import SipUri, TelUri


class Granted(msgspec.Struct, frozen=True, gc=False):
    """The request is of the phone it claims to be of."""

    nonces: tuple[NonceUse, ...]
    """What the record's nonces become; the same object when nothing changed."""
    repeated: bool = False
    """A retransmission: the same request was granted before."""


class Denied(msgspec.Struct, frozen=True):
    """The request is refused; the refusal carries the challenge, if any."""

    refusal: Refusal


Verdict: TypeAlias = Granted | Denied

_HA1_LENGTHS = {"MD5": 16, "SHA-256": 32, "SHA-512-256": 32}


class Authenticator:
    """Authenticates requests for one realm.

    `mint` makes and checks the nonces; `key` (16 to 64 bytes, kept like the mint's) draws what is
    made up for numbers that do not exist, so that it stays the same across restarts.
    """

    __slots__ = ("_challenges", "_mint", "_nobody", "_realm")

    def __init__(self, mint: NonceMint, realm: str, key: bytes) -> None:
        self._mint = mint
        self._realm = realm
        self._challenges = Challenges(realm, key)
        self._nobody = {
            family: KeyedHash(key, "nobody", length)(family.encode())
            for family, length in _HA1_LENGTHS.items()
        }

    def number(self, request: Request) -> str:
        """Give the number whose phone is to be looked up.

        That is the username of credentials for our realm, else the user of To: then there is
        nothing to prove yet. Raises ParseError 400 for malformed credentials.
        """
        for given in request.credentials():
            if given.realm == self._realm:
                return given.username
        uri = request.to().uri
        if isinstance(uri, SipUri):
            return unescape(uri.user)
        return uri.digits if isinstance(uri, TelUri) else ""

    def authenticate(
        self,
        request: Request,
        number: str,
        phone: Phone | None,
        uses: tuple[NonceUse, ...],
        fingerprint: int,
        host: str,
        port: int,
        now: float,
        orders: Mapping[Order, int],
    ) -> Verdict:
        """Decide whether `request` is of `phone`, which the directory gave for `number`.

        `uses` are the nonces of the phone's record (none for a number that does not exist), and
        `fingerprint` is equal only for a retransmission of the same request. `host` and `port` are
        its source, `now` is in steady seconds, `orders` are the algorithm orders in use with
        their weights (`Directory.algorithm_orders`), at least one. Raises ParseError 400 for
        malformed credentials.
        """
        if phone is not None and phone.policy.auth_mode in _ADDRESS_MODES:  # noqa: SIM102  two steps
            if _network_admits(phone, host, port):
                return Granted(live_uses(uses, now)) if phone.enabled else _DISABLED
        order = (
            self._challenges.made_up_order(number, orders)
            if phone is None
            else phone.policy.auth_algorithms
        )
        chosen = self._choose(request, number, order)
        if isinstance(chosen, Reason):
            shown = offered(order, request.user_agent)
            return self._challenge(chosen, number, phone, shown, host, now, orders)
        given, algorithm = chosen
        nonce_id = self._mint.check(given.nonce, now, host)
        wrong = self._verify(request, given, algorithm, phone)
        if phone is None or wrong is not None:
            wrong = wrong or Reason.UNKNOWN_NUMBER
            shown = offered(order, request.user_agent)
            return self._challenge(wrong, number, phone, shown, host, now, orders)
        if isinstance(nonce_id, Unusable):
            shown = offered(order, request.user_agent)
            return self._stale(shown, host, now, f"{nonce_id.value} nonce")
        # Without qop the response does not cover the count: whoever saw it could raise it.
        count = given.nc if given.qop else 0
        counted = self._count(phone, nonce_id, count, uses, fingerprint, now)
        if counted is None:
            shown = offered(order, request.user_agent)
            return self._stale(shown, host, now, f"nonce count {count} was used before")
        return _objection(phone, host, port) or counted

    def _choose(
        self, request: Request, number: str, order: Order
    ) -> tuple[Credentials, Algorithm] | Reason:
        """Pick the credentials that answer our challenge, or say why there are none.

        An unknown qop, or auth-int, was not offered and counts like an algorithm that was not.
        """
        found = request.credentials()
        for given in found:
            if given.realm == self._realm and given.username == number:
                algorithm = parse_algorithm(given.algorithm)
                if algorithm is not None and algorithm.family in order and given.qop in _OFFERED:
                    return given, algorithm
        return Reason.WRONG_REALM if found else Reason.CHALLENGED

    def _verify(
        self, request: Request, given: Credentials, algorithm: Algorithm, phone: Phone | None
    ) -> Reason | None:
        """Give what is wrong with the credentials, None when they are right.

        The same hashes are computed whether the phone exists, has that HA1, or neither.
        """
        known = _ha1(phone, algorithm.family)
        secret = known or self._nobody[algorithm.family]
        expected = expected_response(algorithm, secret, request.method, given)
        right = compare_digest(expected.encode(), given.response.encode(errors="replace"))
        if phone is None:
            return Reason.UNKNOWN_NUMBER
        if not known:
            return Reason.WRONG_REALM
        return None if right else Reason.WRONG_PASSWORD

    def _count(
        self,
        phone: Phone,
        nonce_id: int,
        count: int,
        uses: tuple[NonceUse, ...],
        fingerprint: int,
        now: float,
    ) -> Granted | None:
        """Note the use of a nonce; None when it is a replay."""
        reuse = phone.policy.auth_reuse_nc
        if is_repetition(uses, nonce_id, count, fingerprint, may_repeat=reuse):
            return Granted(uses, repeated=True)
        devices = phone.policy.max_bindings
        dies_at = self._mint.dies_at(nonce_id)
        if not reuse and (
            not rises(uses, nonce_id, count) or may_be_forgotten(uses, nonce_id, dies_at, devices)
        ):
            return None
        used = NonceUse(nonce_id, count, fingerprint, dies_at)
        return Granted(record_use(uses, used, now, devices))

    def _stale(self, order: Order, host: str, now: float, detail: str) -> Denied:
        """Ask again, telling that the password was right. Only here may numbers look different."""
        headers = self._challenges.headers(order, self._mint.mint(now, host), stale=True)
        return Denied(Refusal(Reason.STALE_NONCE, detail, headers))

    def _challenge(
        self,
        reason: Reason,
        number: str,
        phone: Phone | None,
        order: Order,
        host: str,
        now: float,
        orders: Mapping[Order, int],
    ) -> Denied:
        """Ask for credentials, in bytes that do not depend on `reason` or `phone`."""
        if phone is not None:
            self._challenges.made_up_order(number, orders)  # as much work as for nobody
        headers = self._challenges.headers(order, self._mint.mint(now, host), stale=False)
        return Denied(Refusal(reason, "", headers))


_ADDRESS_MODES = (AuthMode.IP, AuthMode.IP_PORT)
_OFFERED = ("auth", "")  # empty: a client of RFC 2069, which passes over the qop it does not know
_DISABLED = Denied(Refusal(Reason.PHONE_DISABLED))


def _ha1(phone: Phone | None, family: str) -> bytes:
    if phone is None:
        return b""
    if family == "MD5":
        return phone.ha1_md5
    return phone.ha1_sha256 if family == "SHA-256" else phone.ha1_sha512_256


def _objection(phone: Phone, host: str, port: int) -> Denied | None:
    """Say why a phone that has proved who it is may not register all the same."""
    if not phone.enabled:
        return _DISABLED
    # Without networks a phone may come from anywhere, unless its mode asks for them.
    restricted = phone.networks or phone.policy.auth_mode is not AuthMode.PASSWORD
    if restricted and not _network_admits(phone, host, port):
        return Denied(Refusal(Reason.NETWORK_NOT_ALLOWED, f"source {host} port {port}"))
    return None


def _network_admits(phone: Phone, host: str, port: int) -> bool:
    counts = phone.policy.auth_mode is AuthMode.IP_PORT
    return admits(phone.networks, host, port if counts else ANY_PORT)
