"""Checks a state before the SDK uses it.

A state that is there but not understood must not count as no state: the run would read 15 days
anew, and could not notice the days that are missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_ozonetel.config.parsing import parse_date
from tap_ozonetel.errors import ConfigError
from tap_ozonetel.json_files import describe_type, quote
from tap_ozonetel.schema import REPLICATION_KEY

if TYPE_CHECKING:
    import datetime as dt

_EXAMPLE = '{"bookmarks": {"cdr_details": {"replication_key_value": "YYYY-MM-DD"}}}'

#: What the SDK keeps in the state of a stream during a run (`singer_sdk.helpers._state`). This tap
#: needs none of it.
_SDK_KEYS = frozenset(
    {"progress_markers", "replication_key_signpost", "starting_replication_value"}
)


def read_bookmarks(state: object, name: str = "The state") -> dict[str, Any]:
    """Read the bookmarks of a state.

    Args:
        state: The state as a file has it: bare, as a STATE message (`{"type": "STATE", "value":
            …}`), or as `meltano state get` prints it (`{"singer_state": …}`).
        name: What the state is called in messages, such as `The state state.json`.

    Returns:
        The bookmarks by stream, also those of other taps. There are none if the state is empty.

    Raises:
        ConfigError: The state is not empty, and has no bookmarks.
    """
    while isinstance(state, dict) and state and "bookmarks" not in state:
        if state.get("type") == "STATE" and "value" in state:
            state = state["value"]
        elif "singer_state" in state:
            state = state["singer_state"]
        else:
            raise ConfigError(
                f"{name} has no bookmarks, but {', '.join(map(quote, state))}. It should look like "
                f"{_EXAMPLE}"
            )
    if state is None:
        return {}
    if not isinstance(state, dict):
        raise ConfigError(f"{name} must be {_EXAMPLE}, not {describe_type(state)}")
    bookmarks = state.get("bookmarks")
    if bookmarks is not None and not isinstance(bookmarks, dict):
        raise ConfigError(
            f"{name}: bookmarks must be an object, not {describe_type(bookmarks)}. It should look "
            f"like {_EXAMPLE}"
        )
    return dict(bookmarks or {})


def read_bookmark(stream: str, state: object) -> dt.date | None:
    """Read the bookmark of a daily stream.

    Args:
        stream: The name of the stream.
        state: What the bookmarks have for it.

    Returns:
        The day, or None if the stream has no bookmark yet.

    Raises:
        ConfigError: There is something else than a bookmark, or it is not a date.
    """
    if state is None:
        return None
    if not isinstance(state, dict):
        raise ConfigError(
            f"The bookmark of {stream} in the state must be an object, not {describe_type(state)}. "
            f"The state should look like {_EXAMPLE}"
        )
    value = state.get("replication_key_value")
    if value is None:
        unknown = {key for key, content in state.items() if content} - _SDK_KEYS
        if unknown - {"replication_key", "replication_key_value"}:
            raise ConfigError(
                f"The bookmark of {stream} in the state has no replication_key_value, but "
                f"{', '.join(map(quote, sorted(unknown)))}. The state should look like {_EXAMPLE}"
            )
        return None
    try:
        return parse_date(value)
    except (TypeError, ValueError):
        raise ConfigError(
            f"The bookmark of {stream} in the state is not a date. Delete it to start anew"
        ) from None


def stream_state(bookmark: dt.date) -> dict[str, str]:
    """The state of a daily stream with a bookmark."""
    return {"replication_key": REPLICATION_KEY, "replication_key_value": bookmark.isoformat()}
