"""What counts as one client: an IPv4 address, or an IPv6 /64 (whoever has one address of it has them all)."""

from datetime import datetime
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Final

PURPOSE: Final = "client"
"""What the keyed hashes of clients are made for."""


def hashed_parts(client: str, now: datetime) -> tuple[str, str]:
    """Return what the hash of a client is made of: with the day, so that nobody is followed to the next."""
    return (now.date().isoformat(), client)


def client_prefix(address: str | None) -> str:
    """Cut an address to its client, in canonical form.

    A mapped IPv4 address is unwrapped; what is no address at all (a Unix socket, a broken proxy) is one client,
    "unknown", so that it cannot be used to escape the limits.
    """
    if address is None:
        return "unknown"
    try:
        parsed = ip_address(address.split("%", 1)[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, 64), strict=False))
