"""A device that registers, as far as tests need it: written apart from rollcall's own code."""

import hashlib
import re
from dataclasses import dataclass, field


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@dataclass
class Answer:
    """What came back."""

    status: int
    reason: str
    headers: list[tuple[str, str]]

    @classmethod
    def read(cls, data: bytes) -> "Answer":
        head = data.decode().split("\r\n\r\n")[0].split("\r\n")
        _, status, reason = head[0].split(" ", 2)
        pairs = [line.split(": ", 1) for line in head[1:]]
        return cls(int(status), reason, [(name, value) for name, value in pairs])

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str:
        (value,) = self.all(name)
        return value


@dataclass
class Device:
    """One phone: its number, its address, and where its dialog of REGISTERs stands."""

    number: str
    host: str = "192.0.2.10"
    port: int = 5060
    transport: str = "UDP"
    password: str = ""
    call_id: str = ""
    cseq: int = 0
    nonce: str = ""
    count: int = 0
    realm: str = "rollcall"
    branches: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        self.password = self.password or f"pw{self.number}"
        self.call_id = self.call_id or f"call-{self.number}@{self.host}"

    @property
    def contact(self) -> str:
        return f"<sip:{self.number}@{self.host}:{self.port}>"

    def challenged(self, answer: Answer) -> None:
        """Take the nonce of a challenge."""
        found = re.search(r'nonce="([^"]+)"', answer.all("WWW-Authenticate")[0])
        assert found is not None
        self.nonce, self.count = found[1], 0

    def register(
        self,
        *contacts: str,
        expires: int | None = 3600,
        extra: tuple[str, ...] = (),
        cseq: int | None = None,
    ) -> bytes:
        """The next REGISTER; no contacts: the device's own. `*` and fetch by `contacts=("",)`."""
        self.cseq = self.cseq + 1 if cseq is None else cseq
        self.branches += 1
        uri = "sip:example.com"
        branch = f"z9hG4bK{self.number}{self.branches}"
        lines = [
            f"REGISTER {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport} {self.host}:{self.port};branch={branch};rport",
            f"From: <sip:{self.number}@example.com>;tag=t{self.branches}",
            f"To: <sip:{self.number}@example.com>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} REGISTER",
            "Max-Forwards: 70",
        ]
        lines += [f"Contact: {contact}" for contact in contacts or (self.contact,) if contact]
        if expires is not None:
            lines.append(f"Expires: {expires}")
        if self.nonce:
            lines.append(self._credentials(uri))
        lines += extra
        return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()

    def _credentials(self, uri: str) -> str:
        self.count += 1
        count = f"{self.count:08x}"
        cnonce = f"c{self.branches}"
        secret = _md5(f"{self.number}:{self.realm}:{self.password}")
        response = _md5(f"{secret}:{self.nonce}:{count}:{cnonce}:auth:{_md5(f'REGISTER:{uri}')}")
        return (
            f'Authorization: Digest username="{self.number}", realm="{self.realm}", '
            f'nonce="{self.nonce}", uri="{uri}", response="{response}", algorithm=MD5, '
            f'cnonce="{cnonce}", qop=auth, nc={count}'
        )
