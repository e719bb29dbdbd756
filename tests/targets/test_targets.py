"""Each loader does what `loaders.toml` and the page of the loaders tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.targets.destinations import DESTINATIONS
from tests.helpers.targets.expected import CHANGES, differences, expected_rows
from tests.helpers.targets.loaders import LOADERS
from tests.helpers.targets.messages import CASES, account, cases, messages_of, records
from tests.helpers.targets.running import make_target

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.comparison import Row
    from tests.helpers.targets.loaders import Loader

_VARIANTS = [
    pytest.param(name, settings, id="-".join([name, *settings]))
    for name, loader in LOADERS.items()
    for settings in loader.settings
]


@pytest.mark.parametrize(("name", "settings"), _VARIANTS)
def test_loader_stores_what_is_declared(
    name: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    loader = LOADERS[name]
    syncs, rows = account(), None
    with make_target(
        loader, DESTINATIONS[loader.destination], tmp_path / "syncs", settings
    ) as target:
        for run, before, calls in (
            (syncs.first, [], syncs.calls_at_first),
            (syncs.second, records(syncs.first), syncs.calls),
            (syncs.idle, records(syncs.first) + records(syncs.second), syncs.calls),
        ):
            assert target.load_completely(run.messages) == run.states[-1]
            stored = target.read()
            rows = _rows_after(loader, records(run), before, calls)
            assert differences(stored.rows, rows) == []
            assert stored.types == {
                "CallID": loader.ids,
                "UCID": loader.ids,
                "CallDate": loader.date,
                "Rating": loader.rating,
            }


def _rows_after(loader: Loader, new: list[Row], before: list[Row], calls: list[Row]) -> list[Row]:
    after = {"updated": calls, "appended": before + new, "replaced": new}
    return expected_rows(after[loader.existing_rows], loader.changes)


@pytest.mark.parametrize(("name", "settings"), _VARIANTS)
def test_loader_stores_difficult_values(
    name: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    loader = LOADERS[name]
    destination = DESTINATIONS[loader.destination]
    loaded = cases(*(case for case in CASES if case not in loader.breaks_on))
    with make_target(loader, destination, tmp_path / "cases", settings) as target:
        target.load_completely(messages_of(loaded))
        found = target.read().rows
    assert differences(found, expected_rows(loaded, loader.changes)) == []
    for change in loader.changes:
        others = [each for each in loader.changes if each != change]
        assert differences(found, expected_rows(loaded, others)) != [], f"not needed: {change}"
    for number, (case, fault) in enumerate(loader.breaks_on.items()):
        with make_target(loader, destination, tmp_path / str(number), settings) as target:
            done = target.load(messages_of(cases(case)))
            if fault == "fails":
                assert done.returncode != 0, f"does not fail: {case}"
                continue
            assert done.returncode == 0, done.stderr[-5000:]
            rows = target.read().rows
            expected = expected_rows(cases(case), loader.changes)
            assert differences(rows, expected) != [], f"is right: {case}"


def test_every_destination_has_a_loader() -> None:
    assert {loader.destination for loader in LOADERS.values()} == set(DESTINATIONS)


def test_declared_changes_and_cases_exist() -> None:
    for loader in LOADERS.values():
        assert set(loader.changes) <= set(CHANGES)
        assert set(loader.breaks_on) <= set(CASES)


def test_the_second_sync_changes_rows_and_adds_rows() -> None:
    syncs = account()
    keys = {(call["CallID"], call["UCID"]): call for call in syncs.calls_at_first}
    again = [each for each in records(syncs.second) if (each["CallID"], each["UCID"]) in keys]
    assert 0 < len(again) < len(records(syncs.second))
    changed = (
        expected_rows(again, []),
        expected_rows((keys[each["CallID"], each["UCID"]] for each in again), []),
    )
    assert differences(*changed) != []
    assert syncs.idle.states[-1] == syncs.second.states[-1]
