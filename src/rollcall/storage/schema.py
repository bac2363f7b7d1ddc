"""The tables of rollcall.db, as SQLAlchemy Core knows them; `migrations` builds them.

Times named `*_at` in `binding`, `binding_freshness` and `record_rest` are steady seconds, as in
the records; `wall` and the times of things that people do are seconds since 1970.

Bindings are split. What a refresh changes is in `binding_freshness`, whose rows are so short
that 14,000 refreshes a second touch few pages; what identifies the device is in `binding`.
Both, with `record_rest`, are enough to build every `AorRecord` again.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(
    name: str, default: str = "", *, index: bool = False, unique: bool = False
) -> Column[str]:
    return Column(
        name, Text, nullable=False, server_default=default, index=index, unique=unique or None
    )


def _number(name: str, default: int = 0) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=str(default))


def _time(name: str) -> Column[float]:
    return Column(name, Float, nullable=False, server_default="0")


def _flag(name: str, *, default: bool) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=str(int(default)))


account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("name", unique=True),
    _text("description"),
    _flag("enabled", default=True),
    _time("created_at"),
    _time("updated_at"),
)

phone = Table(
    "phone",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("number", unique=True),
    _text("domain"),  # empty: the realm stands for it
    Column("account_id", Integer, ForeignKey("account.id"), index=True),
    Column("secret", LargeBinary, nullable=False),  # see rollcall.storage.secrets
    _text("auth_mode"),  # empty: the parameter's
    _text("networks", "[]"),  # JSON, [[cidr, port], ...]
    _text("overrides", "{}"),  # JSON, parameters of this phone: {key: text}
    _flag("enabled", default=True),
    _text("note"),
    _time("created_at"),
    _time("updated_at"),
)
Index(
    "ix_phone_overrides",
    phone.c.overrides,
    sqlite_where=phone.c.overrides != "{}",
)

parameter = Table(
    "parameter",
    metadata,
    Column("key", Text, primary_key=True),
    _text("value"),
    _time("updated_at"),
)

setting = Table(
    "setting",
    metadata,
    Column("key", Text, primary_key=True),
    _text("value"),
)

binding = Table(
    "binding",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("aor"),
    _text("number", index=True),
    _text("contact"),
    _text("contact_host"),
    _number("contact_port"),
    Column("contact_key", LargeBinary),  # 16 bytes when the host is an address
    _text("call_id"),
    _text("instance_id"),
    _number("reg_id"),
    _text("source_host"),
    _number("source_port"),
    Column("source_key", LargeBinary),
    _text("local"),
    _text("transport"),
    _number("connection"),
    _text("user_agent"),
    _flag("behind_nat", default=False),
    _text("path"),  # JSON, empty when there is none
    _number("q", -1),
    _time("registered_at"),
)

binding_freshness = Table(
    "binding_freshness",
    metadata,
    Column("id", Integer, primary_key=True),
    _number("version"),  # of the record; the highest of its bindings counts
    _number("cseq"),
    _time("expires_at"),
    _time("refreshed_at"),
    _number("refreshes"),
    _number("granted_expires"),
    _number("interval"),
    _time("unreachable_since"),
    _time("grace_until"),
    Column("nonces", LargeBinary),  # of the record, kept with its first binding
)

record_rest = Table(
    "record_rest",
    metadata,
    Column("aor", Text, primary_key=True),
    _number("version"),
    Column("tombstones", LargeBinary),
    Column("nonces", LargeBinary),  # of records without a binding
    _time("blocked_until"),
    sqlite_with_rowid=False,
)

last_end = Table(
    "last_end",
    metadata,
    Column("number", Text, primary_key=True),
    _text("aor"),
    _text("why"),  # an EndReason value
    _time("at"),
    _time("wall"),
    _text("contact"),
    _text("source_host"),
    _number("source_port"),
    _text("user_agent"),
    _text("detail"),
    sqlite_with_rowid=False,
)

event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    _time("at"),
    _time("wall"),
    _text("kind"),
    _text("number"),
    _text("aor"),
    _number("binding_id"),
    _text("contact"),
    _text("source_host"),
    Column("source_key", LargeBinary),
    _number("source_port"),
    _text("transport"),
    _text("user_agent"),
    _text("call_id"),
    _text("reason"),
    _text("detail"),
    _number("count", 1),
)
Index("ix_event_number_id", event.c.number, event.c.id)
Index("ix_event_kind_id", event.c.kind, event.c.id)
Index("ix_event_wall", event.c.wall)

rate = Table(
    "rate",
    metadata,
    Column("minute", Integer, primary_key=True, autoincrement=False),  # since 1970
    Column("kind", Text, primary_key=True),
    _number("count"),
    sqlite_with_rowid=False,
)

projection_position = Table(
    "projection_position",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    _number("segment"),
    _number("offset"),
    _number("group_number"),
    _time("now"),
    _time("wall_minus_now"),
)

pending_command = Table(
    "pending_command",
    metadata,
    Column("id", Integer, primary_key=True),
    _time("created_at"),
    _text("command"),  # JSON
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Integer, primary_key=True),
    _time("at"),
    _text("who"),
    _text("origin"),
    _text("action"),
    _text("target"),
    _text("before"),  # JSON; never a secret
    _text("after"),
)
Index("ix_audit_log_at", audit_log.c.at)

user = Table(
    "user",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("name", unique=True),
    _text("role"),
    _text("password_hash"),
    Column("account_id", Integer, ForeignKey("account.id")),
    _flag("enabled", default=True),
    _time("created_at"),
    _time("updated_at"),
)

token = Table(
    "token",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("name"),
    _text("user_name"),  # the token can what this user can
    Column("token_hash", LargeBinary, nullable=False, unique=True),  # SHA-256
    _time("created_at"),
    _time("last_used_at"),
)
