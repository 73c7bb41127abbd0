"""No destination, and no name server, leads the app into a network that only the app can reach."""

import asyncio
import re
import socket
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from shared.deliver.addresses import GuardedResolver, PrivateAddressError, refuse_private
from shared.deliver.http import Caller, knock
from shared.errors import ConfigurationError, DeliveryRejectedError, DeliveryUnavailableError

PRIVATE = [
    "169.254.169.254", "168.63.129.16", "10.0.0.5", "172.16.9.9", "192.168.1.1", "100.64.0.1", "224.0.0.1",
    "240.0.0.1", "[fe80::1]", "[fd00::1]", "[::]", "0", "[::ffff:10.0.0.5]", "[2002:0a00:0005::]", "[fd00:ec2::254]",
    "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518",
]  # fmt: skip
"""Metadata, platform, private and special addresses, also as short, hexadecimal and octal forms of them."""


@pytest.mark.parametrize("host", PRIVATE)
def test_an_address_in_a_private_network_is_refused(host: str) -> None:
    """Unless the settings name exactly that host."""
    with pytest.raises(ConfigurationError, match="TRIAGE_WEBHOOK_URL is in a private network") as refused:
        refuse_private(f"https://{host}/hook", "TRIAGE_WEBHOOK_URL", ("tickets.example.com",))
    assert "TRIAGE_PRIVATE_HOSTS" in refused.value.hint
    refuse_private(f"https://{host}/hook", "TRIAGE_WEBHOOK_URL", (host.strip("[]"),))


@pytest.mark.parametrize("host", ["tickets.example.com", "8.8.8.8", "[2606:4700::1111]", "127.0.0.1", "localhost"])
def test_public_hosts_and_this_machine_are_taken(host: str) -> None:
    """This machine is for the local system: its address has to be written out."""
    refuse_private(f"https://{host}/hook", "TRIAGE_WEBHOOK_URL", ())


class Names(AbstractResolver):
    """A name server that says what it is told to."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return them for any host."""
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""


async def test_names_that_lead_inside_are_refused() -> None:
    """Only public addresses are kept, this machine's included in what is refused, unless the host is named."""
    mixed = GuardedResolver((), Names("169.254.169.254", "8.8.8.8", "::1"))
    assert [one["host"] for one in await mixed.resolve("tickets.example.com")] == ["8.8.8.8"]
    for inside in ("169.254.169.254", "127.0.0.1", "10.1.2.3", "fe80::1%eth0"):
        with pytest.raises(PrivateAddressError):
            await GuardedResolver((), Names(inside)).resolve("tickets.example.com")
    named = GuardedResolver(("snow.corp.example",), Names("10.1.2.3"))
    assert [one["host"] for one in await named.resolve("snow.corp.example")] == ["10.1.2.3"]


async def test_a_call_that_leads_inside_is_not_sent_and_says_why() -> None:
    """The failure is final and names the setting; the address is in no message."""
    connector = aiohttp.TCPConnector(resolver=GuardedResolver((), Names("127.0.0.1")))
    async with aiohttp.ClientSession(connector=connector) as http:
        with pytest.raises(DeliveryRejectedError) as refused:
            await Caller("webhook", http).call("POST", "http://tickets.example.com:9/x?sig=secret", key="case-1:1")
    assert "TRIAGE_PRIVATE_HOSTS" in refused.value.hint
    assert str(refused.value) == "webhook is in a private network: `case-1:1` was not sent"


@pytest.mark.parametrize("destination", ["webhook", "teams"])
async def test_a_probe_reaches_nothing_that_a_delivery_may_not(destination: str) -> None:
    """Not one byte reaches a server inside, unless the settings name the host; the path is never sent."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://tickets.example.com:{server.sockets[0].getsockname()[1]}/x?sig=secret"
    async with server:
        inside = aiohttp.TCPConnector(resolver=GuardedResolver((), Names("127.0.0.1")))
        async with aiohttp.ClientSession(connector=inside) as http:
            with pytest.raises(DeliveryRejectedError) as refused:
                await knock(destination, url, http, hint="h")
        assert (str(refused.value), heads) == (f"{destination} is in a private network: not probed", [])
        assert "TRIAGE_PRIVATE_HOSTS" in refused.value.hint
        named = aiohttp.TCPConnector(resolver=GuardedResolver(("tickets.example.com",), Names("127.0.0.1")))
        async with aiohttp.ClientSession(connector=named) as http:
            assert await knock(destination, url, http, hint="h") == "reachable, not sent: it answers"
        assert heads[0].startswith(b"HEAD / HTTP/1.1")
        assert b"secret" not in heads[0]


async def test_a_probe_of_what_is_down_says_so_without_the_address() -> None:
    """Nobody listens on the port."""
    async with aiohttp.ClientSession() as http:
        with pytest.raises(DeliveryUnavailableError) as down:
            await knock("webhook", "http://127.0.0.1:9/x?sig=secret", http, hint="h")
    assert str(down.value) == "webhook not reached: ClientConnectorError"


def test_every_url_of_a_destination_is_looked_at() -> None:
    """A new destination with an address is in the list that is checked."""
    from shared.deliver.destination import ADDRESSES, DESTINATIONS

    text = "".join(path.read_text() for path in (Path(__file__).parents[2] / "shared/deliver").glob("*.py"))
    called = {name.lower() for name in re.findall(r'https_address\([^"]*"TRIAGE_(\w+)"', text)}
    assert called == set(ADDRESSES.values())
    assert set(ADDRESSES) <= set(DESTINATIONS)
