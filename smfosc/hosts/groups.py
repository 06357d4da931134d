"""Which addresses mean a multicast group. Any thread."""

import ipaddress


def is_group(host: str) -> bool:
    """Whether an address is one of a multicast group (IPv4)."""
    try:
        return ipaddress.IPv4Address(host).is_multicast
    except ValueError:
        return False
