"""Building answers, and where they go (RFC 3261 sections 8.2.6 and 18.2, RFC 3581 section 4)."""

import re
from collections.abc import Sequence

from rollcall.sip.errors import ParseError
from rollcall.sip.grammar import split_values
from rollcall.sip.message import Request
from rollcall.sip.status import reason_phrase
from rollcall.sip.via import Via

Address = tuple[str, int]

_LINE_BREAKS = re.compile(r"[\r\n]+")
_TO_TAG = re.compile(r";\s*tag\s*=", re.IGNORECASE)


def build_response(
    request: Request,
    status: int,
    reason: str | None = None,
    *,
    to_tag: str,
    headers: Sequence[tuple[str, str]] = (),
    received: str | None = None,
    rport: int | None = None,
) -> bytes:
    """Give the bytes of an answer without a body.

    Via, From, To, Call-ID and CSeq are copied as they came, as far as they came: the request may be
    one that could not be read whole. `to_tag` is added to a To without a tag, except in a 100.
    `received` and `rport` are the source address and port of the request; the top Via is told of
    them when sections 18.2.1 of RFC 3261 and 4 of RFC 3581 ask for it. Line breaks inside `reason`
    or `headers` become spaces: no value can add a header of its own.
    """
    fields = request.headers
    vias = fields.get("via", ())
    lines = [f"SIP/2.0 {status} {_one_line(reason) if reason else reason_phrase(status)}"]
    for index, line in enumerate(vias):
        text = line if index or received is None else mark_via(request, line, received, rport)
        lines.append(f"Via: {text}")
    if "from" in fields:
        lines.append(f"From: {fields['from'][0]}")
    if "to" in fields:
        lines.append(f"To: {_to_line(request, to_tag if status != 100 else '')}")
    if "call-id" in fields:
        lines.append(f"Call-ID: {fields['call-id'][0]}")
    if "cseq" in fields:
        lines.append(f"CSeq: {fields['cseq'][0]}")
    if headers:
        extra = [f"{name}: {value}" for name, value in headers]
        joined = "".join(extra)
        if "\n" in joined or "\r" in joined:
            extra = [_one_line(line) for line in extra]
        lines.extend(extra)
    lines.append("Content-Length: 0\r\n\r\n")
    text = "\r\n".join(lines)
    try:
        return text.encode(request.charset)
    except UnicodeEncodeError:
        return b"\r\n".join([_encode(line, request.charset) for line in lines])


def _encode(line: str, charset: str) -> bytes:
    """Encode one line in the request's charset, or in UTF-8 what that cannot express."""
    try:
        return line.encode(charset)
    except UnicodeEncodeError:
        return line.encode(errors="replace")


def _one_line(text: str) -> str:
    return _LINE_BREAKS.sub(" ", text)


def _to_line(request: Request, tag: str) -> str:
    line = request.headers["to"][0]
    if line[-1:] == ">":
        return f"{line};tag={tag}" if tag else line  # nothing behind the address: no tag yet
    try:
        tagged = request.to().tag is not None
    except ParseError:
        tagged = _TO_TAG.search(line) is not None
    return line if tagged or not tag else f"{line};tag={tag}"


def mark_via(request: Request, line: str, host: str, port: int | None) -> str:
    """Give the top Via line with the source address noted in its first value.

    With `rport` asked for, received and rport are always filled in (RFC 3581 section 4); else
    received only when the sent-by is not the source address (RFC 3261 section 18.2.1). What the
    sender wrote into either is overwritten: it cannot name another target for its answer.
    """
    try:
        via = request.top_via()
    except ParseError:
        return line
    asked = via.rport is not None and port is not None
    if via.rport == "" and via.received is None and "," not in line and '"' not in line:
        before, found, after = line.partition(";rport")
        if found and asked and (not after or after[0] == ";"):
            return f"{before};rport={port};received={host}{after}"
    if via.received is None and not asked and via.host == host:
        return line
    kept = tuple(
        pair for pair in via.params if pair[0] != "received" and not (asked and pair[0] == "rport")
    )
    if asked:
        kept += (("rport", str(port)),)
    if asked or via.host != host:
        kept += (("received", host),)
    marked = Via(via.protocol, via.transport, via.host, via.port, kept)
    others = split_values(line)[1:] if "," in line else ()
    return ", ".join([str(marked), *others])


def response_target(via: Via, source_host: str, source_port: int) -> Address:
    """Give the address a UDP answer goes to (RFC 3261 section 18.2.2, RFC 3581 section 4).

    With rport asked for: the source address and port. Else the source address with the port of the
    sent-by, or 5060. We diverge: `maddr` and `received` of the sender are not
    followed unless they name the source itself, because anyone could aim answers at others.
    """
    if via.rport is not None:
        return source_host, source_port
    return source_host, 5060 if via.port is None else via.port
