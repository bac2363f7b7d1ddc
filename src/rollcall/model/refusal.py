"""Every reason for which a request is not granted, named once.

Answers on the wire, the failed-registration log, metrics and the diagnosis all take
their words from here. `status` is the SIP response code, `phrase` what the wire says,
`meaning` what the operator reads, `remedy` what he can do.
"""

from enum import Enum
from typing import Self

import msgspec


class Reason(Enum):
    """A named reason: `Reason.X.value` is its name, the rest are attributes."""

    status: int
    phrase: str
    meaning: str
    remedy: str
    counts_as_failure: bool

    def __new__(
        cls,
        value: str,
        status: int,
        phrase: str,
        meaning: str,
        remedy: str,
        counts_as_failure: bool = True,
    ) -> Self:
        """Make one row of the table."""
        reason = object.__new__(cls)
        reason._value_ = value
        reason.status = status
        reason.phrase = phrase
        reason.meaning = meaning
        reason.remedy = remedy
        reason.counts_as_failure = counts_as_failure
        return reason

    BAD_REQUEST = (
        "bad_request",
        400,
        "Bad Request",
        "The message breaks the SIP grammar or contradicts itself.",
        "See the detail for the header at fault; update the device's firmware.",
    )
    STAR_NOT_ALONE = (
        "star_not_alone",
        400,
        "Contact * With Other Contacts",
        "The device asked to remove everything and to bind something in one request.",
        "A fault of the device; update its firmware.",
    )
    STAR_NEEDS_EXPIRES_ZERO = (
        "star_needs_expires_zero",
        400,
        "Contact * Needs Expires: 0",
        "Contact: * is only allowed together with Expires: 0.",
        "A fault of the device; update its firmware.",
    )
    OUT_OF_ORDER = (
        "out_of_order",
        500,
        "CSeq Out Of Order",
        "The request is older than what is already known: its CSeq does not rise.",
        "Usually a delayed duplicate and harmless; if it lasts, restart the device.",
    )
    CHALLENGED = (
        "challenged",
        401,
        "Unauthorized",
        "The device was asked for its credentials; the normal first answer.",
        "Nothing to do, unless the device never answers: then it has no password set.",
        False,
    )
    STALE_NONCE = (
        "stale_nonce",
        401,
        "Unauthorized",
        "The credentials are computed from a nonce that is too old or was used before.",
        "Nothing to do; the device tries again by itself. If it loops, set auth_reuse_nc.",
        False,
    )
    WRONG_PASSWORD = (
        "wrong_password",
        401,
        "Unauthorized",
        "The number exists, but the digest answer does not fit its password.",
        "Set the same password on both sides: rollcall phone set NUMBER --password.",
    )
    UNKNOWN_NUMBER = (
        "unknown_number",
        401,
        "Unauthorized",
        "Nobody is provisioned under this number.",
        "Add it with rollcall phone add, or ban the source if it guesses numbers.",
    )
    WRONG_REALM = (
        "wrong_realm",
        401,
        "Unauthorized",
        "The credentials are for another realm or an algorithm that was not offered.",
        "Clear the realm set by hand on the device.",
    )
    NETWORK_NOT_ALLOWED = (
        "network_not_allowed",
        403,
        "Source Network Not Allowed",
        "The phone may not register from this address.",
        "Allow it with rollcall phone set NUMBER --allow CIDR, or look who uses the password.",
    )
    PHONE_DISABLED = (
        "phone_disabled",
        403,
        "Phone Disabled",
        "The phone is provisioned but switched off.",
        "Enable it with rollcall phone set NUMBER --enabled.",
    )
    BLOCKED = (
        "blocked",
        403,
        "Blocked By Operator",
        "An operator threw the phone out and keeps it out for a while.",
        "Wait until the block ends or lift it with rollcall unregister NUMBER --block 0.",
    )
    NOT_YOUR_AOR = (
        "not_your_aor",
        403,
        "Not Allowed For This Address",
        "The credentials belong to another number than the one in the To header.",
        "Set user name and authentication name of the account to the same number.",
    )
    WRONG_DOMAIN = (
        "wrong_domain",
        404,
        "Domain Not Served Here",
        "The Request-URI or To header names a domain that is not ours.",
        "Correct the device's server name, or add the domain to rollcall.toml.",
    )
    METHOD_NOT_ALLOWED = (
        "method_not_allowed",
        405,
        "Method Not Allowed",
        "The method is not one that is answered here.",
        "Nothing to do.",
    )
    UNSUPPORTED_SCHEME = (
        "unsupported_scheme",
        416,
        "Unsupported URI Scheme",
        "The address is neither sip, sips nor tel.",
        "Correct the address on the device.",
    )
    UNSUPPORTED_EXTENSION = (
        "unsupported_extension",
        420,
        "Bad Extension",
        "The device insists on a protocol extension that is not supported.",
        "Switch the extension named in the detail off on the device.",
    )
    INTERVAL_TOO_BRIEF = (
        "interval_too_brief",
        423,
        "Interval Too Brief",
        "The device asked for a shorter registration than expires_min.",
        "Well-made devices try again by themselves; else raise the interval on the device.",
    )
    NOTHING_TO_CANCEL = (
        "nothing_to_cancel",
        481,
        "Call/Transaction Does Not Exist",
        "A CANCEL for a request that is answered already, or never came here.",
        "Nothing to do.",
    )
    STORAGE_FAILED = (
        "storage_failed",
        500,
        "Storage Unavailable",
        "The registration could not be written to disk, so it was not granted.",
        "Look for a full or broken disk; registering recovers by itself.",
    )
    CONFLICT = (
        "conflict",
        500,
        "Busy With The Same Address",
        "Others changed the same address at the same moment, three times in a row.",
        "Nothing to do; the device tries again.",
    )
    TOO_MANY_BINDINGS = (
        "too_many_bindings",
        503,
        "Too Many Devices For This Address",
        "The binding limit is reached and register_replace is 0.",
        "Unregister a device, raise max_bindings, or set register_replace to 1.",
    )
    DIRECTORY_UNAVAILABLE = (
        "directory_unavailable",
        503,
        "Directory Unavailable",
        "The phone's data could not be read in time.",
        "Look at the database and its disk; registering recovers by itself.",
    )
    VERSION_NOT_SUPPORTED = (
        "version_not_supported",
        505,
        "Version Not Supported",
        "The message is not SIP/2.0.",
        "Nothing to do.",
    )
    MESSAGE_TOO_LARGE = (
        "message_too_large",
        513,
        "Message Too Large",
        "The message or a part of it is larger than any honest device sends.",
        "See the detail; usually an attack or a device with a fault.",
    )
    RATE_LIMITED = (
        "rate_limited",
        503,
        "Too Many Requests",
        "The source sends more requests than rate_per_source allows.",
        "Raise rate_per_source, or name it in trusted_edges if it is a proxy of yours.",
    )


class Refusal(msgspec.Struct, frozen=True):
    """One request not granted: why, the evidence, and the headers its answer carries."""

    reason: Reason
    detail: str = ""
    """Evidence for the operator; never a secret."""
    headers: tuple[tuple[str, str], ...] = ()
    phrase: str = ""
    """Reason phrase instead of the reason's own, when more can be said."""

    @property
    def status(self) -> int:
        """The SIP response code."""
        return self.reason.status
