"""Every parameter, declared once: keys, VOS3000 names, ranges, defaults and words."""

from rollcall.model.parameter_kind import Kind, Parameter

DAY = 86400

REGISTERING = (
    Parameter(
        key="register_replace",
        aliases=("SS_ENDPOINT_REGISTER_REPLACE",),
        kind=Kind.SWITCH,
        numeric_switch=True,
        default=True,
        per_phone=True,
        explanation="What happens at the binding limit: 1, a new device replaces the oldest; "
        "0, the new device is refused.",
    ),
    Parameter(
        key="max_bindings",
        aliases=("SERVER_REGISTRAR_MAX_BINDINGS",),
        kind=Kind.WHOLE,
        unit="devices",
        default=5,
        low=1,
        high=100,
        per_phone=True,
        explanation="How many devices may be registered under one number at a time. Two flows "
        "of one device count once.",
    ),
    Parameter(
        key="expires_default",
        aliases=("SS_ENDPOINT_EXPIRE",),
        kind=Kind.WHOLE,
        unit="s",
        default=3600,
        low=10,
        high=DAY,
        per_phone=True,
        explanation="How long a registration lasts when the device does not ask for a time. "
        "Lies between expires_min and expires_max.",
    ),
    Parameter(
        key="expires_min",
        kind=Kind.WHOLE,
        unit="s",
        default=60,
        low=10,
        high=3600,
        per_phone=True,
        explanation="The shortest registration. A device that asks for less is answered 423 "
        "with Min-Expires, and well-made devices then ask for that.",
    ),
    Parameter(
        key="expires_max",
        kind=Kind.WHOLE,
        unit="s",
        default=3600,
        low=60,
        high=DAY,
        per_phone=True,
        explanation="The longest registration. A device that asks for more gets this.",
    ),
    Parameter(
        key="expires_nat",
        kind=Kind.WHOLE,
        unit="s",
        default=120,
        low=30,
        high=3600,
        per_phone=True,
        explanation="The longest registration of a UDP device behind NAT, so that its refreshes "
        "keep the way through the NAT open.",
    ),
    Parameter(
        key="expires_jitter",
        kind=Kind.WHOLE,
        unit="%",
        default=10,
        low=0,
        high=50,
        explanation="Registrations are shortened by up to this much, each by another amount, so "
        "that devices do not all come back at once. Never below expires_min.",
    ),
    Parameter(
        key="stream_grace",
        kind=Kind.WHOLE,
        unit="s",
        default=120,
        low=0,
        high=3600,
        explanation="How long a registration over TCP or TLS stays, as unreachable, after its "
        "connection is lost.",
    ),
)

AUTHENTICATION = (
    Parameter(
        key="auth_mode",
        kind=Kind.CHOICE,
        default="password",
        choices=("password", "ip", "ip_port", "password_and_ip"),
        per_phone=True,
        explanation="How a phone proves who it is. The modes ip and ip_port trust the source "
        "address, which can be forged over UDP.",
    ),
    Parameter(
        key="auth_algorithms",
        kind=Kind.ORDER,
        default=("MD5", "SHA-256"),
        choices=("MD5", "SHA-256", "SHA-512-256"),
        per_phone=True,
        explanation="Digest algorithms in the order in which they are offered. Some old phones "
        "only look at the first.",
    ),
    Parameter(
        key="auth_code",
        aliases=("SS_SIP_AUTHENTICATION_CODE",),
        kind=Kind.CHOICE,
        default="407",
        choices=("401", "407"),
        in_use=False,
        explanation="The answer that asks for credentials on requests that are passed on, such "
        "as calls. REGISTER is always asked with 401.",
    ),
    Parameter(
        key="auth_reuse_nc",
        kind=Kind.SWITCH,
        default=False,
        per_phone=True,
        explanation="Accept devices that never raise their nonce count. Weakens the protection "
        "against replayed requests; set it for single phones only.",
    ),
    Parameter(
        key="auth_timeout",
        aliases=("SS_SIP_AUTHENTICATION_TIMEOUT",),
        kind=Kind.WHOLE,
        unit="s",
        default=300,
        low=10,
        high=DAY,
        explanation="How long a nonce, the random value of a challenge, may be used.",
    ),
    Parameter(
        key="auth_max_retry",
        aliases=("SS_AUTHENTICATION_MAX_RETRY",),
        kind=Kind.WHOLE,
        unit="failures",
        default=6,
        low=0,
        high=999,
        zero_is_off=True,
        in_use=False,
        explanation="Wrong passwords within auth_failed_window after which the source is "
        "suspended.",
    ),
    Parameter(
        key="auth_failed_window",
        kind=Kind.WHOLE,
        unit="s",
        default=300,
        low=10,
        high=DAY,
        in_use=False,
        explanation="The time within which wrong passwords are counted.",
    ),
    Parameter(
        key="auth_failed_suspend",
        aliases=("SS_AUTHENTICATION_FAILED_SUSPEND",),
        kind=Kind.WHOLE,
        unit="s",
        default=180,
        low=60,
        high=3600,
        in_use=False,
        explanation="How long a source is suspended after too many wrong passwords.",
    ),
    Parameter(
        key="reply_unauthorized",
        aliases=("SS_REPLY_UNAUTHORIZED",),
        kind=Kind.SWITCH,
        default=True,
        in_use=False,
        explanation="off: scanners, banned and denied sources get no answer at all. Decided by "
        "source, never by number, so that nothing can be found out by trying numbers.",
    ),
)

LINES = (
    Parameter(
        key="check_interval",
        aliases=("SS_ENDPOINTTIMETOLIVE",),
        kind=Kind.WHOLE,
        unit="s",
        default=60,
        low=10,
        high=3600,
        zero_is_off=True,
        per_phone=True,
        in_use=False,
        explanation="How often a registered contact is asked whether it is still there.",
    ),
    Parameter(
        key="nat_keepalive_period",
        aliases=("SS_SIP_NAT_KEEP_ALIVE_PERIOD",),
        kind=Kind.WHOLE,
        unit="s",
        default=30,
        low=10,
        high=600,
        zero_is_off=True,
        per_phone=True,
        in_use=False,
        explanation="How often something is sent to a device behind NAT to keep the way open.",
    ),
    Parameter(
        key="nat_keepalive_pace",
        aliases=("SS_SIP_NAT_KEEP_ALIVE_SEND_ONE_TIME", "SS_SIP_NAT_KEEP_ALIVE_SEND_INTERVAL"),
        kind=Kind.PACE,
        default=(3000, 500),
        low=1,
        high=100_000,
        in_use=False,
        explanation="At most so many keepalives in so many milliseconds.",
    ),
    Parameter(
        key="nat_keepalive_message",
        aliases=("SS_SIP_NAT_KEEP_ALIVE_MESSAGE",),
        kind=Kind.TEXT,
        default="OPTIONS",
        in_use=False,
        explanation="What is sent to keep a NAT open: OPTIONS, or this text as it is.",
    ),
    Parameter(
        key="media_proxy",
        aliases=("SS_MEDIAPROXYMODE",),
        kind=Kind.CHOICE,
        default="auto",
        choices=("off", "on", "auto", "must"),
        per_phone=True,
        in_use=False,
        explanation="Whether voice goes through the media relay.",
    ),
)

GATEWAYS = (
    Parameter(
        key="gateway_expire",
        aliases=("SS_SIP_USER_AGENT_EXPIRE",),
        kind=Kind.AUTO_OR_WHOLE,
        unit="s",
        default="auto",
        low=20,
        high=7200,
        in_use=False,
        explanation="The registration time asked for at upstream providers.",
    ),
    Parameter(
        key="gateway_retry_delay",
        aliases=("SS_SIP_USER_AGENT_RETRY_DELAY",),
        kind=Kind.WHOLE,
        unit="s",
        default=60,
        low=30,
        high=600,
        in_use=False,
        explanation="How long to wait after a failed registration at a provider.",
    ),
    Parameter(
        key="gateway_send_unregister",
        aliases=("SS_SIP_USER_AGENT_SEND_UNREGISTER",),
        kind=Kind.SWITCH,
        default=True,
        in_use=False,
        explanation="Whether to unregister at a provider when a gateway is stopped.",
    ),
    Parameter(
        key="gateway_check_period",
        aliases=("SS_SIP_OPTIONS_CHECK_PERIOD",),
        kind=Kind.WHOLE,
        unit="s",
        default=30,
        low=10,
        high=3600,
        zero_is_off=True,
        in_use=False,
        explanation="How often a provider is asked whether it is still there.",
    ),
)

HOUSE = (
    Parameter(
        key="login_failed_disable_time",
        aliases=("SERVER_LOGIN_FAILED_DISABLE_TIME",),
        kind=Kind.WHOLE,
        unit="s",
        default=300,
        low=60,
        high=DAY,
        in_use=False,
        explanation="How long a console user is locked out after too many wrong passwords.",
    ),
    Parameter(
        key="password_min_length",
        aliases=("SERVER_PASSWORD_LENGTH",),
        kind=Kind.WHOLE,
        unit="characters",
        default=12,
        low=8,
        high=128,
        in_use=False,
        explanation="The shortest password a console user may have.",
    ),
    Parameter(
        key="rate_per_source",
        kind=Kind.WHOLE,
        unit="/s",
        default=20,
        low=0,
        high=1_000_000,
        zero_is_off=True,
        explanation="Requests per second that one source address may send, with a burst of five "
        "times as many.",
    ),
    Parameter(
        key="rate_total",
        kind=Kind.WHOLE,
        unit="/s",
        default=0,
        low=0,
        high=10_000_000,
        zero_is_off=True,
        explanation="Requests per second that this node accepts from all sources together.",
    ),
)

PARAMETERS: tuple[Parameter, ...] = (*REGISTERING, *AUTHENTICATION, *LINES, *GATEWAYS, *HOUSE)

PRESETS: dict[str, dict[str, str]] = {
    # The new device kicks the previous one, as VOS3000 does out of the box.
    "vos3000": {"max_bindings": "1", "register_replace": "1"},
}
"""Named sets of values, applied together."""
