"""The environment and the file `.env`: nothing in them is lost without a word."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_ozonetel.config.environment import (
    find_unknown_names,
    load_environment,
    read_environment,
)
from tap_ozonetel.config.schema import CONFIG_JSONSCHEMA
from tap_ozonetel.errors import ConfigError
from tests.helpers.config import CANARY

if TYPE_CHECKING:
    from collections.abc import Callable

KEY, MAPS = "TAP_OZONETEL_API_KEY", "TAP_OZONETEL_STREAM_MAPS"
SCHEMA = {"properties": {**CONFIG_JSONSCHEMA["properties"], "stream_maps": {}}}


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def settings_of(content: str | bytes) -> dict[str, str]:
    """The settings in a `.env` file."""
    Path(".env").write_bytes(content.encode() if isinstance(content, str) else content)
    return read_environment(SCHEMA, load_environment())


def error_of(content: str | bytes) -> str:
    with pytest.raises(ConfigError) as raised:
        settings_of(content)
    message = str(raised.value)
    assert len(message.splitlines()) == 1
    assert CANARY not in message
    return message


def test_without_a_file_there_is_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, CANARY)
    assert read_environment(SCHEMA, load_environment()) == {"api_key": CANARY}


@pytest.mark.parametrize(
    "content",
    [
        f"{KEY}=x\n",
        f"{KEY} = x",
        f"export {KEY}='x'\r\n# {MAPS}\r\n",
        f"\ufeff{KEY}=x\n",
        f"{KEY}=x # comment of {MAPS}\n",
        f"{KEY}=\n{KEY}=x\n",
        f"X=${{{KEY}}}\n{KEY}=x",
        # Of other programs.
        f"a b c\n$env:OTHER = 'x'\n'\n{KEY}=x\n",
        f"OTHER='several\nlines'\n{KEY}=x",
        f"OTHER\nMY_{MAPS}=y\n{KEY}=x",
        f"{KEY}=x\nOTHER=m\xe9t\xe9o".encode("latin-1"),
        f"\xff\xfe\n{KEY}=x\n".encode("latin-1"),
        f"{KEY}=x\n".encode("utf-16"),
        f"\ufeff{KEY}=x\n".encode("utf-16-be"),
        f"{KEY}=x\n".encode("utf-16-le"),
    ],
)
def test_a_file_is_read_beside_the_lines_of_other_programs(
    content: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert settings_of(content) == {"api_key": "x"}
    assert caplog.records == []


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{KEY}=x\n{MAPS}='{CANARY}\n", 2),
        (f'{MAPS}="{CANARY}', 1),
        (f"\n\n{MAPS}='a' {CANARY}\n", 3),
        (f"set {MAPS}={CANARY}\n", 1),
        (f"X=1\n\n$env:{MAPS} = '{CANARY}'\n", 3),
        (f"{MAPS}: {CANARY}\n", 1),
        (f"{MAPS} {CANARY}\n", 1),
        (f"OTHER='{CANARY}\n{MAPS}='x'\n", 2),
        (f"OTHER='{CANARY}\n{MAPS}=x\nANOTHER='\n", 2),
        (f"{KEY}='{CANARY}\n  export {MAPS}=x\n'\n", 2),
        (f"X=1\n{MAPS}\n", 2),
        (f"X=1\nexport {MAPS}\n{KEY}=x", 2),
        (f"{MAPS}:\n", 1),
        (f"X=1\n{MAPS}={CANARY}\xe9\n".encode("latin-1"), 2),
    ],
)
def test_a_broken_line_of_a_setting_is_an_error_with_its_line(
    content: str | bytes, line: int
) -> None:
    message = error_of(content)
    assert message.startswith(f"The file .env, line {line}: {MAPS}")
    assert "Write NAME='value'" in message or "Save the file as UTF-8" in message


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (os.mkfifo, "is a named pipe, which may never end. Replace it with a file"),
        (lambda path: path.symlink_to(path.name), "cannot be read: Too many levels of symbolic"),
    ],
    ids=["a FIFO", "a link to itself"],
)
def test_a_file_that_cannot_be_read_is_an_error(make: Callable[[Path], None], words: str) -> None:
    make(Path(".env"))
    with pytest.raises(ConfigError, match=f"^The file .env {words}"):
        load_environment()


def test_a_file_without_permission_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> bytes:  # The tests may run as root.
        raise PermissionError(13, "Permission denied")

    Path(".env").touch()
    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(ConfigError, match=r"The file \.env cannot be read: Permission denied\. C"):
        load_environment()


def test_a_virtual_environment_with_this_name_is_ignored() -> None:
    Path(".env").mkdir()
    assert read_environment(SCHEMA, load_environment()) == {}


def test_an_empty_variable_does_not_uncover_data(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in (MAPS, "TAP_OZONETEL_CACHE_DIR", "OTHER"):
        monkeypatch.setenv(name, "")
    found = settings_of(f"{MAPS}={CANARY}\nTAP_OZONETEL_CACHE_DIR=/x\nOTHER=y\n{KEY}=\n")
    assert found == {"stream_maps": CANARY, "cache_dir": "", "api_key": ""}
    assert caplog.messages == [f"The variable {MAPS} is empty, so the value in .env is used"]


def test_a_variable_replaces_a_value_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "y")
    assert settings_of(f"{KEY}=x") == {"api_key": "y"}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["STREAM_MAP"], "TAP_OZONETEL_STREAM_MAP (did you mean TAP_OZONETEL_STREAM_MAPS?)"),
        (["LOOKBACK"], "TAP_OZONETEL_LOOKBACK (did you mean TAP_OZONETEL_LOOKBACK_DAYS?)"),
        (["APIKEY", "XYZ"], "TAP_OZONETEL_APIKEY (did you mean TAP_OZONETEL_API_KEY?), TAP_OZONE"),
        (["XYZXYZXYZXYZXYZXYZ"], "TAP_OZONETEL_XYZXYZXYZXYZXYZXYZ"),
    ],
)
def test_a_mistyped_variable_is_named_with_the_nearest_setting(
    names: list[str], message: str
) -> None:
    (found,) = find_unknown_names(SCHEMA, [], [f"TAP_OZONETEL_{name}" for name in names])
    assert found.startswith(f"Ignoring variables that are not settings: {message}")


def test_a_variable_in_lower_case_is_mistyped() -> None:
    (found,) = find_unknown_names(SCHEMA, [], ["tap_ozonetel_username"])
    assert found.endswith("tap_ozonetel_username (did you mean TAP_OZONETEL_USERNAME?)")


def test_a_mistyped_setting_is_named_with_the_nearest() -> None:
    (found,) = find_unknown_names(SCHEMA, ["lookback_day", "api_key", "x"], [])
    assert found == "Ignoring unknown settings: lookback_day (did you mean lookback_days?), x"


def test_variables_of_meltano_and_of_the_sdk_are_not_mistyped() -> None:
    names = ["_SELECT", "_LOAD_SCHEMA", "LOGLEVEL", "LOG_CONFIG", "API_KEY", "STREAM_MAPS"]
    environment = [f"TAP_OZONETEL_{name}" for name in [*names, "STREAM_MAPS__CDR_DETAILS"]]
    assert list(find_unknown_names(SCHEMA, [], [*environment, "OZONETEL", "X"])) == []
