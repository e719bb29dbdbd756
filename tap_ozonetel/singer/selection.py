"""Which streams a run reads, and why it may read none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.mapper import RemoveRecordTransform

from tap_ozonetel.singer.json_files import quote

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from singer_sdk import Stream

    from tap_ozonetel.singer.catalog import CheckedCatalog


def check_selection(
    streams: Collection[Stream], catalog: CheckedCatalog | None, nothing_for: Mapping[str, str]
) -> tuple[list[str], str | None]:
    """Find the streams to read, and deselect the ones that the stream maps remove.

    A stream that is removed would cost its requests, and its bookmark would move past days that
    are in no target.

    Args:
        streams: The streams of the tap.
        catalog: The catalog, if there is one.
        nothing_for: Why streams have nothing to read if they are selected, by their names.

    Returns:
        What to warn about, and the reason why no stream is read, or None.
    """
    selected = [stream.name for stream in streams if stream.selected]
    reasons = {}
    for stream in streams:
        if all(isinstance(each, RemoveRecordTransform) for each in stream.stream_maps):
            stream.selected = False
            reasons[stream.name] = f"stream_maps removes {stream.name}"
        elif stream.selected and stream.name in nothing_for:
            reasons[stream.name] = f"{stream.name} is selected, but {nothing_for[stream.name]}"
    unknown = ", ".join(map(quote, catalog.unknown_streams)) if catalog else ""
    warnings = [*catalog.warnings] if catalog else []
    if len(reasons) < len(selected):
        warnings += reasons.values()
        if unknown:
            warnings.append(f"The catalog has streams that this tap does not have: {unknown}")
        return warnings, None
    if catalog and not catalog.catalog and not unknown:
        reasons[""] = "the catalog has no streams"
    elif unknown:
        reasons[""] = f"the catalog has {unknown}, which this tap does not have"
    if not selected:
        names = ", ".join(stream.name for stream in streams)
        default = next(stream.name for stream in streams if stream.selected_by_default)
        reasons["select"] = (
            f"none of the streams {names} is selected. With Meltano, use `select: [{default}.*]`"
        )
    return warnings, f"Nothing to read: {'; '.join(reasons.values())}"
