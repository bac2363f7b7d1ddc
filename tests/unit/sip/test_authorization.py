import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.sip.authorization import (
    MAX_DIRECTIVES,
    Challenge,
    Credentials,
    is_digest,
    parse_challenge,
    parse_credentials,
)
from rollcall.sip.errors import ParseError, SipError

PLAIN = 'Digest username="u", realm="r", nonce="n", uri="sip:h", response="ABC"'


@pytest.mark.rfc("3261", "20.7")
def test_everything_there() -> None:
    line = (
        'Digest username="bob", realm="biloxi.com", nonce="dcd98b", uri="sip:bob@biloxi.com", '
        'qop=auth, nc=0000000a, cnonce="0a4f113b", response="6629FA", opaque="5ccc", algorithm=MD5'
    )
    assert parse_credentials(line) == Credentials(
        "bob",
        "biloxi.com",
        "dcd98b",
        "sip:bob@biloxi.com",
        "6629fa",
        "MD5",
        "0a4f113b",
        "5ccc",
        "auth",
        10,
        "0000000a",
    )


@pytest.mark.parametrize(
    "line",
    [
        'DIGEST username="u",realm="r",nonce="n",uri="sip:h",response="ABC"',
        'digest  USERNAME = "u" , Realm="r",\tnonce="n", uri = "sip:h",response=ABC,',
        'Digest username="\\u", realm="r", nonce="n", uri="sip:h", response="ABC"',
        'Digest username=u, realm="r", nonce=n, uri="sip:h", response="ABC", other=""',
    ],
)
def test_spelled_differently(line: str) -> None:
    assert parse_credentials(line) == parse_credentials(PLAIN)


def test_commas_and_quotes_inside_values() -> None:
    credentials = parse_credentials(
        'Digest username="a, b=\\"c\\"", realm="x,y", nonce="n==", uri="sip:a,b@h", response="1"'
    )
    assert credentials.username == 'a, b="c"'
    assert credentials.realm == "x,y"
    assert credentials.nonce == "n=="
    assert credentials.uri == "sip:a,b@h"


def test_sloppy_quoting_of_tokens() -> None:
    credentials = parse_credentials(
        PLAIN + ', algorithm="SHA-256", qop="AUTH", nc="00000001", cnonce="c"'
    )
    assert (credentials.algorithm, credentials.qop) == ("SHA-256", "auth")
    assert (credentials.nc, credentials.raw_nc) == (1, "00000001")


@pytest.mark.rfc("7616", "3.4")
def test_extended_username_and_userhash() -> None:
    line = PLAIN.replace('username="u"', "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe")
    assert parse_credentials(line).username == "Jäsøn Doe"
    assert parse_credentials(PLAIN + ", userhash=true").userhash is True
    assert parse_credentials(PLAIN).userhash is False


@pytest.mark.parametrize("missing", ["username", "realm", "nonce", "uri", "response"])
def test_missing_directive(missing: str) -> None:
    line = PLAIN.replace(f"{missing}=", "other=")
    with pytest.raises(ParseError, match=f"400 Digest credentials without {missing}"):
        parse_credentials(line)


@pytest.mark.parametrize(
    "line",
    [
        "Basic dTpw",
        "Digest",
        "Digest ",
        "Digest x",
        PLAIN + ', username="v"',
        PLAIN + ', x="',
        PLAIN.replace('realm="r"', 'realm="r"x'),
        PLAIN.replace('realm="r"', 'realm=x"r"'),
        PLAIN + ", qop=auth, nc=00000001",
        PLAIN + ', qop=auth, cnonce="c"',
        PLAIN + ', qop=auth, cnonce="c", nc=xyz',
        PLAIN + ', qop=auth, cnonce="c", nc=123456789',
        PLAIN + "".join(f", x{number}=1" for number in range(MAX_DIRECTIVES)),
        PLAIN + ', y="\\""' + "".join(f", x{number}=1" for number in range(MAX_DIRECTIVES)),
        PLAIN.replace('username="u"', "username*=latin1''a"),
        PLAIN.replace('username="u"', "username*=u"),
    ],
)
def test_malformed(line: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_credentials(line)
    assert caught.value.status == 400


def test_reasons_keep_secrets() -> None:
    with pytest.raises(ParseError) as caught:
        parse_credentials('Digest username="s3cret", s3cret')
    assert "s3cret" not in caught.value.reason


def test_is_digest() -> None:
    assert is_digest("Digest a=b")
    assert is_digest("DIGEST\ta=b")
    assert not is_digest("Basic abc")
    assert not is_digest("Digestive a=b")


@pytest.mark.rfc("3261", "20.44")
def test_challenge() -> None:
    challenge = Challenge("r", "n", "SHA-256", stale=True, opaque="o")
    assert str(challenge) == (
        'Digest realm="r", nonce="n", opaque="o", stale=true, algorithm=SHA-256, qop="auth"'
    )
    assert parse_challenge(str(challenge)) == challenge
    assert parse_challenge('Digest realm="r", nonce="n", qop="auth,auth-int"').qop == (
        "auth,auth-int"
    )
    assert "qop" not in str(Challenge("r", "n", qop=""))


def test_challenge_without_nonce() -> None:
    with pytest.raises(ParseError, match="without realm or nonce"):
        parse_challenge('Digest realm="r"')


texts = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))
tokens = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)


@given(texts, texts, texts, texts, tokens, tokens, st.integers(1, 2**32 - 1), st.booleans())
def test_reading_what_was_written(
    username: str,
    realm: str,
    nonce: str,
    uri: str,
    response: str,
    cnonce: str,
    nc: int,
    userhash: bool,
) -> None:
    credentials = Credentials(
        username,
        realm,
        nonce,
        uri,
        response.lower(),
        "SHA-256",
        cnonce,
        "o",
        "auth",
        nc,
        f"{nc:08x}",
        userhash,
    )
    assert parse_credentials(str(credentials)) == credentials


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"Digest {text}", f"{PLAIN}, {text}"):
        with contextlib.suppress(SipError):
            parse_credentials(candidate)
