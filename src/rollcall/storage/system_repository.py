"""Parameters, settings, console users, the audit log, commands under way: changing them."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from rollcall.model.administration import AuditEntry, PendingCommand, User
from rollcall.storage.repository import Repository
from rollcall.storage.schema import audit_log, parameter, pending_command, setting, token
from rollcall.storage.schema import user as user_table

_encode = msgspec.json.Encoder().encode


class SystemRepository(Repository):
    """See `rollcall.model.administration_ports.Repositories`."""

    def parameters(self) -> dict[str, str]:
        """Give the stored texts by key."""
        rows = self._connection.execute(select(parameter.c.key, parameter.c.value))
        return {row.key: row.value for row in rows}

    def set_parameters(self, texts: Mapping[str, str | None]) -> None:
        """Store texts by key; None goes back to the default."""
        for key, text in texts.items():
            if text is None:
                self._connection.execute(delete(parameter).where(parameter.c.key == key))
                continue
            put = upsert(parameter).values(key=key, value=text)
            self._connection.execute(
                put.on_conflict_do_update(index_elements=["key"], set_={"value": text})
            )

    def setting(self, key: str) -> str | None:
        """Give a fixed fact of the system, such as the realm."""
        return self._connection.execute(
            select(setting.c.value).where(setting.c.key == key)
        ).scalar_one_or_none()

    def set_setting(self, key: str, text: str) -> None:
        """Fix it."""
        put = upsert(setting).values(key=key, value=text)
        self._connection.execute(
            put.on_conflict_do_update(index_elements=["key"], set_={"value": text})
        )

    def user(self, name: str) -> User | None:
        """Give one console user."""
        row = self._connection.execute(
            select(user_table.c.name, user_table.c.role, user_table.c.password_hash).where(
                user_table.c.name == name
            )
        ).first()
        return None if row is None else User(name=row[0], role=row[1], password_hash=row[2])

    def set_user(self, user: User) -> None:
        """Add or replace a console user."""
        values = {"role": user.role, "password_hash": user.password_hash}
        put = upsert(user_table).values(name=user.name, **values)
        self._connection.execute(put.on_conflict_do_update(index_elements=["name"], set_=values))

    def add_token(self, token_hash: bytes, name: str, user: str, created_at: float) -> None:
        """Keep a token of a user by its SHA-256."""
        self._connection.execute(
            insert(token),
            {"name": name, "token_hash": token_hash, "user_name": user, "created_at": created_at},
        )

    def add_audit(self, entry: AuditEntry) -> None:
        """Note a change, in the transaction that makes it."""
        self._connection.execute(
            insert(audit_log),
            {
                "at": entry.at,
                "who": entry.who,
                "origin": entry.where,
                "action": entry.action,
                "target": entry.target,
                "before": "" if entry.before is None else _encode(entry.before).decode(),
                "after": "" if entry.after is None else _encode(entry.after).decode(),
            },
        )

    def add_pending(self, command: str, fields: Mapping[str, object]) -> int:
        """Keep a command until the SIP process has done it; gives its id."""
        text = _encode([command, fields]).decode()
        added = insert(pending_command).values(command=text).returning(pending_command.c.id)
        return int(self._connection.execute(added).scalar_one())

    def pending(self) -> list[PendingCommand]:
        """Give the commands not done yet, oldest first."""
        rows = self._connection.execute(
            select(pending_command.c.id, pending_command.c.command).order_by(pending_command.c.id)
        )
        return [PendingCommand(row.id, *_decode_command(row.command)) for row in rows]

    def remove_pending(self, ids: Sequence[int]) -> None:
        """They are done."""
        for begin in range(0, len(ids), 500):
            part = list(ids[begin : begin + 500])
            self._connection.execute(delete(pending_command).where(pending_command.c.id.in_(part)))


_decode_command = msgspec.json.Decoder(tuple[str, dict[str, object]]).decode
