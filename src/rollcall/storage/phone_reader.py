"""Reading phones and parameters of rollcall.db as the SIP process needs them."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from sys import intern

import msgspec
import structlog

from rollcall.model.parameter import ParameterError, Value, complete, find, policy
from rollcall.model.phone import Phone, Policy
from rollcall.sip.digest import Algorithm, ha1
from rollcall.storage.connection import connect_reader
from rollcall.storage.errors import SecretError
from rollcall.storage.phone_columns import read_networks, read_overrides
from rollcall.storage.secrets import SecretBox

_log = structlog.get_logger("rollcall.directory")

_SELECT = (
    "SELECT p.number, p.domain, a.name, p.secret, p.auth_mode, p.networks, p.overrides, p.enabled"
    " FROM phone p LEFT JOIN account a ON a.id = p.account_id WHERE p.number IN "
)

_networks = lru_cache(maxsize=4096)(read_networks)


class Rules(msgspec.Struct, frozen=True):
    """What the parameters say; replaced as a whole when they change."""

    values: dict[str, Value]
    """In force, by key."""
    default: Policy
    """Of phones without overrides."""
    orders: Mapping[tuple[str, ...], int]
    """Every order of algorithms in use, the default first, with its `order_weight`."""


def order_weight(phones: int) -> int:
    """Give the weight of an order that so many phones have (`Directory.algorithm_orders`)."""
    return 1 << max(0, phones.bit_length() - 1)


def read_rules(database: Path) -> Rules:
    """Read the parameters, and the overrides in use; raises `sqlite3.Error`."""
    connection = connect_reader(database)
    try:
        stored = dict(connection.execute("SELECT key, value FROM parameter").fetchall())
        sets = connection.execute(
            "SELECT overrides, COUNT(*) FROM phone WHERE overrides != '{}' GROUP BY overrides"
        ).fetchall()
        # How many there are, without counting a million: those removed since do not matter.
        (most,) = connection.execute("SELECT MAX(rowid) FROM phone").fetchone()
    finally:
        connection.close()
    values = _values(stored)
    default = policy(values)
    counts = Counter({default.auth_algorithms: (most or 0) - sum(count for _, count in sets)})
    for text, count in sets:
        try:
            order = policy(values, read_overrides(text)).auth_algorithms
        except ValueError as error:  # told again, with its number, when such a phone is read
            _log.error("overrides_unusable", error=str(error))
            continue
        counts[order] += count
    weights = {order: order_weight(count) for order, count in counts.items()}
    return Rules(values, default, weights)


def _values(stored: dict[str, str]) -> dict[str, Value]:
    """Give the values in force; what another version stored must not keep phones out."""
    try:
        return complete(stored)
    except ParameterError as error:
        _log.error("parameter_unusable", error=str(error), effect="its default holds")
    usable: dict[str, str] = {}
    for name, text in stored.items():
        try:
            find(name).parse(text)
        except ParameterError:
            continue
        usable[name] = text
    try:
        return complete(usable)
    except ParameterError as error:
        _log.error("parameters_contradict", error=str(error), effect="all defaults hold")
        return complete({})


class PhoneReader:
    """Reads phones over one connection, which is opened anew after an error."""

    def __init__(self, database: Path, box: SecretBox, realm: str) -> None:
        self._database = database
        self._box = box
        self._realm = realm
        self._connection: sqlite3.Connection | None = None

    def read(self, numbers: list[str], rules: Rules) -> dict[str, Phone | str]:
        """Give the phones there are; one that cannot be used is the text that says why.

        Raises `sqlite3.Error`.
        """
        if self._connection is None:
            self._connection = connect_reader(self._database)
        marks = ",".join("?" * len(numbers))
        query = f"{_SELECT}({marks})"
        found: dict[str, Phone | str] = {}
        for row in self._connection.execute(query, numbers):
            try:
                found[row[0]] = self._phone(rules, *row)
            except (SecretError, ValueError) as failure:  # ValueError: an override of another age
                _log.error("phone_unusable", number=row[0], error=str(failure))
                found[row[0]] = f"directory: {failure}"
        return found

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _phone(
        self,
        rules: Rules,
        number: str,
        domain: str,
        account: str | None,
        secret: bytes,
        auth_mode: str,
        networks: str,
        overrides: str,
        enabled: int,
    ) -> Phone:
        own = _policy(rules, auth_mode, overrides)
        password = self._box.unseal(secret, number)
        realm = self._realm

        def hashed(algorithm: Algorithm) -> bytes:
            offered = algorithm.value in own.auth_algorithms
            return ha1(algorithm, number, realm, password) if offered else b""

        return Phone(
            number=number,
            aor=f"sip:{number}@{domain or realm}",
            policy=own,
            ha1_md5=hashed(Algorithm.MD5),
            ha1_sha256=hashed(Algorithm.SHA_256),
            ha1_sha512_256=hashed(Algorithm.SHA_512_256),
            networks=_networks(networks),
            enabled=bool(enabled),
            account=intern(account or ""),
        )


def _policy(rules: Rules, auth_mode: str, overrides: str) -> Policy:
    if overrides == "{}" and not auth_mode:
        return rules.default
    texts: dict[str, object] = dict(read_overrides(overrides))
    if auth_mode:
        texts["auth_mode"] = auth_mode
    return policy(rules.values, texts)
