"""Who may call: no website may play or spy through the browser of someone who visits it.

A browser sends the page's origin with a WebSocket's or a script's request; it must be ours.
A page that has rebound its own name to our address (DNS rebinding) is known by the Host
that the browser sends: only IP addresses, localhost and this machine's own names are ours.
Programs send no origin, and any address as host; they may call.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def own_names(more: Iterable[str] = ()) -> frozenset[str]:
    """Names by which browsers may call this machine."""
    name = socket.gethostname().lower()
    return frozenset({"localhost", name, f"{name}.local", *map(str.lower, more)})


def why_not(headers: Mapping[str, str], names: frozenset[str]) -> str | None:
    """Why a request with these headers is refused, or None when it is not."""
    host = headers.get("Host", "")
    name = host_name(host)
    if name is None:
        return f"Host {host[:80]!r} is none"
    if not _is_address(name) and name not in names:
        return (
            f"Host {name[:80]!r} is no name of this machine;"
            " take its IP address, or add the name to [query] names"
        )
    origin = headers.get("Origin")
    if origin is not None and origin.lower() != f"http://{host}".lower():
        return f"Origin {origin[:80]!r}: pages of other sites may not call"
    if headers.get("Sec-Fetch-Site") == "cross-site" and not _navigates(headers):
        return "pages of other sites may not call"
    return None


def content_policy(host: str) -> str:
    """The page's Content-Security-Policy: nothing but its own files and its own socket."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' ws://{host}; frame-ancestors 'none'; base-uri 'none'"
    )


def host_name(host: str) -> str | None:
    """The name or address in a Host header, lower case; None when there is none."""
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        port = port.removeprefix(":")
    else:
        name, bracket, port = *host.partition(":")[:1], "]", host.partition(":")[2]
    if not name or not bracket or (port and not port.isdecimal()):
        return None
    return name.lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _navigates(headers: Mapping[str, str]) -> bool:
    """A link on another site that is followed to our page."""
    return headers.get("Sec-Fetch-Mode") == "navigate" and (
        headers.get("Sec-Fetch-Dest") == "document"
    )
