import errno

import pytest

from rollcall.transport import binding_socket
from rollcall.transport.binding_socket import explain


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.EADDRNOTAVAIL, "TCP [::1]:5060: this machine does not have that address"),
        (errno.EACCES, "TCP [::1]:5060: not permitted; ports below 1024 need privileges"),
        (errno.EAFNOSUPPORT, "TCP [::1]:5060: this system has no IPv6"),
        (errno.ENOBUFS, "TCP [::1]:5060 cannot be opened: No buffer space available"),
    ],
)
def test_reasons_are_told_in_words(number: int, text: str) -> None:
    assert text in str(explain("tcp", "::1", 5060, OSError(number, "")))


@pytest.mark.parametrize(
    ("holder", "text"),
    [
        ("kamailio (process 42)", "UDP 127.0.0.1:5060 is in use by kamailio (process 42); stop"),
        ("", "UDP 127.0.0.1:5060 is in use; stop the other program or choose another --listen"),
    ],
)
def test_an_occupied_port_is_named(holder: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binding_socket, "port_holder", lambda transport, port: holder)
    assert text in str(explain("udp", "127.0.0.1", 5060, OSError(errno.EADDRINUSE, "")))
