"""Where destinations may be: on the public internet, or on hosts that the settings name.

An address in a setting, or a name server that somebody else controls, must not make the app call what only the app can
reach: the metadata service of its machine, or a neighbour in its network.
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import AddressFamily, inet_aton
from urllib.parse import urlsplit

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from shared.errors import ConfigurationError

AZURE_PLATFORM = ip_address("168.63.129.16")
"""Azure's own address for DNS, health and the guest agent: public by its number, but it answers on every machine."""
HINT = "If the destination belongs there, name its host in TRIAGE_PRIVATE_HOSTS."


class PrivateAddressError(OSError):
    """A name leads to an address that destinations may not have."""


def refuse_private(url: str, setting: str, private_hosts: Collection[str]) -> None:
    """Raise ConfigurationError for an address in a private network whose host is not among ``private_hosts``."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return  # No address at all; the destination says so itself.
    literal = _literal(host)
    if literal and not literal.is_loopback and is_private(literal) and host not in private_hosts:
        raise ConfigurationError(f"{setting} is in a private network", hint=HINT)


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, by how it is written."""
    literal = _literal(host)
    return literal.is_loopback if literal else host == "localhost"


def is_private(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is not one of the public internet, also when it hides in an IPv6 one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return is_private(inner)
    return not address.is_global or address.is_multicast or address == AZURE_PLATFORM


class GuardedResolver(AbstractResolver):
    """Resolves names as usual and keeps only addresses that a destination may have."""

    def __init__(self, private_hosts: Collection[str], inner: AbstractResolver | None = None) -> None:
        self._private_hosts = private_hosts
        self._inner = inner or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises PrivateAddressError when none is left."""
        found = await self._inner.resolve(host, port, family)
        if host in self._private_hosts or is_loopback(host):
            return found
        public = [one for one in found if not is_private(ip_address(one["host"].partition("%")[0]))]
        if found and not public:
            raise PrivateAddressError("the name leads into a private network")
        return public

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()


def guarded_connector(private_hosts: Collection[str]) -> TCPConnector:
    """Return a connector for the HTTP session of destinations: names are looked at when they are resolved."""
    return TCPConnector(resolver=GuardedResolver(private_hosts))


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host is written as, also in the short forms that a C library reads."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(inet_aton(host))
    except (OSError, UnicodeEncodeError):
        return None
