"""Meltano's own commands on the tap: `invoke`, `config test`, and the log level."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from sandbox.command import environment
from tests.helpers.days import time_zone_at_noon
from tests.helpers.meltano import MELTANO, ROOT, isolated_meltano

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("meltano_lock")


def meltano(
    box: Sandbox, folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run Meltano on the account."""
    variables = {
        **isolated_meltano(folder, "tap-ozonetel", "target-jsonl"),
        **environment(box),
        "TAP_OZONETEL_CACHE_DIR": str(folder / "cache"),
        "TARGET_JSONL_DESTINATION_PATH": str(folder / "files"),
        "NO_COLOR": "1",
    }
    return subprocess.run(
        [MELTANO, *arguments],
        cwd=ROOT,
        env={**variables, **settings},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def test_the_connection_test_needs_no_calls(tmp_path: Path) -> None:
    with Sandbox(Options(records=0, limit=50)) as box:
        done = meltano(box, tmp_path, "invoke", "tap-ozonetel", "--test")
        assert len(box.requests) == 1
    assert done.returncode == 0
    assert "Connection test passed" in done.stderr


def test_the_connection_test_names_what_is_wrong(tmp_path: Path) -> None:
    with Sandbox(Options(records=0, limit=50, auth_method="api_key")) as box:
        settings = {"TAP_OZONETEL_API_KEY": "another"}
        done = meltano(box, tmp_path, "invoke", "tap-ozonetel", "--test", **settings)
    assert done.returncode == 1
    assert "Unauthorized: the API rejected the credentials" in done.stderr


def test_the_shape_of_a_day_passes_meltano(tmp_path: Path) -> None:
    with Sandbox(Options(records=5, limit=50, timezone=time_zone_at_noon())) as box:
        settings = {
            "MELTANO_CLI_LOG_LEVEL": "debug",
            "TAP_OZONETEL_LOGLEVEL": "debug",
            "TAP_OZONETEL_START_DATE": str(box.today()),
        }
        done = meltano(box, tmp_path, "invoke", "tap-ozonetel", **settings)
        day = box.today()
    assert done.returncode == 0
    assert f"Shape of /ca_reports/fetchCDRDetails, {day}: HTTP 200" in done.stderr
    assert f"Shape of cdr_details, {day}: CallID | 0 | 0 | 0 | integer" in done.stderr


def test_the_config_test_of_meltano_ends_at_the_first_record(tmp_path: Path) -> None:
    with Sandbox(Options(records=5, limit=50)) as box:
        done = meltano(box, tmp_path, "config", "test", "tap-ozonetel")
        assert len(box.requests) < 15
    assert done.returncode == 0
    assert "Plugin configuration is valid" in done.stdout


def test_the_config_test_of_meltano_shows_the_error_of_the_tap(tmp_path: Path) -> None:
    with Sandbox(Options(records=5, limit=50, faults="*=400")) as box:
        done = meltano(box, tmp_path, "config", "test", "tap-ozonetel")
    assert done.returncode == 1
    assert "The API rejected the request (HTTP 400" in done.stderr


def test_the_config_test_of_meltano_can_be_restricted_to_a_day(tmp_path: Path) -> None:
    with Sandbox(Options(records=0, limit=50)) as box:
        settings = {"TAP_OZONETEL_START_DATE": str(box.today())}
        done = meltano(box, tmp_path, "config", "test", "tap-ozonetel", **settings)
        assert len(box.requests) == 1
    # Without a record Meltano calls the settings invalid (docs/meltano.md).
    assert done.returncode == 1
    assert "No RECORD or BATCH message received" in done.stderr


def test_the_log_level_of_the_tap_gives_a_traceback(tmp_path: Path) -> None:
    run = ("run", "tap-ozonetel", "target-jsonl")
    with Sandbox(Options(records=5, limit=50, faults="*=400")) as box:
        plain = meltano(box, tmp_path, *run)
        debug = meltano(box, tmp_path, *run, TAP_OZONETEL_LOGLEVEL="debug")
    assert plain.returncode == debug.returncode == 1
    for done in (plain, debug):
        assert "The API rejected the request (HTTP 400" in done.stderr
    assert "RejectedError" not in plain.stderr
    assert "RejectedError" in debug.stderr
