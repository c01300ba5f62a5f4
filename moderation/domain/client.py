"""What counts as one client: an IPv4 address, or an IPv6 /64 (whoever has one address of it has them all)."""

from ipaddress import IPv4Address, IPv6Network, ip_address


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
