"""The command line: exit codes, and errors of one line."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from sandbox import Options, Sandbox
from tests.helpers.sync import COMMAND, make_state, run

ROOT = Path(__file__).parents[2]

#: Valid settings of an account that does not exist.
SETTINGS = {"api_key": "key-of-nobody", "username": "nobody", "cache_dir": ""}
CANARY = "canary-5d1e"


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def errors(log: str) -> list[str]:
    """Return the logged errors."""
    return [line.split("|", 3)[-1].strip() for line in log.splitlines() if "| ERROR" in line]


def test_version_and_about_need_no_config() -> None:
    assert call("--version").stdout.startswith("tap-ozonetel v")
    assert (
        "lookback_days"
        in json.loads(call("--about", "--format", "json").stdout)["settings"]["properties"]
    )


@pytest.mark.parametrize("arguments", ["--about", "--about --format=markdown", "--help"])
def test_the_output_for_people_fits_an_ascii_terminal(arguments: str) -> None:
    done = call(*arguments.split(), PYTHONIOENCODING="ascii")
    assert (done.returncode, errors(done.stderr)) == (0, [])
    assert len(done.stdout.splitlines()) > 10


def test_about_has_the_versions_of_what_the_tap_stands_on() -> None:
    _, versions = call("--about").stdout.split("Installed Versions:\n")
    assert versions.splitlines() == [
        f"  - Python: {platform.python_version()}",
        *(f"  - {name}: {version(name)}" for name in ("singer-sdk", "requests", "urllib3")),
    ]


def test_the_help_says_what_the_test_does() -> None:
    text = " ".join(call("--help").stdout.split())
    assert "--test [all|schema|disabled] Test the connection and the credentials, or with" in text
    assert "single record" not in text


def test_the_catalog_in_the_repository_is_the_discovered_one() -> None:
    found = call("--discover")
    assert found.returncode == 0
    assert found.stdout == (ROOT / "catalog.json").read_text()


def test_the_catalog_selects_only_cdr_details() -> None:
    streams = json.loads((ROOT / "catalog.json").read_text())["streams"]
    selected = {
        stream["tap_stream_id"]: entry["metadata"]["selected"]
        for stream in streams
        for entry in stream["metadata"]
        if not entry["breadcrumb"]
    }
    assert selected == {
        "cdr_details": True,
        "cdr_paginated": False,
        "cdr_by_ucid": False,
        "agent_summary": False,
    }
    assert {
        stream["tap_stream_id"]: (stream["replication_method"], stream.get("replication_key"))
        for stream in streams
    } == {
        "cdr_details": ("INCREMENTAL", "CallDate"),
        "cdr_paginated": ("INCREMENTAL", "CallDate"),
        "cdr_by_ucid": ("FULL_TABLE", None),
        "agent_summary": ("INCREMENTAL", "CallDate"),
    }
    by_name = {stream["tap_stream_id"]: stream for stream in streams}
    summary = by_name.pop("agent_summary")
    assert summary["key_properties"] == ["AgentUniqueID", "CallDate", "ModeType"]
    schema = by_name["cdr_details"]["schema"]
    assert schema != summary["schema"]
    assert all(stream["key_properties"] == ["CallID", "UCID"] for stream in by_name.values())
    assert all(stream["schema"] == schema for stream in by_name.values())


@pytest.mark.parametrize("test", [[], ["--test"]])
@pytest.mark.parametrize(
    ("name", "value"), [("lookback_days", CANARY), ("api_key", f"{CANARY}\n{CANARY}")]
)
def test_an_invalid_setting_is_named_in_one_line(name: str, value: str, test: list[str]) -> None:
    environment = {f"TAP_OZONETEL_{key.upper()}": value for key, value in SETTINGS.items()}
    done = call("--config=ENV", *test, **{**environment, f"TAP_OZONETEL_{name.upper()}": value})
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = errors(done.stderr)
    assert f"The setting {name} must be " in line
    assert CANARY not in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_settings_are_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    done = call("--config", str(tmp_path / "config.json"))
    assert done.returncode == 1
    assert errors(done.stderr) == [
        "The setting api_key is required; The setting username is required"
    ]


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    with Sandbox(Options(records=0)) as box:
        done = run(box, tmp_path, end_date="2020-01-01", lookback_day=CANARY)
    assert done.code == 0
    assert "Ignoring unknown settings: lookback_day" in done.log
    assert CANARY not in done.log


def test_a_traceback_is_only_logged_at_debug_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(Options(records=2, limit=9, faults="*=400")) as box:
        plain = run(box, tmp_path)
        monkeypatch.setenv("TAP_OZONETEL_LOGLEVEL", "DEBUG")
        debug = run(box, tmp_path)
    assert plain.code == debug.code == 1
    assert "Traceback" not in plain.log
    assert re.search(
        r"ERROR .*cdr_details, \d{4}-\d\d-\d\d: The API rejected .* \(HTTP 400.*\)\. Check .*$",
        plain.log.strip(),
    )
    assert "Traceback" in debug.log


def test_the_connection_test_is_one_command(tmp_path: Path) -> None:
    with Sandbox(Options(records=2, auth_method="api_key")) as box:
        (tmp_path / "config.json").write_text(json.dumps({**box.config, "cache_dir": ""}))
        good = call("--config", str(tmp_path / "config.json"), "--test")
        (tmp_path / "config.json").write_text(
            json.dumps({**box.config, "cache_dir": "", "api_key": "another"})
        )
        bad = call("--config", str(tmp_path / "config.json"), "--test")
    assert (good.returncode, bad.returncode) == (0, 1)
    assert good.stdout == bad.stdout == ""
    assert "accepts the credentials" in good.stderr
    assert len(errors(bad.stderr)) == 1


def test_stdout_contains_only_singer_messages(tmp_path: Path) -> None:
    with Sandbox(Options(records=3, limit=99, period=1, faults="2=502")) as box:
        done = run(box, tmp_path, "cdr_details", "cdr_paginated", "cdr_by_ucid")
    assert done.code == 0
    kinds: dict[str, int] = {}
    for message in done.messages:
        kinds[message["type"]] = kinds.get(message["type"], 0) + 1
    assert kinds.keys() == {"SCHEMA", "RECORD", "STATE"}


def test_a_sync_with_catalog_and_state_files(tmp_path: Path) -> None:
    with Sandbox(Options(records=3, limit=30)) as box:
        state = make_state(cdr_paginated=box.today().isoformat())
        done = run(box, tmp_path, "cdr_paginated", state=state)
    assert done.code == 0
    assert len(box.requests) == 2
    assert done.bookmarks("cdr_paginated") == [box.today().isoformat()]


def test_the_console_script_runs_the_module() -> None:
    script = Path(sys.executable).with_name("tap-ozonetel")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == call("--version").stdout


def test_a_dotenv_file_in_the_working_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(
        "TAP_OZONETEL_API_KEY=key-of-nobody\n"
        "TAP_OZONETEL_USERNAME=nobody\n"
        f"TAP_OZONETEL_TIMEZONE={CANARY}\n"
    )
    done = call("--config=ENV")
    assert errors(done.stderr) == [
        "The setting timezone must be an IANA time zone, such as Asia/Kolkata"
    ]
    overridden = call("--config=ENV", TAP_OZONETEL_TIMEZONE="UTC", TAP_OZONETEL_PAGE_SIZE="0")
    assert errors(overridden.stderr) == ["The setting page_size must be an integer from 1 to 500"]
    with Path(".env").open("a") as file:
        file.write(f"TAP_OZONETEL_STREAM_MAPS='{CANARY}\n")
    broken = call("--config=ENV", TAP_OZONETEL_LOGLEVEL="error")
    assert broken.returncode == 1
    (line,) = broken.stderr.splitlines()
    assert "The file .env, line 4: TAP_OZONETEL_STREAM_MAPS cannot be read" in line


def test_environment_variables_are_not_reported_as_skipped() -> None:
    with Sandbox(Options(records=0)) as box:
        variables = {f"TAP_OZONETEL_{key.upper()}": str(value) for key, value in box.config.items()}
        done = call("--config=ENV", TAP_OZONETEL_END_DATE="2020-01-01", **variables)
    assert done.returncode == 0
    assert "Skipping parse of env var" not in done.stderr
