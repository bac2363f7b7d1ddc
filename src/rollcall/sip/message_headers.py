"""What requests and responses share: headers, decoded only when asked (RFC 3261 section 7.3).

A message keeps its header lines as text. Each accessor decodes its header on first use and keeps
the result, so that a REGISTER pays for what the registrar reads and nothing else.
"""

from rollcall.sip.authorization import Credentials, is_digest, parse_credentials
from rollcall.sip.contact import Contact, Star, parse_contacts, parse_expires
from rollcall.sip.cseq import CSeq, parse_cseq
from rollcall.sip.errors import ParseError
from rollcall.sip.grammar import MAX_VALUES, split_values
from rollcall.sip.header_lines import Charset, Headers, written_name
from rollcall.sip.memo import Memo
from rollcall.sip.name_address import NameAddress, parse_name_address
from rollcall.sip.option_tags import parse_option_tags
from rollcall.sip.via import Via, parse_via

_shared_text: Memo[str] = Memo("user_agent", lambda text: text)


class Message:
    """What requests and responses have in common: headers and body."""

    __slots__ = (
        "_contacts",
        "_credentials",
        "_cseq",
        "_from",
        "_to",
        "_top_via",
        "_vias",
        "body",
        "charset",
        "headers",
    )

    def __init__(self, headers: Headers, body: bytes = b"", charset: Charset = "utf-8") -> None:
        self.headers = headers
        self.body = body
        self.charset: Charset = charset
        self._top_via: Via | None = None
        self._vias: list[Via] | None = None
        self._from: NameAddress | None = None
        self._to: NameAddress | None = None
        self._cseq: CSeq | None = None
        self._contacts: list[Contact] | Star | None = None
        self._credentials: list[Credentials] | None = None

    def first(self, name: str) -> str | None:
        """Give the first header line of that canonical (lower-case, long) name."""
        lines = self.headers.get(name)
        return None if lines is None else lines[0]

    def lines(self, name: str) -> tuple[str, ...]:
        """Give the header lines of that canonical name as they came, unfolded."""
        return tuple(self.headers.get(name, ()))

    def values(self, name: str) -> list[str]:
        """Give the comma-separated values of all lines of that name. Raises ParseError 400."""
        lines = self.headers.get(name)
        if lines is None:
            return []
        if len(lines) == 1:
            return split_values(lines[0])
        values = [value for line in lines for value in split_values(line)]
        if len(values) > MAX_VALUES:
            raise ParseError(400, f"Too many {written_name(name)} values")
        return values

    def vias(self) -> list[Via]:
        """Give the decoded Via values, top first. Raises ParseError 400."""
        if self._vias is None:
            self._vias = [parse_via(value) for value in self.values("via")]
        return self._vias

    def top_via(self) -> Via:
        """Give the topmost Via. Raises ParseError 400 when it is missing or malformed."""
        if self._top_via is None:
            line = self._line("via")
            # Nothing but commas is left as it is: no Via, and refused as such.
            first = next(iter(split_values(line)), line) if "," in line else line
            self._top_via = parse_via(first)
        return self._top_via

    def from_(self) -> NameAddress:
        """Give the decoded From. Raises ParseError 400."""
        if self._from is None:
            self._from = parse_name_address(self._line("from"))
        return self._from

    def to(self) -> NameAddress:
        """Give the decoded To. Raises ParseError 400."""
        if self._to is None:
            self._to = parse_name_address(self._line("to"))
        return self._to

    @property
    def call_id(self) -> str:
        """Call-ID as written; empty when it is missing."""
        return self.first("call-id") or ""

    def cseq(self) -> CSeq:
        """Give the decoded CSeq. Raises ParseError 400."""
        if self._cseq is None:
            self._cseq = parse_cseq(self._line("cseq"))
        return self._cseq

    def contacts(self) -> list[Contact] | Star:
        """Give the Contact values, or STAR. Raises ParseError 400 when one is malformed."""
        if self._contacts is None:
            self._contacts = parse_contacts(self.values("contact"))
        return self._contacts

    def expires(self) -> int | None:
        """Give the seconds of the Expires header; None without one.

        A malformed value counts as 3600 (RFC 3261 section 20.19).
        """
        line = self.first("expires")
        return None if line is None else parse_expires(line)

    @property
    def user_agent(self) -> str:
        """User-Agent, empty when absent; one string object for all messages of a model."""
        line = self.first("user-agent")
        return _shared_text(line) if line else ""

    def require(self) -> tuple[str, ...]:
        """Give the option tags of Require, lower case."""
        return self._option_tags("require")

    def supported(self) -> tuple[str, ...]:
        """Give the option tags of Supported, lower case."""
        return self._option_tags("supported")

    def credentials(self) -> list[Credentials]:
        """Give the Digest credentials of Authorization and Proxy-Authorization, in that order.

        Other schemes are passed over. Raises ParseError 400 for malformed Digest credentials.
        """
        if self._credentials is None:
            lines = self.headers.get("authorization", [])
            if "proxy-authorization" in self.headers:
                lines = lines + self.headers["proxy-authorization"]
            self._credentials = [parse_credentials(line) for line in lines if is_digest(line)]
        return self._credentials

    @property
    def content_length(self) -> int | None:
        """Content-Length; None when absent. Raises ParseError 400 when it is not a number."""
        line = self.first("content-length")
        if line is None:
            return None
        if not (line.isascii() and line.isdecimal()) or len(line) > 10:
            raise ParseError(400, "Malformed Content-Length")
        return int(line)

    def _line(self, name: str) -> str:
        line = self.first(name)
        if line is None:
            raise ParseError(400, f"Missing {written_name(name)} header field")
        return line

    def _option_tags(self, name: str) -> tuple[str, ...]:
        lines = self.headers.get(name)
        if lines is None:
            return ()
        if len(lines) == 1:
            return parse_option_tags(lines[0])
        return tuple(tag for line in lines for tag in parse_option_tags(line))

    def _encode(self, start_line: str) -> bytes:
        lines = [start_line]
        for name, values in self.headers.items():
            written = written_name(name)
            lines.extend([f"{written}: {value}" for value in values])
        return "\r\n".join([*lines, "", ""]).encode(self.charset, "replace") + self.body
