"""A small SIP device over real sockets, written apart from the product's own code.

It knows just enough of RFC 3261 and RFC 2617 to register, so that a mistake of the product
cannot cancel itself out in its test.
"""

import hashlib
import re
import secrets
import socket
from dataclasses import dataclass, field
from typing import Self

ANSWER_LIMIT = 5.0
"""Seconds to wait for an answer before a test fails."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, taken apart."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    """In order, names in lower case."""

    @classmethod
    def parse(cls, data: bytes) -> "Answer":
        """Read one response; raises ValueError for anything else."""
        head = data.decode().partition("\r\n\r\n")[0].split("\r\n")
        version, status, reason = head[0].split(" ", 2)
        if version != "SIP/2.0":
            raise ValueError(f"not a response: {head[0]!r}")
        pairs = (line.partition(":") for line in head[1:])
        return cls(int(status), reason, tuple((n.strip().lower(), v.strip()) for n, _, v in pairs))

    def all(self, name: str) -> list[str]:
        """Values of every header line of this name."""
        return [value for given, value in self.headers if given == name.lower()]

    def one(self, name: str) -> str:
        """Value of the only header line of this name; raises ValueError."""
        (value,) = self.all(name)
        return value

    @property
    def contacts(self) -> list[str]:
        """The Contact lines."""
        return self.all("contact")


@dataclass(slots=True)
class Challenge:
    """What a 401 asked for, with the count of its uses."""

    realm: str
    nonce: str
    opaque: str
    uses: int = 0

    @classmethod
    def of(cls, answer: Answer) -> "Challenge":
        """The MD5 challenge of `answer`; raises ValueError when it offers none."""
        for line in answer.all("www-authenticate"):
            values = {k.lower(): v for k, v in re.findall(r'(\w+)="?([^",]*)"?', line)}
            if values.get("algorithm", "MD5").upper() == "MD5":
                return cls(values["realm"], values["nonce"], values.get("opaque", ""))
        raise ValueError(f"no MD5 challenge in {answer}")


def digest(text: str) -> str:
    """MD5 of `text` in hexadecimal (RFC 2617 section 3.2.1)."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Device:
    """One phone: makes its REGISTERs; sends nothing by itself."""

    number: str
    password: str
    server: tuple[str, int]
    transport: str = "UDP"
    contact: str = ""
    call_id: str = field(default_factory=lambda: f"{secrets.token_hex(16)}@device.example")
    cseq: int = 0
    user_agent: str = "device/1.0"
    local: tuple[str, int] = ("127.0.0.1", 5060)
    challenge: Challenge | None = None

    @property
    def uri(self) -> str:
        """The Request-URI."""
        return f"sip:{self.server[0]}:{self.server[1]}"

    def register(
        self, *, expires: int | None = 300, contacts: tuple[str, ...] | None = None
    ) -> bytes:
        """The next REGISTER, with credentials once there was a challenge.

        `contacts` replaces the device's own; empty asks what is bound.
        """
        self.cseq += 1
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        if contacts is None:
            contacts = (f"<{self.contact}>",)
        lines = [
            f"REGISTER {self.uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport} {self.local[0]}:{self.local[1]};branch={branch};rport",
            "Max-Forwards: 70",
            f"From: <sip:{self.number}@{self.server[0]}>;tag={secrets.token_hex(4)}",
            f"To: <sip:{self.number}@{self.server[0]}>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} REGISTER",
            *(f"Contact: {contact}" for contact in contacts),
            *([] if expires is None else [f"Expires: {expires}"]),
            f"User-Agent: {self.user_agent}",
            *([] if self.challenge is None else [self._authorization(self.challenge)]),
            "Content-Length: 0",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _authorization(self, challenge: Challenge) -> str:
        challenge.uses += 1
        count, cnonce = f"{challenge.uses:08x}", secrets.token_hex(4)
        ha1 = digest(f"{self.number}:{challenge.realm}:{self.password}")
        ha2 = digest(f"REGISTER:{self.uri}")
        response = digest(f"{ha1}:{challenge.nonce}:{count}:{cnonce}:auth:{ha2}")
        opaque = f', opaque="{challenge.opaque}"' if challenge.opaque else ""
        return (
            f'Authorization: Digest username="{self.number}", realm="{challenge.realm}",'
            f' nonce="{challenge.nonce}", uri="{self.uri}", response="{response}",'
            f' algorithm=MD5, cnonce="{cnonce}", qop=auth, nc={count}{opaque}'
        )


class Line:
    """A device's own socket: asks, waits for the answer, takes up challenges."""

    def __init__(self, device: Device, source: str = "127.0.0.1") -> None:
        """Connect `device`; raises OSError when the server is not there (TCP)."""
        self.device = device
        kind = socket.SOCK_DGRAM if device.transport == "UDP" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.settimeout(ANSWER_LIMIT)
        self.socket.bind((source, 0))
        self.socket.connect(device.server)  # an answer from another address would not arrive
        device.local = self.socket.getsockname()
        if not device.contact:
            suffix = "" if device.transport == "UDP" else f";transport={device.transport.lower()}"
            device.contact = f"sip:{device.number}@{device.local[0]}:{device.local[1]}{suffix}"

    def ask(self, request: bytes) -> Answer:
        """Send one request as it is and return its answer; raises TimeoutError."""
        self.socket.sendall(request)
        data = self.socket.recv(65_535)
        while b"\r\n\r\n" not in data:  # TCP; our server's answers have no body
            more = self.socket.recv(65_535)
            if not more:
                raise ConnectionResetError("the server closed the connection")
            data += more
        return Answer.parse(data)

    def register(
        self, *, expires: int | None = 300, contacts: tuple[str, ...] | None = None
    ) -> Answer:
        """Register, answering one challenge when there is one; the last answer."""
        answer = self.ask(self.device.register(expires=expires, contacts=contacts))
        if answer.status == 401:
            self.device.challenge = Challenge.of(answer)
            answer = self.ask(self.device.register(expires=expires, contacts=contacts))
        return answer

    def close(self) -> None:
        """Let the socket go."""
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
