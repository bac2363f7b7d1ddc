import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.guard.admission import Admission, network_of
from rollcall.model.phone import Network

HOST = "192.0.2.1"


def burst(admission: Admission, host: str, now: float, requests: int) -> int:
    return sum(admission.admit(host, now) for _ in range(requests))


def test_no_limits_admit_all() -> None:
    admission = Admission()
    assert burst(admission, HOST, 0.0, 10_000) == 10_000
    assert admission.sources == 0


def test_a_source_gets_its_burst_and_then_its_rate() -> None:
    admission = Admission(rate_per_source=20)
    assert burst(admission, HOST, 50.0, 1000) == 100
    assert burst(admission, HOST, 51.0, 1000) == 20
    assert burst(admission, HOST, 51.5, 1000) == 10
    assert burst(admission, HOST, 1000.0, 1000) == 100
    assert (admission.admitted, admission.refused_by_source) == (230, 3770)


def test_sources_do_not_share() -> None:
    admission = Admission(rate_per_source=20)
    assert burst(admission, HOST, 50.0, 200) == 100
    assert burst(admission, "192.0.2.2", 50.0, 200) == 100


def test_all_together_share_the_total() -> None:
    admission = Admission(rate_total=100)
    admitted = sum(admission.admit(f"192.0.2.{n % 250}", 9.0) for n in range(2000))
    assert admitted == 500
    assert admission.refused_in_total == 1500
    assert burst(admission, HOST, 10.0, 1000) == 100


def test_a_rate_below_one_in_the_burst_still_admits_one() -> None:
    admission = Admission(rate_per_source=0.1)
    assert burst(admission, HOST, 9.0, 5) == 1
    assert burst(admission, HOST, 18.0, 5) == 0
    assert burst(admission, HOST, 19.5, 5) == 1


def test_what_one_limit_refuses_does_not_use_up_the_other() -> None:
    admission = Admission(rate_per_source=1, rate_total=2)
    assert burst(admission, HOST, 9.0, 100) == 5
    assert burst(admission, "192.0.2.2", 9.0, 100) == 5
    assert admission.admit("192.0.2.3", 9.0) is False
    assert burst(admission, "192.0.2.3", 100.0, 100) == 5


def test_trusted_networks_are_exempt_per_source_but_not_in_total() -> None:
    admission = Admission(20, 100, trusted=(Network("192.0.2.0/24"),))
    assert burst(admission, HOST, 9.0, 1000) == 500
    assert burst(admission, "198.51.100.1", 20.0, 1000) == 100
    assert admission.sources == 1


def test_rates_can_change_while_running() -> None:
    admission = Admission(rate_per_source=20)
    assert burst(admission, HOST, 9.0, 200) == 100
    admission.set_rates(0, 0)
    assert burst(admission, HOST, 9.0, 200) == 200
    admission.set_rates(2, 0)
    assert burst(admission, "192.0.2.2", 9.0, 200) == 10


def test_the_table_is_bounded_however_many_sources_appear() -> None:
    admission = Admission(rate_per_source=20, max_sources=100)
    for n in range(5000):
        admission.admit(f"10.0.{n // 250}.{n % 250}", 9.0)
        assert admission.sources <= 200
    assert admission.forgotten == 5000 - admission.sources


def test_a_source_that_goes_on_sending_is_not_forgotten() -> None:
    admission = Admission(rate_per_source=20, max_sources=100)
    admitted = 0
    for n in range(5000):
        admission.admit(f"10.0.{n // 250}.{n % 250}", 9.0)
        admitted += admission.admit(HOST, 9.0)
    assert admitted == 100


def test_hosts_of_one_ipv6_network_are_one_source() -> None:
    admission = Admission(rate_per_source=20)
    admitted = sum(admission.admit(f"2001:db8::{n:x}", 9.0) for n in range(1, 500))
    assert admitted == 100
    assert admission.sources == 1


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::6", "2001:db8:1:2::/64"),
        ("2001:db8::6", "2001:db8:0:0::/64"),
        ("2001:db8::3:4:5:6", "2001:db8:0:0::/64"),
        ("2001::2:3:4:5:6", "2001:0:0:2::/64"),
        ("::1", "0:0:0:0::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::2:3:4:5:6:7:8", "0:2:3:4::/64"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_what_counts_as_one_source(host: str, network: str) -> None:
    assert network_of(host) == network


@given(address=st.ip_addresses(v=6))
def test_the_network_of_an_address_is_its_upper_half(address: object) -> None:
    import ipaddress

    host = str(address)
    if host.startswith("fe80:"):
        return
    expected = ipaddress.ip_network(f"{host}/64", strict=False)
    assert ipaddress.ip_network(network_of(host).replace("::/64", ":0:0:0:0/64")) == expected
