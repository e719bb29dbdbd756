"""Checks a catalog, and repairs it where there is only one right value, before the SDK uses it.

The SDK takes a catalog as it is: its mapper writes SCHEMA messages without keys if the catalog has
none, and an unknown replication method switches bookmarks off without a message.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import Catalog

from tap_ozonetel.errors import ConfigError
from tap_ozonetel.singer.catalog_entry import EntryChecker, expect
from tap_ozonetel.singer.json_files import read_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_ozonetel.singer.catalog_entry import StreamDefinition


@dataclass(frozen=True, slots=True)
class CheckedCatalog:
    """A catalog that the SDK can use."""

    #: The streams of the tap that are in the catalog.
    catalog: Catalog
    #: The streams in the catalog that the tap does not have.
    unknown_streams: tuple[str, ...]
    #: What was repaired in selected streams.
    warnings: tuple[str, ...]


def read_catalog(
    catalog: object, definitions: Mapping[str, StreamDefinition]
) -> CheckedCatalog | None:
    """Read and check a catalog, and repair it.

    The key properties and the replication key have one correct value each, so they and their fields
    are restored if the catalog omits them.

    Args:
        catalog: The catalog, which is not changed, or its path.
        definitions: The streams of the tap by their names.

    Returns:
        The catalog, and what to warn about. None without a catalog.

    Raises:
        ConfigError: The catalog is malformed, or names a key property or a replication method that
            does not exist.
    """
    if catalog is None:
        return None
    document, name = read_document(catalog, "The catalog")
    if isinstance(document, Catalog):
        document = document.to_dict()
    known: dict[str, EntryChecker] = {}
    unknown = []
    for where, given in _read_entries(document, name):
        stream = given["tap_stream_id"]
        if stream not in definitions:
            unknown.append(stream)
        elif stream in known:
            raise ConfigError(f"{name} has the stream {stream} twice")
        else:
            known[stream] = EntryChecker(where, copy.deepcopy(given), definitions[stream])
    entries = {stream: entry.check() for stream, entry in known.items()}
    return CheckedCatalog(
        Catalog(entries),
        tuple(unknown),
        tuple(
            warning
            for stream, entry in known.items()
            if entries[stream].metadata.resolve_selection()[()]
            for warning in entry.warnings
        ),
    )


def _read_entries(catalog: object, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the entries of a catalog, each after its place for messages."""
    streams = expect(catalog, dict, name)
    if not streams:
        return
    for number, value in enumerate(expect(streams.get("streams"), list, f"{name}: streams")):
        where = f"{name}: streams[{number}]"
        entry = expect(value, dict, where)
        expect(entry.get("tap_stream_id"), str, f"{where}.tap_stream_id")
        yield where, entry
