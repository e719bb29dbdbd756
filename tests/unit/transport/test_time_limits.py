"""The time limits of a response, however slowly its bytes arrive."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import Buffer, override

from tap_ozonetel.errors import GatewayTimeoutError, UnreachableError
from tap_ozonetel.transport import request, time_limits
from tap_ozonetel.transport.time_limits import SlowResponseError, TimeLimitedReader
from tests.helpers.downloads import download
from tests.helpers.raw_server import raw_server, response
from tests.helpers.tls import server_tls, write_bundle

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Iterable, Iterator
    from pathlib import Path

READ_TIMEOUT = 60.0
MAX_SECONDS = READ_TIMEOUT + time_limits.MAX_DOWNLOAD_SECONDS


class Clock:
    def __init__(self) -> None:
        self.now = 1e6

    def monotonic(self) -> float:
        return self.now


class Connection(io.RawIOBase):
    """Brings one part after the other. Each takes its seconds."""

    def __init__(self, parts: Iterator[tuple[float, bytes]], clock: Clock) -> None:
        self.parts = parts
        self.clock = clock

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        seconds, part = next(self.parts, (0.0, b""))
        self.clock.now += seconds
        memoryview(buffer).cast("B")[: len(part)] = part
        return len(part)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time_limits, "time", clock)
    return clock


def read(clock: Clock, *parts: Iterable[tuple[float, bytes]]) -> tuple[bytes, float]:
    """What arrived, and after how many seconds."""
    started_at = clock.now
    arrivals = (arrival for part in parts for arrival in part)
    reader = io.BufferedReader(TimeLimitedReader(Connection(arrivals, clock), READ_TIMEOUT))
    return reader.read(), clock.now - started_at


def failure(clock: Clock, *parts: Iterable[tuple[float, bytes]]) -> tuple[str, float]:
    """The error, and after how many seconds it was raised."""
    started_at = clock.now
    with pytest.raises(SlowResponseError) as failed:
        read(clock, *parts)
    return str(failed.value), clock.now - started_at


def steady(size: int, seconds: int) -> list[tuple[float, bytes]]:
    return [(1.0, b"x" * size)] * seconds


@pytest.mark.parametrize("size", [1000, 2000, 8000])
def test_a_slow_but_steady_response_is_read_to_its_end(clock: Clock, size: int) -> None:
    seconds = int(MAX_SECONDS) - 1
    content, took = read(clock, steady(size, seconds))
    assert (len(content), took) == (size * seconds, seconds)


@pytest.mark.parametrize("size", [1, 999])
def test_a_response_that_is_too_slow_ends_after_a_read_timeout(clock: Clock, size: int) -> None:
    message, took = failure(clock, steady(size, 10_000))
    # The first bytes start the interval.
    assert (took, message) == (
        READ_TIMEOUT + 1,
        "less than 1 kB/s arrived over 60 s",
    )


def test_a_response_that_becomes_too_slow_ends(clock: Clock) -> None:
    _, took = failure(clock, steady(8000, 600), steady(900, 10_000))
    assert took <= 600 + 2 * READ_TIMEOUT + 1


def test_waits_between_fast_parts_are_no_reason_to_end(clock: Clock) -> None:
    waits: list[tuple[float, bytes]] = [(59.0, b"x" * 8000), *[(0.0, b"x" * 8000)] * 10]
    content, took = read(clock, waits * 20)
    assert (len(content), took) == (20 * 11 * 8000, 20 * 59)


def test_the_wait_for_the_first_byte_does_not_count_as_slow(clock: Clock) -> None:
    assert read(clock, [(59.0, b"x"), (2.0, b"y")]) == (b"xy", 61.0)


def test_a_fast_response_without_end_ends_at_the_limit(clock: Clock) -> None:
    message, took = failure(clock, steady(8000, 10_000))
    assert (took, message) == (MAX_SECONDS, "the response was not complete after 3,660 s")


def test_the_limit_leaves_a_million_records_their_time() -> None:
    """A day of a million calls has 1.3 GB (docs/ozonetel-api.md, benchmarks/README.md)."""
    million_records = 1.3e9
    assert million_records / time_limits.MAX_DOWNLOAD_SECONDS < 400_000, "bytes per second"
    assert 2 * million_records < request.MAX_RESPONSE_BYTES


def drip(head: bytes, drop: bytes) -> Any:  # noqa: ANN401 - a reply of the server
    """Send a drop at a time, always in time for the next byte, and never an end."""

    def reply(connection: socket.socket, stopped: threading.Event) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(head)
            while not stopped.wait(0.02):
                connection.sendall(drop)

    return reply


EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
DRIPPING = {
    "status line": drip(b"HTTP/1.1 200 ", b"O"),
    "headers": drip(b"HTTP/1.1 200 OK\r\n", b"x"),
    "interim responses": drip(b"", EARLY_HINTS[:52] + b"\r\n\r\n"),
    "a body with a length": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b" "),
    "a body without a length": drip(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", b" "),
    "chunks": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.mark.parametrize("reply", DRIPPING.values(), ids=DRIPPING)
@pytest.mark.parametrize(
    ("timeout", "max_download", "message"),
    [(0.3, 3600.0, "timeout: less than"), (5.0, -4.7, "timeout: .* was not complete after 0 s")],
    ids=["too slow", "too late"],
)
def test_a_response_that_drips_on_is_a_timeout(
    monkeypatch: pytest.MonkeyPatch,
    reply: Any,  # noqa: ANN401 - a reply of the server
    timeout: float,
    max_download: float,
    message: str,
) -> None:
    monkeypatch.setattr(time_limits, "MAX_DOWNLOAD_SECONDS", max_download)
    monkeypatch.setattr(time_limits, "MIN_BYTES_PER_SECOND", 1e6)
    with raw_server(reply) as server, pytest.raises(GatewayTimeoutError, match=message):
        download(server.url, read_timeout=timeout)


def test_a_response_over_tls_that_drips_on_is_a_timeout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", write_bundle(tmp_path))
    reply = DRIPPING["a body without a length"]
    with (
        raw_server(reply, tls=server_tls()) as server,
        pytest.raises(GatewayTimeoutError, match="less than 1 kB/s arrived over"),
    ):
        download(f"https://{server.address}", read_timeout=0.5)


def test_the_speed_is_measured_from_the_start_of_the_body(clock: Clock) -> None:
    """A gateway may send interim responses as long as the API prepares its response."""

    def reply(connection: socket.socket, stopped: threading.Event) -> None:
        for part in (EARLY_HINTS, response(b"{}")[:-2], b"{", b"}"):
            connection.sendall(part)
            stopped.wait(0.1)

    times = iter([0.0, 1.0, 50.0, 61.5, 62.0])
    clock.monotonic = lambda: next(times, 62.0)  # type: ignore[method-assign]
    with raw_server(reply) as server:
        download(server.url, read_timeout=READ_TIMEOUT)


def test_a_proxy_that_drips_on_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "CONNECT_TIMEOUT_SECONDS", 0.3)
    with raw_server(DRIPPING["status line"]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(UnreachableError, match="through the proxy"):
            download("https://api.example", use_proxy=True)


def test_a_tls_handshake_without_end_is_not_a_day_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def silent(_: socket.socket, stopped: threading.Event) -> None:
        stopped.wait(10)

    monkeypatch.setattr(request, "CONNECT_TIMEOUT_SECONDS", 0.2)
    with raw_server(silent) as server, pytest.raises(UnreachableError, match="timeout"):
        download(f"https://{server.address}")
