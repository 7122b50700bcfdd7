"""The one client for everything that goes out: bounded, and only to where it may go.

http(s) and ws(s) only. A host must resolve to public addresses alone, unless `allow_hosts` names it; the connection
then goes to the very address that was checked, while Host header, SNI and certificate stay those of the name. No
proxy, no cookies, no credentials from the environment or a netrc file, no redirect to another host. Every call has a
limit of time as a whole and of size. What is shown of an address never has credentials or values of its query.
"""

import contextlib
import ipaddress
import logging
import os
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from tracker.terminal import printable
from tracker.translation import gettext, gettext_noop

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
MOST_REDIRECTS = 5
MOST_ADDRESSES = 8  # of one host that are tried
REDIRECTS = (301, 302, 303, 307, 308)
CHUNK = 64 * 1024
SENT_ALWAYS = {"User-Agent": "remediation-site", "Accept": "*/*", "Accept-Encoding": "identity"}
# Networks that count as public and lead elsewhere: services that give the machines of a cloud their data, tunnels.
NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "2002::/16")))
STRANGE = re.compile(r"[\x00-\x20\x7f\\]")  # characters of which parsers of addresses make different things
NAT64 = ipaddress.ip_network("64:ff9b::/96")

logging.getLogger("urllib3").setLevel(logging.INFO)  # below that it writes addresses with their secrets

Resolve = Callable[[str, int], Sequence[str]]  # (host, port) -> its addresses


ALLOW_HOSTS = gettext_noop("allow_hosts of the catalogue")


class CallRefused(Exception):
    """The call is not allowed: one sentence, without secrets."""

    def naming(self, setting: str) -> str:
        """The sentence where another setting than that of the catalogue says which hosts are allowed."""
        return str(self).replace(gettext(ALLOW_HOSTS), setting)


class CallFailed(Exception):
    """The call was allowed and did not come through: one sentence, without secrets."""


class NobodyListens(CallFailed):
    """The host is there and refuses connections: what should answer does not run."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take; redirects included."""

    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    total_seconds: float = 30.0
    most_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. The body is as sent, at most most_bytes of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool
    duration_seconds: float


def phrase(status: int) -> str:
    """The standard's words for a status of HTTP."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return gettext("(unknown status)")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes: the checked addresses of the host of an URL."""

    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]


def shown(url: str) -> str:
    """An address as it may be logged: without credentials, fragment and values of its query."""
    try:
        parts = urlsplit(url)
        place = _place(parts.hostname or "", parts.port)
    except ValueError:
        return gettext("(an address that cannot be read)")
    names = "&".join(f"{name}=…" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return printable(f"{parts.scheme}://{place}{parts.path}" + (f"?{names}" if names else ""))


def resolved(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver has for a host."""
    return list(dict.fromkeys(info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; of one that wraps an IPv4 address, whether that one is."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else ip.ipv4_mapped
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    special = ip.is_multicast or ip.is_reserved or any(ip in network for network in NOT_PUBLIC)
    return ip.is_global and not special


def target_of(
    url: str, *, schemes: Sequence[str], allow_hosts: Sequence[str], resolve: Resolve, seconds: float
) -> Target:
    """Where a call to the URL goes, or CallRefused, or CallFailed when the host has no address."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise CallRefused(gettext("This is no address that can be called.")) from None
    if scheme not in schemes or not host or "%" in host or STRANGE.search(url):
        raise CallRefused(
            gettext("%(url)s is not called: only %(schemes)s addresses are.")
            % {"url": shown(url), "schemes": gettext(" and ").join(schemes)}
        )
    port = DEFAULT_PORTS[scheme] if port is None else port
    addresses = _addresses(host, port, resolve, seconds)
    if not _is_allowed(host, port, allow_hosts):
        for address in addresses:
            if not is_public(address):
                raise CallRefused(
                    gettext(
                        "%(place)s is not called: %(address)s is no public address, and %(setting)s does not "
                        "name the host."
                    )
                    % {"place": _place(host, port), "address": printable(address), "setting": gettext(ALLOW_HOSTS)}
                )
    return Target(scheme, host, port, tuple(addresses[:MOST_ADDRESSES]))


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    allow_hosts: Sequence[str] = (),
    limits: Limits = Limits(),
    follow: bool = True,
    resolve: Resolve = resolved,
) -> Reply:
    """Call an http(s) address.

    With `follow`, GET and HEAD go on where a redirect leads on the same host, never from https to http.
    Raises: CallRefused before anything is sent to where it may not go; CallFailed when no whole reply came in time.
    """
    began = time.monotonic()
    end = began + limits.total_seconds
    for _ in range(MOST_REDIRECTS + 1):
        target = target_of(
            url, schemes=("http", "https"), allow_hosts=allow_hosts, resolve=resolve, seconds=end - time.monotonic()
        )
        reply = _exchange(_prepared(method, url, headers or {}, body), target, limits, end)
        location = reply.headers.get("location")
        if not (follow and location and reply.status in REDIRECTS and method in ("GET", "HEAD")):
            return _timed(reply, began)
        url = _next(url, location)
    raise CallFailed(gettext("%(url)s leads from one redirect to the next without an end.") % {"url": shown(url)})


@contextlib.contextmanager
def connected(target: Target, *, seconds: float, end: float) -> Iterator[socket.socket]:
    """A connection to the checked address, broken off at that moment of the monotonic clock whatever it does then."""
    with dialled(target, seconds=min(seconds, end - time.monotonic())) as sock, broken_off(sock, end):
        yield sock


def dialled(target: Target, *, seconds: float) -> socket.socket:
    """A new connection to the first of the checked addresses that takes one, within that time for all of them."""
    end = time.monotonic() + seconds
    place = _place(target.host, target.port)
    failures: list[OSError] = []
    for address in target.addresses:
        try:
            return socket.create_connection((address, target.port), timeout=max(0.001, end - time.monotonic()))
        except OSError as error:
            failures.append(error)
    if all(isinstance(error, ConnectionRefusedError) for error in failures):
        raise NobodyListens(gettext("Nothing listens at %(place)s.") % {"place": place})
    if isinstance(failures[-1], TimeoutError):
        raise CallFailed(gettext("%(place)s does not answer.") % {"place": place})
    raise CallFailed(
        gettext("%(place)s cannot be reached (%(why)s).")
        % {"place": place, "why": (failures[-1].strerror or gettext("unknown reason")).lower()}
    )


@contextlib.contextmanager
def broken_off(sock: socket.socket, end: float) -> Iterator[None]:
    """Shut a connection down at that moment, so that one who sends a byte now and then cannot hold a call for long.

    Works on a copy of the descriptor, because TLS takes the socket itself over.
    """
    copy = socket.socket(fileno=os.dup(sock.fileno()))

    def break_off() -> None:
        with contextlib.suppress(OSError):
            copy.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, end - time.monotonic()), break_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        copy.close()


class _Pinned:
    """Lets a connection of urllib3 go to the checked address; name, port, Host header and SNI stay."""

    def __init__(self, *args: object, dial: Callable[[], socket.socket], **options: object) -> None:
        super().__init__(*args, **options)
        self._dial = dial

    def _new_conn(self) -> socket.socket:
        return self._dial()


class _PinnedHTTP(_Pinned, HTTPConnection):
    pass


class _PinnedHTTPS(_Pinned, HTTPSConnection):
    pass


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PinnedHTTP


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _PinnedHTTPS


class _PinnedAdapter(HTTPAdapter):
    """Hands out connections that `dial` opens, whatever name is asked for."""

    def __init__(self, dial: Callable[[], socket.socket]) -> None:
        self._dial = dial
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):
        """A pool for this one request; requests calls this."""
        host, pool = self.build_connection_pool_key_attributes(request, verify, cert)
        scheme = host.pop("scheme")
        if scheme == "https":
            return _HTTPSPool(**host, **pool, dial=self._dial)
        return _HTTPPool(**host, dial=self._dial)


def _prepared(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> requests.PreparedRequest:
    try:
        return requests.Request(method, url, headers={**SENT_ALWAYS, **headers}, data=body).prepare()
    except ValueError:  # requests' own errors are some too
        raise CallRefused(gettext("%(url)s or one of the headers cannot be sent.") % {"url": shown(url)}) from None


def _exchange(prepared: requests.PreparedRequest, target: Target, limits: Limits, end: float) -> Reply:
    """One request and its reply, without redirects."""
    waits = (limits.connect_seconds, limits.read_seconds)
    with connected(target, seconds=limits.connect_seconds, end=end) as sock, _session(target, sock) as session:
        sock.settimeout(limits.read_seconds)
        try:
            with session.send(prepared, timeout=waits, allow_redirects=False, stream=True) as response:
                body, truncated = _read(response, limits.most_bytes, end)
                return Reply(response.status_code, response.headers, body, truncated, 0.0)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise CallFailed(_why(error, target, limits, end)) from None


def _session(target: Target, sock: socket.socket) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc, no certificates from the environment
    session.mount(f"{target.scheme}://", _PinnedAdapter(lambda: sock))
    return session


def _read(response: requests.Response, most_bytes: int, end: float) -> tuple[bytes, bool]:
    """The body up to the limit, and whether it was longer."""
    data = bytearray()
    while len(data) <= most_bytes:
        chunk = response.raw.read1(CHUNK, decode_content=False)
        if time.monotonic() >= end:
            raise TimeoutError
        if not chunk:
            return bytes(data), False
        data += chunk
    return bytes(data[:most_bytes]), True


def _why(error: Exception, target: Target, limits: Limits, end: float) -> str:
    """Why there is no reply. Texts of libraries are left out: they may quote the address with its secrets."""
    place = _place(target.host, target.port)
    if time.monotonic() >= end:
        return gettext("%(place)s did not answer within %(seconds)s s.") % {
            "place": place,
            "seconds": f"{limits.total_seconds:g}",
        }
    if isinstance(error, requests.exceptions.SSLError | ssl.SSLError):
        return gettext("%(place)s has no certificate that can be trusted for this name.") % {"place": place}
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return gettext("%(place)s was silent for %(seconds)s s.") % {
            "place": place,
            "seconds": f"{limits.read_seconds:g}",
        }
    return gettext("%(place)s broke off, or its answer cannot be read as HTTP (%(kind)s).") % {
        "place": place,
        "kind": type(error).__name__,
    }


def _addresses(host: str, port: int, resolve: Resolve, seconds: float) -> list[str]:
    """What the resolver says within that time; it cannot be interrupted, so a late answer is left to itself."""
    answers: queue.SimpleQueue = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(resolve(host, port)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.001, seconds))
    except queue.Empty:
        raise CallFailed(
            gettext("%(place)s: the name was not resolved in time.") % {"place": _place(host, port)}
        ) from None
    if isinstance(answer, Exception) or not answer:
        raise CallFailed(gettext("%(place)s: this host has no address.") % {"place": _place(host, port)})
    return answer


def _is_allowed(host: str, port: int, allow_hosts: Sequence[str]) -> bool:
    named = {name.lower() for name in allow_hosts}
    host = f"[{host}]" if ":" in host else host
    return host.lower() in named or f"{host}:{port}".lower() in named


def _place(host: str, port: int | None) -> str:
    host = f"[{host}]" if ":" in host else host
    return printable(host if port is None else f"{host}:{port}")


def _next(url: str, location: str) -> str:
    """Where a redirect leads, or CallRefused when that is another host or less safe."""
    new = urljoin(url, location)
    try:
        here, there = urlsplit(url), urlsplit(new)
        same = (here.hostname, _port(here)) == (there.hostname, _port(there)) and here.scheme == there.scheme
        safer = here.hostname == there.hostname and (here.scheme, there.scheme) == ("http", "https")
    except ValueError:
        same = safer = False
    if not same and not safer:
        raise CallRefused(
            gettext("%(url)s leads to another host, %(new)s: that is not followed.")
            % {"url": shown(url), "new": shown(new)}
        )
    return new


def _port(parts: SplitResult) -> int | None:
    return DEFAULT_PORTS.get(parts.scheme) if parts.port is None else parts.port


def _timed(reply: Reply, began: float) -> Reply:
    return Reply(reply.status, reply.headers, reply.body, reply.truncated, time.monotonic() - began)
