"""The form of the setting `stream_maps`."""

from __future__ import annotations

from typing import Any

import pytest

from tap_ozonetel.config.stream_maps import find_stream_map_problems


@pytest.mark.parametrize(
    ("maps", "problem"),
    [
        ({"x": "md5"}, "stream_maps.x must be an object, __NULL__ or null"),
        ({"x": {"a": 5}}, "stream_maps.x.a must be an expression (a string), __NULL__ or null"),
        ({"x": {"a": {"b": 1}}}, "stream_maps.x.a must be an expression (a string), __NULL__ or n"),
        ({"x": {"__else__": "x"}}, "stream_maps.x.__else__ must be __NULL__ or null"),
        ({"x": {"__alias__": None}}, "stream_maps.x.__alias__ must be a string"),
        ({"x": {"__source__": 1}}, "stream_maps.x.__source__ must be a string"),
        ({"x": {"__filter__": 1}}, "stream_maps.x.__filter__ must be an expression (a string) or"),
        ({"x": {"__key_properties__": "UCID"}}, "stream_maps.x.__key_properties__ must be a list"),
        ({"x": {"__key_properties__": [1]}}, "stream_maps.x.__key_properties__ must be a list of"),
        ({"__else__": "x"}, "stream_maps.__else__ must be __NULL__ or null"),
        ({"__foo__": {}}, "stream_maps.__foo__ is not an option. __else__ is the only one"),
    ],
)
def test_a_problem_is_named_with_its_place(maps: dict[str, Any], problem: str) -> None:
    (found,) = find_stream_map_problems(maps)
    assert found.startswith(problem)


@pytest.mark.parametrize("null", [None, "__NULL__"])
def test_valid_maps(null: str | None) -> None:
    options = {"__alias__": "y", "__filter__": null, "__else__": null, "__key_properties__": null}
    options["__key_properties__"] = None
    maps = {"x": {**options, "a": null, "b": "md5(a)"}, "y": null, "__else__": null}
    assert list(find_stream_map_problems(maps)) == []
