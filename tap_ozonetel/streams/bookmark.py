"""Checks a state before the SDK uses it.

A malformed state must not count as no state: the run would read 15 days again, and could not detect
missing days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tap_ozonetel.config.parsing import parse_date
from tap_ozonetel.errors import ConfigError
from tap_ozonetel.records.schema import REPLICATION_KEY
from tap_ozonetel.singer.json_files import describe_type, quote

if TYPE_CHECKING:
    import datetime as dt

_EXAMPLE = '{"bookmarks": {"cdr_details": {"replication_key_value": "YYYY-MM-DD"}}}'

#: The key of a stream's state that shows whether the bookmark's day was read after it was settled.
SETTLED_KEY = "settled"

#: What this tap keeps in the state of a stream, and what the SDK keeps there during a run
#: (`singer_sdk.helpers._state`), which this tap does not need.
_KNOWN_KEYS = frozenset(
    {
        "replication_key",
        "replication_key_value",
        SETTLED_KEY,
        "progress_markers",
        "replication_key_signpost",
        "starting_replication_value",
    }
)


def read_bookmarks(state: object, name: str = "The state") -> dict[str, Any]:
    """Read the bookmarks of a state.

    Args:
        state: The state as a file has it: bare, as a STATE message (`{"type": "STATE", "value":
            …}`), or as `meltano state get` prints it (`{"singer_state": …}`).
        name: What the state is called in messages, such as `The state state.json`.

    Returns:
        The bookmarks by stream, including those of other taps. There are none if the state is
        empty.

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
                f"{name} has no bookmarks, only {', '.join(map(quote, state))}. It should look "
                f"like {_EXAMPLE}"
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


class Bookmark(NamedTuple):
    """The bookmark of a daily stream."""

    day: dt.date
    #: Whether the day was read after it was settled.
    is_settled: bool

    def to_state(self) -> dict[str, Any]:
        """The state of the stream."""
        return {
            "replication_key": REPLICATION_KEY,
            "replication_key_value": self.day.isoformat(),
            # Also if it is false: orchestrators merge a state into the last one, and a missing key
            # would keep its old value.
            SETTLED_KEY: self.is_settled,
        }


def read_bookmark(stream: str, state: object) -> Bookmark | None:
    """Read the bookmark of a daily stream.

    Args:
        stream: The name of the stream.
        state: What the bookmarks have for it.

    Returns:
        The bookmark, or None if the stream has none yet.

    Raises:
        ConfigError: The state has something other than a bookmark, or the bookmark is not a date.
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
        unknown = {key for key, content in state.items() if content} - _KNOWN_KEYS
        if unknown:
            raise ConfigError(
                f"The bookmark of {stream} in the state has no replication_key_value, only "
                f"{', '.join(map(quote, sorted(unknown)))}. The state should look like {_EXAMPLE}"
            )
        return None
    try:
        return Bookmark(parse_date(value), bool(state.get(SETTLED_KEY)))
    except (TypeError, ValueError):
        raise ConfigError(
            f"The bookmark of {stream} in the state is not a date. Delete it to start over"
        ) from None
