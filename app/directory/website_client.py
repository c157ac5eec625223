"""Looks whether web addresses answer: politely, without their content, and never inside the house.

An address of the directory is typed by somebody and may lead anywhere, also by a redirect or by what a
name server answers. So each host is resolved here, private addresses are refused, and the connection
goes to the very address that was checked.
"""

from __future__ import annotations

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from app.directory.website_checks import LinkOutcome, LinkResult

REDIRECTS: Final = (301, 302, 303, 307, 308)
GONE: Final = (404, 410)
THERE: Final = (401, 403, 405, 429)
"""Somebody answers, but does not let a program in: no reason to call the page broken."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_SAFE = "/%:=&?~+!$,;'@()*[]"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class _UnusableError(Exception):
    """There is nothing to be visited behind an address."""


def is_public_address(text: str) -> bool:
    """Whether an IP address belongs to the open internet."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public_address(str(address.ipv4_mapped))
        if address.sixtofour or address.teredo or address in _NAT64:
            return False  # these wrap another address
    return address.is_global and not address.is_multicast


@dataclass(frozen=True)
class Visitor:
    """How addresses are looked at."""

    user_agent: str
    """Names the house and how to reach it."""
    may_visit: Callable[[str], bool] = is_public_address
    """Whether an IP address may be connected to."""
    timeout_seconds: float = 10
    """For each step."""
    total_seconds: float = 25
    """For one request as a whole: a server that trickles is given up."""
    most_redirects: int = 5
    host_seconds: float = 1
    """So far apart are two requests to one host."""
    at_once: int = 4
    """Hosts that are looked at at the same time."""
    sleep: Callable[[float], None] = time.sleep
    _pace: dict[str, float] = field(default_factory=dict, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def check_all(self, addresses: Iterable[str]) -> Iterator[LinkResult]:
        """Look at all, a few hosts at a time; results come as they are known."""
        groups: dict[str, list[str]] = defaultdict(list)
        for address in addresses:
            groups[_host_of(address)].append(address)
        found: queue.SimpleQueue[LinkResult] = queue.SimpleQueue()

        def check_group(group: list[str]) -> None:
            for address in group:
                found.put(self.check(address))

        pool = ThreadPoolExecutor(self.at_once)
        try:
            for group in groups.values():
                pool.submit(check_group, group)
            for _ in range(sum(map(len, groups.values()))):
                yield found.get()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def check(self, address: str) -> LinkResult:
        """Look at one address: HEAD, then GET where a server does not like HEAD; no content is read."""
        try:
            status = self._follow("HEAD", address)
            if not 200 <= status < 300:
                status = self._follow("GET", address)
        except (_UnusableError, OSError, http.client.HTTPException, ValueError):
            return LinkResult(address, "unreachable")
        return LinkResult(address, _outcome(status), status)

    def _follow(self, method: str, address: str) -> int:
        """The status at the end of the redirects; the last redirect's when there are too many."""
        status = 0
        for _ in range(self.most_redirects + 1):
            status, target = self._request(method, address)
            if status not in REDIRECTS or not target:
                return status
            address = urljoin(address, target)
        return status

    def _request(self, method: str, address: str) -> tuple[int, str | None]:
        parts = urlsplit(address)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise _UnusableError("not a web address")
        host = parts.hostname.encode("idna").decode("ascii")
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        self._wait_for_turn(host)
        connection = self._open(parts.scheme, host, port)
        alarm = threading.Timer(self.total_seconds, _abort, [connection])
        alarm.daemon = True
        alarm.start()
        try:
            headers = {"User-Agent": self.user_agent, "Accept": "*/*", "Connection": "close"}
            connection.request(method, _target_of(parts), headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location")
        finally:
            alarm.cancel()
            connection.close()

    def _open(self, scheme: str, host: str, port: int) -> http.client.HTTPConnection:
        """A connection to an address of the host that was checked, and to no other."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not addresses or not all(map(self.may_visit, addresses)):
            raise _UnusableError("an address inside the house")
        channel: socket.socket = socket.create_connection((addresses[0], port), self.timeout_seconds)
        try:
            if scheme == "https":
                context = ssl.create_default_context()
                channel = context.wrap_socket(channel, server_hostname=host)
        except BaseException:
            channel.close()
            raise
        # Handed over as an open socket: the class would resolve the name once more by itself.
        connection = http.client.HTTPConnection(host, port, timeout=self.timeout_seconds)
        connection.sock = channel
        return connection

    def _wait_for_turn(self, host: str) -> None:
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._pace.get(host, now))
            self._pace[host] = turn + self.host_seconds
        if turn > now:
            self.sleep(turn - now)


def _outcome(status: int) -> LinkOutcome:
    if status in GONE:
        return "gone"
    return "ok" if 200 <= status < 300 or status in THERE else "failing"


def _target_of(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=_SAFE)
    return f"{path}?{quote(parts.query, safe=_SAFE)}" if parts.query else path


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _abort(connection: http.client.HTTPConnection) -> None:
    channel = connection.sock
    if channel is not None:
        try:
            channel.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it ended by itself
