"""Responses that are whole but not clean, and records that cannot be used, in whole syncs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel import transport
from tap_ozonetel.errors import ConfigError, OzonetelError
from tests.helpers.sync import Sync, make_catalog, run, sync

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_ozonetel.transport.request import RawResponse
    from tests.helpers.clock import FakeClock

ONE_DAY: dict[str, Any] = {"start_date": "2026-03-14", "end_date": "2026-03-14"}
TWO_DAYS: dict[str, Any] = {"start_date": "2026-03-14", "end_date": "2026-03-15"}
BOM = b"\xef\xbb\xbf"


@pytest.fixture
def alter(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[bytes]]:
    """Alter the bodies with records on their way, and their headers."""

    def install(change: Callable[[bytes], bytes], **headers: str) -> list[bytes]:
        send, sent = transport.send, []

        def send_altered(*args: Any, **options: Any) -> RawResponse:  # noqa: ANN401
            response = send(*args, **options)
            response.body.seek(0)
            content = response.body.read()
            if b'"details"' not in content:
                return response
            sent.append(change(content))
            response.body.seek(0)
            response.body.truncate()
            response.body.write(sent[-1])
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return replace(response, headers={**response.headers, **named})

        monkeypatch.setattr(transport, "send", send_altered)
        return sent

    return install


def first_comment(text: bytes) -> Callable[[bytes], bytes]:
    return lambda body: re.sub(
        rb'("Comments":)"(?:[^"\\]|\\.)*"', lambda m: m[1] + b'"' + text + b'"', body, count=1
    )


UNCLEAN: dict[str, tuple[Callable[[bytes], bytes], dict[str, Any], str]] = {
    "a text that is cut in a letter": (
        first_comment(b"a\xe0\xa4"),
        {"Comments": "a\ufffd"},
        "1 invalid bytes or lone surrogates replaced by U+FFFD",
    ),
    "half of a surrogate pair": (
        first_comment(rb"a\ud83d\nb"),
        {"Comments": "a\ufffd\nb"},
        "1 invalid bytes or lone surrogates replaced by U+FFFD",
    ),
    "tabs and line ends": (
        first_comment(b"a\tb\r\nc"),
        {"Comments": "a\tb\r\nc"},
        "3 raw control characters kept",
    ),
    "not a number": (
        lambda body: re.sub(rb'("Rating":)[^,}]+', rb"\1NaN", body, count=1),
        {"Rating": None},
        "1 NaN or infinite numbers set to null",
    ),
    "a comment of the gateway": (
        lambda body: body + b"\n<!-- gw-3 -->\n",
        {},
        "1 comments dropped",
    ),
    "a byte order mark": (lambda body: BOM + body, {}, ""),
}


@pytest.mark.parametrize("case", UNCLEAN)
@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated"])
def test_an_unclean_response_is_read_with_one_warning_per_day(
    clock: FakeClock,
    alter: Callable[..., list[bytes]],
    caplog: pytest.LogCaptureFixture,
    case: str,
    stream: str,
) -> None:
    change, values, repair = UNCLEAN[case]
    with Sandbox(Options(records=5), clock=clock) as box:
        clean = sync(box, clock, stream, **TWO_DAYS).records(stream)
        sent = alter(change)
        caplog.clear()
        done = sync(box, clock, stream, **TWO_DAYS)
    found = done.records(stream)
    first, sixth = ({**record, **values} for record in (clean[0], clean[5]))
    assert found == [first, *clean[1:5], sixth, *clean[6:]]
    assert len(sent) == 2
    assert done.bookmarks(stream)[-1] == "2026-03-15"
    warnings = [each.getMessage() for each in caplog.records if "not clean" in each.getMessage()]
    assert [each[:10] for each in warnings] == (["2026-03-14", "2026-03-15"] if repair else [])
    assert all(each.endswith(f": {repair}") for each in warnings)


def test_the_charset_of_the_response_is_used(
    clock: FakeClock, alter: Callable[..., list[bytes]]
) -> None:
    alter(
        lambda body: first_comment("café".encode())(body).decode().encode("iso-8859-1", "replace"),
        Content_Type="application/json; charset=iso-8859-1",
    )
    with Sandbox(Options(records=3), clock=clock) as box:
        done = sync(box, clock, **ONE_DAY)
    assert done.records()[0]["Comments"] == "café"


def test_malformed_json_is_requested_twice_and_named(clock: FakeClock) -> None:
    done = Sync()
    with (
        Sandbox(Options(records=4, faults="day:2026-03-15=broken"), clock=clock) as box,
        pytest.raises(OzonetelError) as error,
    ):
        sync(box, clock, **TWO_DAYS, output=done)
    assert re.match(
        r"cdr_details, 2026-03-15: .*invalid JSON at byte [\d,]+, in record 3, in the field CallID"
        r".*on_unusable_record to skip$",
        str(error.value),
    )
    assert "31733467784618213" not in str(error.value)
    assert len(box.requests) == 1 + 2
    assert done.bookmarks() == ["2026-03-14"]
    assert len(done.records()) == 4


def test_malformed_json_that_changes_is_tried_again(
    clock: FakeClock, alter: Callable[..., list[bytes]]
) -> None:
    bodies = iter([b',"x":,', b',"y":,', b',"z":,', b","])
    alter(lambda body: body.replace(b",", next(bodies), 1))
    with Sandbox(Options(records=3, details_first=False), clock=clock) as box:
        done = sync(box, clock, **ONE_DAY)
    assert len(box.requests) == 4
    assert len(done.records()) == 3


def test_what_is_cut_short_is_tried_again_8_times(
    clock: FakeClock, alter: Callable[..., list[bytes]]
) -> None:
    sent = alter(lambda body: body[:-1])
    with (
        Sandbox(Options(records=3), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"8 tries failed.*truncated"),
    ):
        sync(box, clock, **ONE_DAY)
    assert len(sent) == 8


def test_deep_json_is_rejected_at_once(clock: FakeClock, alter: Callable[..., list[bytes]]) -> None:
    deep = b'"Comments":' + b"[" * 200_000 + b"]" * 200_000
    sent = alter(lambda body: re.sub(rb'"Comments":"(?:[^"\\]|\\.)*"', deep, body, count=1))
    done = Sync()
    with (
        Sandbox(Options(records=3), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"2026-03-14: .*100 levels deep, at byte .*in record 1\)"),
    ):
        sync(box, clock, **ONE_DAY, output=done)
    assert len(sent) == 1
    assert done.bookmarks() == []


UNUSABLE = {
    "not-an-object": "that is not a JSON object",
    "id-none-both": "without CallID and UCID",
    "id-garbage": "with a UCID that is not a 64-bit integer",
    "id-huge": "with a UCID that is not a 64-bit integer",
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_record_ends_the_run(clock: FakeClock, kind: str) -> None:
    done = Sync()
    faults = f"day:2026-03-15=malformed:{kind}"
    with (
        Sandbox(Options(records=3, faults=faults), clock=clock) as box,
        pytest.raises(OzonetelError) as error,
    ):
        sync(box, clock, **TWO_DAYS, output=done)
    message = str(error.value)
    assert message.startswith(
        f"cdr_details, 2026-03-15: 1 record (1 {UNUSABLE[kind]}) cannot be used"
    )
    assert message.endswith("set on_unusable_record to skip")
    assert done.bookmarks() == ["2026-03-14"]
    # The first record of the day is unusable.
    assert {record["CallDate"] for record in done.records()} == {"2026-03-14"}


@pytest.mark.parametrize("kind", UNUSABLE)
@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated"])
def test_skipping_costs_only_the_unusable_records(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, kind: str, stream: str
) -> None:
    faults = f"day:2026-03-15=malformed:{kind}"
    skip: dict[str, Any] = {"on_unusable_record": "skip", "page_size": 2}
    with Sandbox(Options(records=5), clock=clock) as box:
        clean = sync(box, clock, stream, **TWO_DAYS).records(stream)
    with Sandbox(Options(records=5, faults=faults), clock=clock) as box:
        done = sync(box, clock, stream, **TWO_DAYS, **skip)
    found = done.records(stream)
    # One fault in each response: of a day, or of a page.
    lost = [5] if stream == "cdr_details" else [5, 7, 9]
    assert found == [record for number, record in enumerate(clean) if number not in lost]
    assert done.bookmarks(stream)[-1] == "2026-03-15"
    warnings = [each.getMessage() for each in caplog.records if "skipped" in each.getMessage()]
    assert len(warnings) == 1
    assert warnings[0].startswith(f"2026-03-15: skipped {len(lost)} record")
    assert f"{len(lost)} {UNUSABLE[kind]}" in warnings[0]


def test_all_unusable_records_of_a_response_are_counted(
    clock: FakeClock, alter: Callable[..., list[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    alter(lambda body: body.replace(b'"details":[', b'"details":[null,{"UCID":"x"},null,', 1))
    with Sandbox(Options(records=3), clock=clock) as box:
        with pytest.raises(OzonetelError, match=r"3 records \(2 that is .*, 1 with a UCID"):
            sync(box, clock, **ONE_DAY)
        done = sync(box, clock, **ONE_DAY, on_unusable_record="skip")
    assert len(done.records()) == 3
    assert "2026-03-14: skipped 3 records" in caplog.text


def test_skipping_costs_only_a_record_that_is_not_json(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=4), clock=clock) as box:
        clean = sync(box, clock, **ONE_DAY)
    with Sandbox(Options(records=4, faults="day:2026-03-14=broken"), clock=clock) as box:
        done = sync(box, clock, **ONE_DAY, on_unusable_record="skip")
    assert done.records() == clean.records()
    assert len(box.requests) == 2
    assert "in record 3, in the field CallID. Skipping the record" in caplog.text
    assert "2026-03-14: skipped 1 record" in caplog.text


def test_a_lookup_skips_an_unusable_record(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=3, faults="*=malformed:not-an-object"), clock=clock) as box:
        day = box.today().replace(day=14)
        calls = [{"ucid": str(box.calls_between(day, day)[0]["UCID"]), "call_date": str(day)}]
        done = sync(box, clock, "cdr_by_ucid", calls=calls, on_unusable_record="skip")
    assert done.records("cdr_by_ucid") == []
    assert "2026-03-14: skipped 1 record" in caplog.text


def test_malformed_json_ends_the_run_in_one_line(tmp_path: Path) -> None:
    with Sandbox(Options(records=3, period=0.01, faults="*=broken")) as box:
        day = box.today().isoformat()
        done = run(box, tmp_path, start_date=day, rate_limit_period=0.01)
        skipped = run(
            box, tmp_path, start_date=day, rate_limit_period=0.01, on_unusable_record="skip"
        )
    assert done.code == 1
    assert "on_unusable_record to skip" in done.log.splitlines()[-1]
    assert "317334677846182" not in done.log
    assert skipped.code == 0


def overridden(**fields: dict[str, Any]) -> dict[str, Any]:
    catalog = make_catalog("cdr_details")
    for stream in catalog["streams"]:
        stream["schema"]["properties"].update(fields)
    return catalog


def test_records_follow_the_schema_that_was_emitted(
    clock: FakeClock, alter: Callable[..., list[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    scores = iter([b'"0.5"', b'""', b"0.25", b'"glad"', b'"sad"'])
    alter(
        lambda body: re.sub(
            rb"\{(?=\"\w+\":[^\[])(?!\"status)",
            lambda m: m[0] + b'"SentimentScore":' + next(scores) + b",",
            body,
        )
    )
    text, number = {"type": ["string", "null"]}, {"type": ["number", "null"]}
    catalog = overridden(SentimentScore=number, CallID=text, UCID=text)
    with Sandbox(Options(records=5), clock=clock) as box:
        done = sync(box, clock, catalog=catalog, **ONE_DAY)
        true = box.calls_between(*[box.today().replace(day=14)] * 2)
    schema = done.of_type("SCHEMA")[0]["schema"]["properties"]
    assert (schema["CallID"], schema["SentimentScore"]) == (text, number)
    assert [each["SentimentScore"] for each in done.records()] == [0.5, None, 0.25, None, None]
    assert [each["CallID"] for each in done.records()] == [str(each["CallID"]) for each in true]
    assert caplog.text.count("SentimentScore has values that do not fit") == 1


@pytest.mark.parametrize(
    "field", [{"UCID": {"type": ["boolean", "null"]}}, {"Skill": {"type": "string"}}]
)
def test_an_impossible_override_ends_the_run_first(clock: FakeClock, field: dict[str, Any]) -> None:
    with (
        Sandbox(Options(records=1), clock=clock) as box,
        pytest.raises(ConfigError, match=f"the field {next(iter(field))} of cdr_details must"),
    ):
        sync(box, clock, catalog=overridden(**field), **ONE_DAY)
    assert box.requests == []


def test_messages_have_the_fields_in_the_schemas_order(
    clock: FakeClock,
) -> None:
    with Sandbox(
        Options(records=3, faults="day:2026-03-14=malformed:id-none-ucid"), clock=clock
    ) as box:
        done = sync(box, clock, "cdr_details", "cdr_paginated", **TWO_DAYS)
    schemas = {each["stream"]: each["schema"] for each in done.of_type("SCHEMA")}
    records = done.of_type("RECORD")
    assert len(records) == 12
    for message in records:
        assert list(message["record"]) == list(schemas[message["stream"]]["properties"])
    for schema in schemas.values():
        assert "$schema" not in schema
        bounds = json.loads('{"minimum": -9223372036854775808, "maximum": 9223372036854775807}')
        for name in ("CallID", "UCID"):
            assert schema["properties"][name].items() >= bounds.items()
