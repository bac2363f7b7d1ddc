import pytest

from rollcall.sip.header_lines import (
    COMPACT_FORMS,
    canonical_name,
    collect_headers,
    split_head,
    written_name,
)


def headers_of(text: str) -> dict[str, list[str]]:
    return collect_headers(split_head(f"START\r\n{text}\r\n\r\n".encode()).lines)


@pytest.mark.rfc("3261", "7.3.3")
@pytest.mark.parametrize(("compact", "name"), COMPACT_FORMS.items())
def test_compact_forms(compact: str, name: str) -> None:
    assert headers_of(f"{compact}: x") == {name: ["x"]}
    assert headers_of(f"{compact.upper()}: x") == {name: ["x"]}


@pytest.mark.rfc("3261", "7.3.1", "names in any case, white space around the colon")
def test_names_in_any_spelling() -> None:
    text = "cAlL-iD: 1\r\nTO :2\r\nX-Odd\t:\t 3 \r\nCSEQ:4"
    assert headers_of(text) == {"call-id": ["1"], "to": ["2"], "x-odd": ["3"], "cseq": ["4"]}


def test_lines_of_one_name_keep_their_order() -> None:
    assert headers_of("Via: 1\r\nTo: x\r\nv: 2\r\nVIA: 3")["via"] == ["1", "2", "3"]


@pytest.mark.rfc("3261", "7.3.1", "folded lines")
def test_folds_are_joined() -> None:
    text = "Subject: a\r\n b\r\n\t c: d\r\nTo:\r\n x\r\nl: 0\r\n \t\r\n"
    assert headers_of(text) == {"subject": ["a b c: d"], "to": ["x"], "content-length": ["0"]}


def test_lines_that_are_no_header_are_passed_over() -> None:
    text = "From: y\r\nno colon\r\n folded: x\r\n: empty\r\nTo: x"
    assert headers_of(text) == {"from": ["y"], "to": ["x"]}
    assert headers_of(" folded: x\r\nTo: x") == {"to": ["x"]}


def test_lf_alone_ends_a_line_and_the_head() -> None:
    head = split_head(b"START\nTo: x\nFrom: y\r\n\nbody\r\n\r\n")
    assert head.lines == ["START", "To: x", "From: y"]
    assert (head.body, head.complete) == (b"body\r\n\r\n", True)


def test_cr_alone_cannot_make_a_line() -> None:
    head = split_head(b"START\r\nTo: x\rContact: y\r\n\r\n")
    assert collect_headers(head.lines) == {"to": ["x Contact: y"]}


@pytest.mark.parametrize("end", [b"\n\r\n\r\n", b"\r\r\n\r\n", b"\n\r\n", b"\r\n"])
@pytest.mark.parametrize("inner", [b"\n", b"\r\n"])
def test_no_line_keeps_a_break_of_another_kind(inner: bytes, end: bytes) -> None:
    head = split_head(b"START\r\nVia: x" + inner + b"To: y" + end)
    assert [line.strip() for line in head.lines] == ["START", "Via: x", "To: y"]
    assert not any(set(line) & set("\r\n") for line in head.lines)
    assert head.complete


@pytest.mark.parametrize(
    ("data", "complete"),
    [(b"S\r\nA: b", False), (b"S\r\nA: b\r\n", True), (b"S\r\nA: b\r\n\r\n", True), (b"S", False)],
)
def test_a_head_that_was_cut_is_noticed(data: bytes, complete: bool) -> None:
    assert split_head(data).complete is complete


def test_charset() -> None:
    assert split_head("S\r\nFrom: é\r\n\r\n".encode()).charset == "utf-8"
    head = split_head("S\r\nFrom: é\r\n\r\n".encode("latin-1"))
    assert (head.charset, head.lines[1]) == ("latin-1", "From: é")


def test_unicode_line_separators_end_no_line() -> None:
    assert len(split_head("S\r\nFrom: a\u2028b\x85c\x0bd\r\n\r\n".encode()).lines) == 2


def test_written_name() -> None:
    assert [written_name(name) for name in ("call-id", "cseq", "user-agent")] == [
        "Call-ID",
        "CSeq",
        "User-Agent",
    ]
    assert canonical_name(" V ") == "via"
