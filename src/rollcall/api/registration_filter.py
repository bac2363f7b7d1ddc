"""The filter of registrations: query parameters of listings, body of kicks."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from rollcall.api.listing import words
from rollcall.api.problems import ProblemError
from rollcall.model.administration import RegistrationFilter

STATUSES = ("registered", "expiring", "unreachable", "unregistered", "expired")


def wanted_by_query(
    phone: Annotated[Sequence[str], Query(description="Numbers; commas allowed")] = (),
    ip: Annotated[
        str, Query(description="Source or contact: address, 192.168.1.x, CIDR, IPv6")
    ] = "",
    account: Annotated[str, Query(description="Name of an account")] = "",
    status: Annotated[Sequence[str], Query(description=", ".join(STATUSES))] = (),
    transport: Annotated[str, Query(description="udp, tcp")] = "",
    device: Annotated[str, Query(description="Part of the User-Agent")] = "",
    q: Annotated[str, Query(description="Part of anything")] = "",
) -> RegistrationFilter:
    """The filter of a listing; raises a 422 problem for an unknown status."""
    return RegistrationFilter(
        phones=words(phone),
        ip=ip.strip(),
        account=account.strip(),
        statuses=checked_statuses(words(status)),
        transport=transport.strip().lower(),
        device=device.strip(),
        q=q.strip(),
    )


class FilterBody(BaseModel):
    """The same filter in the body of a request."""

    model_config = ConfigDict(extra="forbid")

    phone: list[str] | str = []
    ip: str = ""
    account: str = ""
    status: list[str] | str = []
    transport: str = ""
    device: str = ""
    q: str = Field(default="", description="Part of anything")

    def wanted(self) -> RegistrationFilter:
        """The filter; raises a 422 problem for an unknown status."""
        phones = [self.phone] if isinstance(self.phone, str) else self.phone
        statuses = [self.status] if isinstance(self.status, str) else self.status
        return wanted_by_query(
            phone=phones,
            ip=self.ip,
            account=self.account,
            status=statuses,
            transport=self.transport,
            device=self.device,
            q=self.q,
        )


def checked_statuses(statuses: tuple[str, ...]) -> tuple[str, ...]:
    """The statuses in lower case; raises a 422 problem for one there is not."""
    lowered = tuple(status.lower() for status in statuses)
    for status in lowered:
        if status not in STATUSES:
            raise ProblemError(
                422, f"status: '{status[:40]}' is not a status; allowed: {', '.join(STATUSES)}"
            )
    return lowered
