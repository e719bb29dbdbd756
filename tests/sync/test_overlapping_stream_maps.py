"""Several stream maps of a stream, copies of a stream, and streams under one name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import ConfigError
from tests.helpers.sync import sync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.clock import FakeClock

TODAY = "2026-03-17"
ONE_DAY: dict[str, Any] = {"start_date": TODAY, "end_date": TODAY}


@pytest.fixture
def box(clock: FakeClock) -> Iterator[Sandbox]:
    with Sandbox(Options(records=40, limit=50), clock=clock) as box:
        yield box


@pytest.mark.parametrize(
    "maps",
    [
        {"cdr_*": {"CallerID": None}, "cdr_details": {"CallDate": "self"}},
        {"cdr_details": {"CallDate": "self"}, "cdr_*": {"CallerID": None}},
        {"cdr_*": None, "cdr_details": {"CallerID": None}},
        {"*": {"CallerID": None}, "*_details": {}, "x": {"__source__": "cdr_details"}},
    ],
)
def test_several_maps_of_a_stream_are_an_error(
    box: Sandbox, clock: FakeClock, maps: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError) as error:
        sync(box, clock, stream_maps=maps)
    first, second, *_ = maps
    assert str(error.value) == (
        f"The setting stream_maps has several maps for cdr_details: '{first}', '{second}'. Keep "
        "one of them"
    )
    assert box.requests == []


@pytest.mark.parametrize(
    ("maps", "names"),
    [
        ({"cdr_details": {"__alias__": "calls"}, "cdr_paginated": {"__alias__": "calls"}}, "calls"),
        ({"cdr_*": {"__alias__": "calls"}}, "calls"),
        ({"calls": {"__source__": "cdr_*"}}, "calls"),
        ({"cdr_details": {"__alias__": "cdr_paginated"}}, "cdr_paginated"),
        ({"cdr_details": {"__alias__": "x"}, "x": {"__source__": "cdr_details"}}, "x"),
        ({"cdr_details": None, "cdr_paginated": {"__source__": "cdr_details"}}, "cdr_paginated"),
    ],
)
def test_two_streams_under_one_name_are_an_error(
    box: Sandbox, clock: FakeClock, maps: dict[str, Any], names: str
) -> None:
    with pytest.raises(ConfigError, match=f"cdr_.* the same name, '{names}'. Give each its own"):
        sync(box, clock, "cdr_details", "cdr_paginated", stream_maps=maps)
    assert box.requests == []


def test_a_copy_before_its_stream_has_its_own_fields(box: Sandbox, clock: FakeClock) -> None:
    maps = {
        "copy": {"__source__": "cdr_details", "a": "Status == 'x'"},
        "cdr_details": {"b": "Status == 'x'"},
    }
    done = sync(box, clock, stream_maps=maps, **ONE_DAY)
    properties = {each["stream"]: each["schema"]["properties"] for each in done.of_type("SCHEMA")}
    assert (
        properties["copy"]["a"] == properties["cdr_details"]["b"] == {"type": ["boolean", "null"]}
    )
    assert "b" not in properties["copy"]


def test_the_name_of_a_stream_that_is_not_selected_is_free(box: Sandbox, clock: FakeClock) -> None:
    maps = {"cdr_details": {"__alias__": "cdr_paginated"}}
    assert sync(box, clock, stream_maps=maps, **ONE_DAY).records("cdr_paginated")
