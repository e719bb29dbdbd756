"""Every end of a run is one line that says what happened, and an exit code."""

from __future__ import annotations

import datetime as dt
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tests.helpers.sync import COMMAND, command_line, make_catalog, read_messages

if TYPE_CHECKING:
    from collections.abc import Mapping

CANARY = "canary-5d1e"
GOOD = {"api_key": "key-of-nobody", "username": "nobody", "cache_dir": ""}
COMMAND_LINE = shlex.join(COMMAND)


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory with files of which all but two are bad."""
    monkeypatch.chdir(tmp_path)
    Path("good.json").write_text(json.dumps(GOOD))
    Path("catalog.json").write_text(json.dumps(make_catalog("cdr_details")))
    Path("list.json").write_text(f'["{CANARY}"]')
    Path("cut.json").write_text(f'{{"api_key": "{CANARY}')
    Path("null.json").write_text("null")
    Path("empty.json").write_text("")
    Path("latin.json").write_bytes(f'{{"{CANARY}": "\xe9"}}'.encode("latin-1"))
    Path("deep.json").write_text("[" * 100_000)
    Path("bookmarks.json").write_text(json.dumps({"cdr_details": {CANARY: 1}}))


def call(*arguments: str, script: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the tap, or a shell script in which it is `$TAP`."""
    return subprocess.run(
        ["bash", "-c", script] if script else [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "TAP": COMMAND_LINE, **environment},
    )


def only_error(log: str) -> str:
    """The one line that is an error, after which there is nothing."""
    lines = log.splitlines()
    (line,) = (line for line in lines if "ERROR" in line)
    assert lines[-1] == line
    assert "Traceback" not in log
    assert "Exception ignored" not in log
    return line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--config", "list.json"], "The config list.json must be an object, not a list"),
        (["--config", "null.json"], "The config null.json must be an object, not null"),
        (["--config", "latin.json"], "The config latin.json is not UTF-8"),
        (["--config", "empty.json"], "The config empty.json is not JSON (it is empty)"),
        (["--config", "gone.json"], "The config gone.json cannot be read: No such file"),
        (["--config", "cut.json"], "The config cut.json is not JSON (line 1, column"),
        (["--state", "cut.json"], "The state cut.json is not JSON (line 1, column"),
        (["--config", "."], "The config . cannot be read: Is a directory"),
        (["--config", "deep.json"], "The config deep.json is nested too deeply"),
        (["--catalog", "null.json"], "The catalog null.json must be an object, not null"),
        (["--catalog", "gone.json"], "The catalog gone.json cannot be read: No such file"),
        (["--state", "list.json"], "The state list.json must be {"),
        (["--state", "bookmarks.json"], "The state bookmarks.json has no bookmarks, only"),
        (["--discover", "--config", "list.json"], "The config list.json must be an object"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(arguments: list[str], words: str) -> None:
    config = [] if "--config" in arguments else ["--config", "good.json"]
    done = call(*config, *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert words in only_error(done.stderr)
    assert CANARY not in done.stderr


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    Path("bom.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode())
    assert call("--config", "bom.json", "--test=schema").returncode == 0


def test_a_state_from_stdin_is_read() -> None:
    done = call(script="echo '[]' | $TAP --config good.json --state -")
    assert "The state - must be {" in only_error(done.stderr)


@pytest.mark.parametrize("given", [{}, {"streams": []}])
def test_an_empty_catalog_is_a_warning(given: Mapping[str, Any]) -> None:
    Path("catalog.json").write_text(json.dumps(given))
    done = call("--config", "good.json", "--catalog", "catalog.json")
    assert (done.returncode, done.stdout) == (0, "")
    (line,) = (line for line in done.stderr.splitlines() if "WARNING" in line)
    assert "Nothing to read: the catalog has no streams" in line


def test_an_empty_catalog_may_be_an_error() -> None:
    Path("catalog.json").write_text('{"streams": []}')
    done = call(
        *("--config=ENV", "--config", "good.json", "--catalog", "catalog.json"),
        TAP_OZONETEL_ON_RETENTION_GAP="fail",
    )
    assert done.returncode == 1
    assert "Nothing to read: the catalog has no streams" in only_error(done.stderr)


@pytest.mark.parametrize("variable", ["LOGLEVEL", "TAP_OZONETEL_LOGLEVEL"])
def test_a_log_level_that_does_not_exist_is_a_warning(variable: str) -> None:
    done = call("--config", "good.json", "--test=schema", **{variable: "verbose"})
    assert done.returncode == 0
    (line,) = (line for line in done.stderr.splitlines() if "WARNING" in line)
    assert f"{variable} is not a log level; use debug, info" in line


@pytest.mark.parametrize(
    "config",
    ["version: [", "[]", '{"version": 1, "root": {"handlers": ["x"]}}', "\0"],
    ids=["no YAML", "a list", "no handler", "a NUL"],
)
def test_a_broken_log_config_ends_in_one_line(config: str) -> None:
    Path("log.yaml").write_text(config)
    done = call("--config", "good.json", SINGER_SDK_LOG_CONFIG="log.yaml")
    assert done.returncode == 1
    assert "The log config in SINGER_SDK_LOG_CONFIG cannot be used" in only_error(done.stderr)


def log_config(**more: object) -> str:
    """A log config such as Meltano writes, in a file."""
    handler = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "f"}
    config = {
        "version": 1,
        "formatters": {"f": {"format": "%(levelname)s | %(message)s"}},
        "handlers": {"console": handler},
        "root": {"handlers": ["console"], "level": "INFO"},
        **more,
    }
    Path("log.json").write_text(json.dumps(config))
    return "log.json"


def test_the_hint_works_with_a_log_config() -> None:
    variables = {
        "SINGER_SDK_LOG_CONFIG": log_config(disable_existing_loggers=False),
        "TAP_OZONETEL_API_URL": "http://127.0.0.1:9",
    }
    plain = call("--config", "list.json", **variables)
    debug = call("--config", "list.json", TAP_OZONETEL_LOGLEVEL="debug", **variables)
    assert "must be an object" in only_error(plain.stderr)
    # In the record of the error, because Meltano drops records of the level DEBUG.
    _, _, traceback = debug.stderr.partition("ERROR | The config list.json must be an object")
    assert "Traceback" in traceback
    assert "DEBUG" not in traceback


def test_a_log_config_does_not_silence_errors() -> None:
    # By default it disables the loggers that exist.
    done = call("--config", "list.json", SINGER_SDK_LOG_CONFIG=log_config())
    assert "must be an object" in only_error(done.stderr)


@pytest.mark.parametrize("arguments", ["--config good.json", "--discover", "--about"])
def test_a_closed_stdout_is_named(arguments: str) -> None:
    done = call(script=f"$TAP {arguments} >&-")
    assert done.returncode == 1
    assert "stdout is closed" in only_error(done.stderr)


@pytest.mark.parametrize("arguments", ["--config good.json --test=schema", "--discover", "--about"])
@pytest.mark.parametrize(
    ("redirection", "words"),
    [
        (">/dev/full", "Cannot write to stdout: No space left on device"),
        ("1</dev/null", "Cannot write to stdout: Bad file descriptor"),
    ],
)
def test_a_stdout_that_takes_nothing_is_named(arguments: str, redirection: str, words: str) -> None:
    done = call(script=f"$TAP {arguments} {redirection}")
    assert done.returncode == 1
    assert words in only_error(done.stderr)


@pytest.mark.parametrize("arguments", ["--config good.json --test=schema", "--discover", "--about"])
def test_a_target_that_is_gone_is_named(arguments: str) -> None:
    done = call(script=f"{{ sleep 0.1; $TAP {arguments}; echo $? >code; }} | true")
    assert Path("code").read_text() == "1\n"
    assert "The target has stopped reading" in only_error(done.stderr)


def test_a_disk_that_is_full_is_named_with_the_day(tmp_path: Path) -> None:
    # Two pages of 500 records are longer than what stays in memory; one is not.
    with Sandbox(Options(records=1500, limit=50)) as box:
        day = str(box.today() - dt.timedelta(days=3))
        config = {**box.config, "cache_dir": "", "start_date": day, "end_date": day}
        command = shlex.join(command_line(tmp_path, config, "cdr_paginated"))
        # A limit to the size of files, in KiB. It would stop the measurement of coverage, too.
        script = f"ulimit -f 64; exec {command}"
        done = call(script=script, TMPDIR=str(tmp_path), COVERAGE_PROCESS_CONFIG="")
    assert done.returncode == 1
    assert all(message["type"] != "RECORD" for message in read_messages(done.stdout))
    line = only_error(done.stderr)
    assert f"cdr_paginated, {day}: " in line
    assert f"temporary directory {tmp_path}: File too large" in line
    assert "set TMPDIR to another directory" in line


def test_a_stream_that_fails_is_named_in_the_last_line(tmp_path: Path) -> None:
    with Sandbox(Options(records=3, limit=50, faults="summary*=404")) as box:
        day = str(box.today() - dt.timedelta(days=1))
        config = {**box.config, "cache_dir": "", "start_date": day}
        done = call(*command_line(tmp_path, config, "agent_summary", "cdr_details")[len(COMMAND) :])
    assert done.returncode == 1
    assert read_messages(done.stdout)[-1]["value"]["bookmarks"]["cdr_details"]
    *_, error, last = done.stderr.splitlines()
    assert "ERROR" in error
    assert f"agent_summary, {day} to" in error
    assert last.endswith("Not read completely: agent_summary. See the errors above")


def test_an_unexpected_setting_of_the_sdk_is_explained() -> None:
    flattening = {"FLATTENING_ENABLED": "true", "FLATTENING_MAX_DEPTH": "1"}
    variables = {f"TAP_OZONETEL_{name}": value for name, value in flattening.items()}
    done = call(
        *("--config=ENV", "--config", "good.json"),
        **variables,
        TAP_OZONETEL_FLATTENING_MAX_KEY_LENGTH="5",
    )
    assert done.returncode == 1
    assert "Duplicate column name produced in schema" in only_error(done.stderr)


@pytest.mark.parametrize("with_catalog", [True, False])
def test_the_schemas_of_the_selected_streams_need_no_request(*, with_catalog: bool) -> None:
    chosen = make_catalog("agent_summary", "cdr_paginated", "cdr_by_ucid")
    Path("catalog.json").write_text(json.dumps(chosen))
    files = ["--catalog", "catalog.json"] if with_catalog else []
    # In this order, the SDK tests before it has read the catalog.
    done = call("--config", "good.json", "--test=schema", *files)
    assert done.returncode == 0
    messages = read_messages(done.stdout)
    calls = ["cdr_by_ucid", "cdr_paginated"] if with_catalog else ["cdr_details"]
    summary = ["agent_summary"] if with_catalog else []
    schemas = {message["stream"]: message for message in messages}
    assert sorted(schemas) == [*summary, *calls]
    assert len(messages) == len(schemas)
    for stream in calls:
        assert schemas[stream]["key_properties"] == ["CallID", "UCID"]
        assert len(schemas[stream]["schema"]["properties"]) > 40
    for stream in summary:
        assert schemas[stream]["key_properties"] == ["AgentUniqueID", "CallDate", "ModeType"]


def test_a_test_that_does_not_exist_is_refused() -> None:
    done = call("--config", "good.json", "--test=shcema")
    assert done.returncode == 2
    assert "'shcema' is not one of 'all', 'schema'" in done.stderr
