"""Hypothesis strategies for JSON of any shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Texts that contain JSON syntax.
tricky_texts = st.one_of(
    st.text(max_size=12),
    st.text('[]{}",:\\ \n\0é漢😀details', max_size=30),
    st.sampled_from(['"details":[', '\\"details\\": [', "]}", '"]}', '\\"]}', "\\", '\\\\"']),
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    tricky_texts,
)

values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(tricky_texts, inner, max_size=4),
    max_leaves=10,
)

objects: st.SearchStrategy[dict[str, Any]] = st.dictionaries(tricky_texts, values, max_size=6)


@st.composite
def shuffled(draw: st.DrawFn, items: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same object with its keys in any order."""
    return dict(draw(st.permutations(list(items.items()))))


@st.composite
def written(draw: st.DrawFn, value: object) -> bytes:
    """Return a value as JSON in any formatting."""
    return json.dumps(
        value,
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 1])),
        separators=draw(st.sampled_from([(",", ":"), (", ", " : ")])),
    ).encode()
