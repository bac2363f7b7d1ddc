import hashlib

import pytest

from rollcall.sip.sha512_256 import pure_sha512_256, sha512_256_hex

# FIPS 180-4 example values (NIST, SHA512_256.pdf).
ABC = "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"
TWO_BLOCKS = (
    b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
    b"ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
)
TWO_BLOCKS_DIGEST = "3928e184fb8690f840da3988121d31be65cb9d3ef83ee6146feac861e19b563a"


@pytest.mark.parametrize(("data", "digest"), [(b"abc", ABC), (TWO_BLOCKS, TWO_BLOCKS_DIGEST)])
def test_published_examples(data: bytes, digest: str) -> None:
    assert pure_sha512_256(data).hex() == digest
    assert sha512_256_hex(data) == digest


@pytest.mark.parametrize("length", [0, 1, 110, 111, 112, 127, 128, 129, 1000])
def test_the_fallback_agrees_with_openssl(length: int) -> None:
    data = bytes(range(256)) * 4
    assert pure_sha512_256(data[:length]) == hashlib.new("sha512_256", data[:length]).digest()


def test_the_fallback_is_used_without_openssl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollcall.sip.sha512_256._OPENSSL_HAS_IT", False)
    monkeypatch.setattr(hashlib, "new", None)
    assert sha512_256_hex(b"abc") == ABC
