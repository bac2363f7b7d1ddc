"""What a change leaves in the audit log."""

from collections.abc import Mapping

from rollcall.api.identity import Identity
from rollcall.api.ports import House
from rollcall.model.administration import AuditEntry


def audited(
    house: House,
    who: Identity,
    action: str,
    target: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> AuditEntry:
    """The entry for one change, now. The caller leaves secrets out of `before`, `after`."""
    return AuditEntry(
        at=house.wall(),
        who=who.name,
        where=who.where,
        action=action,
        target=target,
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
    )


def difference(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Only what changed, of both."""
    changed = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in changed}, {key: after[key] for key in changed}
