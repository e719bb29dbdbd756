"""The private names of the SDK that the package overrides are the documented ones."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING

import tap_ozonetel

if TYPE_CHECKING:
    from collections.abc import Iterator

#: `client.py` and `tap.py` say why there is no other way.
DOCUMENTED = {
    "BaseStream._increment_stream_state",
    "BaseStream._write_record_message",
    "TapOzonetel._env_var_config",
}


def classes() -> Iterator[type]:
    for module in pkgutil.walk_packages(tap_ozonetel.__path__, "tap_ozonetel."):
        if module.name == "tap_ozonetel.__main__":
            continue
        for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if found.__module__ == module.name:
                yield found


def overridden_private_names(cls: type) -> Iterator[str]:
    theirs = {
        name
        for base in cls.__mro__
        if base.__module__.startswith("singer_sdk")
        for name in vars(base)
        if name.startswith("_") and not name.startswith(("__", "_abc_"))
    }
    yield from (f"{cls.__name__}.{name}" for name in vars(cls) if name in theirs)


def test_only_documented_private_names_are_overridden() -> None:
    assert {name for cls in classes() for name in overridden_private_names(cls)} == DOCUMENTED


def test_another_private_name_would_be_found() -> None:
    from tap_ozonetel.streams.calls import CdrDetails  # noqa: PLC0415

    class Stream(CdrDetails):
        def _finalize_state(self, state: object = None) -> None:
            pass

    assert list(overridden_private_names(Stream)) == ["Stream._finalize_state"]
