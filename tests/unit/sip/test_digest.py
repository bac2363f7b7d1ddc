import hashlib

import pytest
from _pytest.monkeypatch import MonkeyPatch

from rollcall.sip.authorization import Credentials
from rollcall.sip.digest import HASHES, Algorithm, expected_response, ha1, parse_algorithm

# draft-smith-sipping-auth-examples-01: bob of biloxi.com, password zanzibar, an INVITE with this.
DRAFT_BODY = (
    b"v=0\r\no=bob 2890844526 2890844526 IN IP4 media.biloxi.com\r\ns=-\r\n"
    b"c=IN IP4 media.biloxi.com\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    b"m=video 51372 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\n"
    b"m=video 53000 RTP/AVP 32\r\na=rtpmap:32 MPV/90000\r\n"
)


@pytest.mark.parametrize(
    ("algorithm", "qop", "response"),
    [
        (Algorithm.MD5, "", "bf57e4e0d0bffc0fbaedce64d59add5e"),
        (Algorithm.MD5, "auth", "89eb0059246c02b2f6ee02c7961d5ea3"),
        (Algorithm.MD5_SESS, "auth", "e4e4ea61d186d07a92c9e1f6919902e9"),
        (Algorithm.MD5, "auth-int", "bdbeebb2da6adb6bca02599c2239e192"),
        (Algorithm.MD5_SESS, "auth-int", "91984da2d8663716e91554859c22ca70"),
    ],
)
@pytest.mark.rfc("3261", "22.4")
def test_examples_of_draft_smith(algorithm: Algorithm, qop: str, response: str) -> None:
    credentials = Credentials(
        "bob",
        "biloxi.com",
        "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        "sip:bob@biloxi.com",
        response,
        str(algorithm),
        "0a4f113b" if qop else "",
        "5ccc069c403ebaf9f0171e9517f40e41",
        qop,
        1,
        "00000001",
    )
    secret = ha1(algorithm, "bob", "biloxi.com", "zanzibar")
    assert secret.hex() == "12af60467a33e8518da5c68bbff12b11"
    assert expected_response(algorithm, secret, "INVITE", credentials, DRAFT_BODY) == response


@pytest.mark.parametrize(
    ("qop", "response"),
    [("auth", "6629fae49393a05397450978507c4ef1"), ("", "670fd8c2df070c60b045671b8b24ff02")],
)
@pytest.mark.rfc("2617", "3.5")
def test_example_of_rfc_2617(qop: str, response: str) -> None:
    credentials = Credentials(
        "Mufasa",
        "testrealm@host.com",
        "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        "/dir/index.html",
        response,
        cnonce="0a4f113b",
        qop=qop,
        raw_nc="00000001",
    )
    secret = ha1(Algorithm.MD5, "Mufasa", "testrealm@host.com", "Circle Of Life")
    assert expected_response(Algorithm.MD5, secret, "GET", credentials) == response


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        (Algorithm.MD5, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            Algorithm.SHA_256,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
@pytest.mark.rfc("7616", "3.9.1")
def test_examples_of_rfc_7616(algorithm: Algorithm, response: str) -> None:
    credentials = Credentials(
        "Mufasa",
        "http-auth@example.org",
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "/dir/index.html",
        response,
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        qop="auth",
        raw_nc="00000001",
    )
    secret = ha1(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life")
    assert expected_response(algorithm, secret, "GET", credentials) == response


@pytest.mark.rfc("7616", "3.9.2", "as corrected by erratum 4897")
def test_sha_512_256_example_of_rfc_7616() -> None:
    """The printed response is not SHA-512/256 of its inputs; erratum 4897 has the right one."""
    response = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    credentials = Credentials(
        "Jäsøn Doe",
        "api@example.org",
        "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
        "/doe.json",
        response,
        cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
        qop="auth",
        raw_nc="00000001",
    )
    secret = ha1(Algorithm.SHA_512_256, "Jäsøn Doe", "api@example.org", "Secret, or not?")
    assert expected_response(Algorithm.SHA_512_256, secret, "GET", credentials) == response


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("qop", ["", "auth", "auth-int"])
def test_every_algorithm_by_its_definition(algorithm: Algorithm, qop: str) -> None:
    names = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}

    def h(text: str) -> str:
        return hashlib.new(names[algorithm.family], text.encode()).hexdigest()

    first = h("u:r:p")
    if algorithm.session:
        first = h(f"{first}:n:c")
    second = h(f"REGISTER:sip:h{':' + h('body') if qop == 'auth-int' else ''}")
    middle = f"n:00000002:c:{qop}" if qop else "n"
    credentials = Credentials("u", "r", "n", "sip:h", "", cnonce="c", qop=qop, raw_nc="00000002")
    secret = ha1(algorithm, "u", "r", "p")
    assert expected_response(algorithm, secret, "REGISTER", credentials, b"body") == h(
        f"{first}:{middle}:{second}"
    )


def test_parse_algorithm() -> None:
    assert parse_algorithm("MD5") is Algorithm.MD5
    assert parse_algorithm("sha-256-SESS") is Algorithm.SHA_256_SESS
    assert parse_algorithm("AKAv1-MD5") is None


def test_families_share_the_ha1() -> None:
    assert Algorithm.MD5_SESS.family == Algorithm.MD5.family == "MD5"
    assert ha1(Algorithm.SHA_256_SESS, "u", "r", "p") == ha1(Algorithm.SHA_256, "u", "r", "p")
    assert len(ha1(Algorithm.MD5, "u", "r", "p")) == 16
    assert len(ha1(Algorithm.SHA_512_256, "u", "r", "p")) == 32


def test_every_hash_goes_through_the_table(monkeypatch: MonkeyPatch) -> None:
    hashed: list[bytes] = []
    original = HASHES["SHA-256"]

    def counting(data: bytes) -> str:
        hashed.append(data)
        return original(data)

    monkeypatch.setitem(HASHES, "SHA-256", counting)
    secret = ha1(Algorithm.SHA_256, "u", "r", "p")
    credentials = Credentials("u", "r", "n", "sip:h", "", cnonce="c", qop="auth", raw_nc="1")
    expected_response(Algorithm.SHA_256_SESS, secret, "REGISTER", credentials)
    assert hashed[:3] == [b"u:r:p", f"{secret.hex()}:n:c".encode(), b"REGISTER:sip:h"]
    assert len(hashed) == 4


def test_lone_surrogates_do_not_break_it() -> None:
    credentials = Credentials("\ud800", "r", "\ud800", "\ud800", "")
    assert expected_response(
        Algorithm.MD5, ha1(Algorithm.MD5, "\ud800", "r", "p"), "REGISTER", credentials
    )
