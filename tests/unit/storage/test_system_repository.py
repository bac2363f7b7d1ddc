"""`rollcall.storage.system_repository`, and the queries that show what it keeps."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from rollcall.model.administration import AuditEntry, PendingCommand, User
from rollcall.storage.queries import SqlQueries
from rollcall.storage.repositories import SqlRepositories

Open = Callable[[], AbstractContextManager[SqlRepositories]]


def test_parameters_are_stored_replaced_and_reset(changing: Open, queries: SqlQueries) -> None:
    with changing() as repositories:
        repositories.set_parameters({"expires_max": "120", "max_bindings": "1"})
        repositories.set_parameters({"expires_max": "300"})
        repositories.set_parameters({"max_bindings": None, "expires_min": None})
        assert repositories.parameters() == {"expires_max": "300"}
    assert queries.parameters() == {"expires_max": "300"}


def test_settings(changing: Open) -> None:
    with changing() as repositories:
        assert repositories.setting("realm") is None
        repositories.set_setting("realm", "rollcall")
        repositories.set_setting("realm", "example.com")
        assert repositories.setting("realm") == "example.com"


def test_users_and_their_tokens(changing: Open, queries: SqlQueries) -> None:
    admin = User(name="admin", role="admin", password_hash="$argon2id$...")
    with changing() as repositories:
        assert repositories.user("admin") is None
        repositories.set_user(User(name="admin", role="viewer"))
        repositories.set_user(admin)
        assert repositories.user("admin") == admin
        repositories.add_token(b"h" * 32, "backup script", "admin", 5.0)
    assert queries.user_of_token(b"h" * 32) == admin
    assert queries.user_of_token(b"x" * 32) is None


def test_pending_commands_stay_until_they_are_done(changing: Open) -> None:
    with changing() as repositories:
        first = repositories.add_pending("phone_changed", {"number": "1001", "end_bindings": True})
        second = repositories.add_pending("kick", {"aor": "sip:1001@example.com"})
    with changing() as repositories:
        assert repositories.pending() == [
            PendingCommand(first, "phone_changed", {"number": "1001", "end_bindings": True}),
            PendingCommand(second, "kick", {"aor": "sip:1001@example.com"}),
        ]
        repositories.remove_pending([first])
        assert [one.id for one in repositories.pending()] == [second]
        repositories.remove_pending([])


def test_the_audit_log_is_listed_newest_first(changing: Open, queries: SqlQueries) -> None:
    with changing() as repositories:
        for at in range(1, 6):
            repositories.add_audit(
                AuditEntry(
                    at=float(at),
                    who="admin" if at % 2 else "local",
                    where="192.0.2.1",
                    action="phone.set",
                    target=f"100{at}",
                    before=None if at == 1 else {"enabled": True},
                    after={"enabled": False},
                )
            )
    page = queries.audit(limit=2)
    assert [entry.at for entry in page.items] == [5.0, 4.0]
    assert page.total == 5
    assert page.items[0].before == {"enabled": True}
    following = queries.audit(limit=10, cursor=page.next_cursor)
    assert [entry.at for entry in following.items] == [3.0, 2.0, 1.0]
    assert following.next_cursor is None
    assert following.items[-1].before is None
    assert following.items[-1].where == "192.0.2.1"
    assert [entry.at for entry in queries.audit(who="local").items] == [4.0, 2.0]
    assert [entry.at for entry in queries.audit(since=2.0, until=4.0).items] == [3.0, 2.0]
    assert [entry.target for entry in queries.audit(target="1003").items] == ["1003"]
