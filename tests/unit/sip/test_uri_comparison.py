import pytest

from rollcall.sip import uri_comparison
from rollcall.sip.escapes import normalise
from rollcall.sip.uri import parse_any_uri
from rollcall.sip.uri_comparison import equivalent


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a:%70@h", "sip:a:p@h"),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]"),
        ("tel:+1-201", "tel:+1201"),
        ("tel:1;phone-context=+1", "tel:1;Phone-Context=+1"),
        ("mailto:a@b", "mailto:a@b"),
    ],
)
@pytest.mark.rfc("3261", "19.1.4")
def test_equivalent(a: str, b: str) -> None:
    assert equivalent(parse_any_uri(a), parse_any_uri(b))
    assert equivalent(parse_any_uri(b), parse_any_uri(a))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:a@h", "sips:a@h"),
        ("sip:a@h", "sip:h"),
        ("sip:a:p@h", "sip:a@h"),
        ("sip:a@h;maddr=1.2.3.4", "sip:a@h"),
        ("sip:a@h", "sip:a@h;user=phone"),
        ("sip:a@h;ttl=1", "sip:a@h"),
        ("sip:a@h;method=INVITE", "sip:a@h"),
        ("sip:%2Ba@h", "sip:+a@h"),
        ("sip:a@h?a=b", "sip:a@h?a=c"),
        ("tel:1", "tel:2"),
        ("tel:1", "sip:1@h"),
        ("mailto:a@b", "sip:a@b"),
    ],
)
@pytest.mark.rfc("3261", "19.1.4")
def test_not_equivalent(a: str, b: str) -> None:
    assert not equivalent(parse_any_uri(a), parse_any_uri(b))
    assert not equivalent(parse_any_uri(b), parse_any_uri(a))


def test_what_a_uri_consists_of_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request with many Contacts compares each with each: decoding anew took seconds."""
    decoded: list[str] = []

    def count(text: str) -> str:
        decoded.append(text)
        return normalise(text)

    monkeypatch.setattr(uri_comparison, "normalise", count)
    params = "".join([f";once{number}=%41" for number in range(50)])
    uris = [parse_any_uri(f"sip:a@h{params};x={number}?once={number}") for number in range(20)]
    assert not any(equivalent(a, b) for a in uris for b in uris if a is not b)
    assert len(decoded) <= 20 * (2 * 51 + 2)
