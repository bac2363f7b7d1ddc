"""Free ports of loopback, for servers that must be told theirs."""

import socket
from contextlib import ExitStack


def free_ports(count: int) -> list[int]:
    """`count` ports that are free for UDP and TCP alike on 127.0.0.1.

    They are held together while choosing, so that they differ; between letting go and the
    server's bind another program could take one, which loopback tests live with.
    """
    ports: list[int] = []
    with ExitStack() as held:
        while len(ports) < count:
            stream = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            stream.bind(("127.0.0.1", 0))
            port: int = stream.getsockname()[1]
            datagram = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            try:
                datagram.bind(("127.0.0.1", port))
            except OSError:
                continue
            ports.append(port)
    return ports
