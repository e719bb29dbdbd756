"""The connection test: what one response shows about the account and its calls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tap_ozonetel.api.clock import format_time
from tap_ozonetel.bodies.envelope import read_records
from tap_ozonetel.streams.progress import format_duration, pluralize
from tap_ozonetel.streams.spans import Span
from tap_ozonetel.transport.headers import parse_http_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_ozonetel.shapes.table import RecordTable
    from tap_ozonetel.streams.base import OzonetelStream
    from tap_ozonetel.transport.request import RawResponse

#: The dialects by the JSON types of CallID (docs/ozonetel-api.md, "Two dialects").
_DIALECTS = {
    frozenset({"integer"}): "in today's dialect",
    frozenset({"string"}): "in the dialect of past days",
}
#: The names of fields in one line.
_MAX_NAMES = 10


def check_connection(stream: OzonetelStream) -> Iterator[str]:
    """Test the connection with one request, and one token if the account uses them.

    Args:
        stream: A stream of calls.

    Yields:
        A line before a wait for the rate limit, a line that confirms that the connection works,
        and lines about the account.

    Raises:
        OzonetelError: The test failed. The message has the reason and what to do.
    """
    account, endpoint = stream.account, stream.endpoint
    responses: list[RawResponse] = []

    def on_response(response: RawResponse) -> None:
        responses.append(response)
        endpoint.on_response(response)

    request = stream.make_request(Span.of_days(account.today, account.today))
    start = account.clock.time()
    if wait := account.authenticator.seconds_until(endpoint.limit, 1):
        until = format_time(start + wait, account.config.timezone)
        yield f"Waiting {format_duration(wait)} for the rate limit, until {until}"
    response = replace(endpoint, on_response=on_response).fetch_once(request)
    end, now = account.clock.time(), account.now
    table = stream.make_table()
    with response.body as body:
        for _ in table.observe(read_records(body)):
            pass
    stream.log_table(request, table)
    yield (
        "Connection test passed: the API accepts the credentials (auth_method: "
        f"{account.config.auth_method}) and serves {stream.name}"
    )
    yield f"Clock: {_compare_clocks(start, end, responses[-1].headers.get('Date'))}"
    yield f"Time in the account's time zone: {now:%Y-%m-%d %H:%M} ({account.config.timezone})"
    calls = f"Today's calls: {pluralize(table.records, 'record')}"
    if table.records:
        dialect = _DIALECTS.get(frozenset(table.types("CallID")), "in an unknown dialect")
        yield f"{calls}, {dialect}"
        yield f"Fields: {_describe_fields(table)}"
    else:
        yield calls
    tokens = account.authenticator.token.received
    yield f"Cost: {pluralize(len(responses), 'request')}, {pluralize(tokens, 'token')}"


def _compare_clocks(start: float, end: float, date: str | None) -> str:
    """Compare the clock of this machine with the header `Date` of a response.

    Args:
        start: When the request was made, in seconds since the epoch.
        end: When the response was complete.
        date: The header. It has no fractions of a second.
    """
    server = parse_http_date(date)
    if server is None:
        return "the response has no Date header to compare it with"
    least, most = start - server - 1, end - server
    if least <= 0 <= most:
        return f"this machine and the server agree to within {max(-least, most):,.0f} s"
    if most < 0:
        return f"this machine is {-most:,.0f} to {-least:,.0f} s behind the server"
    return f"this machine is {least:,.0f} to {most:,.0f} s ahead of the server"


def _describe_fields(table: RecordTable) -> str:
    return ", ".join(
        [
            f"{len(table.known)} known",
            f"{len(table.unknown)} unknown{_list(table.unknown)}",
            f"{len(table.missing)} missing{_list(table.missing)}",
        ]
    )


def _list(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = [f"and {len(names) - _MAX_NAMES} more"] if len(names) > _MAX_NAMES else []
    return f" ({', '.join([*names[:_MAX_NAMES], *more])})"
