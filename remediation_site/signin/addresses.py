"""From where a request comes, as far as that can be known."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

IPV6_NETWORK = 64  # bits: what one customer is given, and may change the rest of at will


def client_address(request: HttpRequest) -> str | None:
    """The address that requests are counted by, None when there is none (a socket of this machine).

    Behind PROXY_COUNT proxies it is that entry of X-Forwarded-For, counted from its end, which the outermost of them
    wrote; what stands before it was written by the visitor. Of an IPv6 address the network counts.
    """
    return counted(forwarded(request)) or counted(request.META.get("REMOTE_ADDR", ""))


def forwarded(request: HttpRequest) -> str:
    """The entry of X-Forwarded-For that the outermost of PROXY_COUNT proxies wrote, "" when there is none."""
    count, entries = settings.PROXY_COUNT, request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return entries[-count].strip() if count and len(entries) >= count else ""


def counted(address: str) -> str | None:
    """An address as it is counted, None when it is none."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, IPV6_NETWORK), strict=False).network_address)
