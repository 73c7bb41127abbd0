"""Ports for processes that are killed and started again on the same one."""

import random
import socket

BELOW_THOSE_GIVEN_OUT = range(20_000, 30_000)
"""Linux gives connections and listeners without a port one from 32,768 up: a port of those may be taken between two starts."""


def lasting_port() -> int:
    """Return a free port of 127.0.0.1 that nobody is given by chance."""
    while True:
        port = random.SystemRandom().choice(BELOW_THOSE_GIVEN_OUT)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
