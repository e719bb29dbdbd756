"""The tap in another Meltano project, added from `plugin.yaml` with the built wheel."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uv
from ruamel.yaml import YAML

from sandbox import Options, Sandbox
from sandbox.command import environment
from tests.helpers.sync import without_dial_count

_ROOT = Path(__file__).parents[2]
_TIMEOUT_SECONDS = 300  # A package index may be slow.
_NOT_INHERITED = ("MELTANO_", "TAP_", "TARGET_")

# The project before the tap is added.
_LOADER = """\
plugins:
  loaders:
  - name: target-jsonl
    namespace: target_jsonl
    pip_url: target-jsonl==0.1.4
    executable: target-jsonl
    settings:
    - name: destination_path
      value: $TEST_OUTPUT/$MELTANO_EXTRACTOR_NAME
    - name: do_timestamp_file
      kind: boolean
      value: false
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A Meltano project outside the checkout."""

    folder: Path

    def meltano(self, *arguments: str, **settings: str) -> str:
        """Run Meltano, configured by environment variables only, and return its log."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)
        }
        own = {
            "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
            # Nothing listens there, so that requests to the Hub fail.
            "MELTANO_HUB_API_ROOT": "http://127.0.0.1:9",
        }
        done = subprocess.run(
            [Path(sys.executable).with_name("meltano"), *arguments],
            cwd=self.folder,
            env={**inherited, **own, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stderr

    def extractors(self) -> dict[str, dict[str, Any]]:
        """Return the extractors in its meltano.yml."""
        with (self.folder / "meltano.yml").open(encoding="utf-8") as file:
            found = YAML(typ="safe").load(file)
        return {each["name"]: each for each in found["plugins"]["extractors"]}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [uv.find_uv_bin(), "build", "--wheel", "--out-dir", str(folder), str(_ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Project:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    definition = (_ROOT / "plugin.yaml").read_text(encoding="utf-8")
    assert definition.count("\npip_url: tap-ozonetel\n") == 1
    definition = definition.replace("\npip_url: tap-ozonetel\n", f"\npip_url: {wheel}\n")
    (elsewhere / "plugin.yaml").write_text(definition, encoding="utf-8")
    Project(elsewhere).meltano("init", "project")
    project = Project(elsewhere / "project")
    with (project.folder / "meltano.yml").open("a", encoding="utf-8") as file:
        file.write(_LOADER)
    extractor = ("--plugin-type", "extractor")
    project.meltano("add", *extractor, "tap-ozonetel", "--from-ref", "../plugin.yaml")
    project.meltano("select", "tap-ozonetel", "cdr_details", "*")
    project.meltano("add", *extractor, "tap-ozonetel-abroad", "--inherit-from", "tap-ozonetel")
    return project


def _account(box: Sandbox, name: str) -> dict[str, str]:
    """Return the settings of an account, with the prefix of an extractor."""
    settings = environment(box).items()
    return {key.replace("TAP_OZONETEL", name): value for key, value in settings}


def _days(box: Sandbox) -> tuple[dt.date, dt.date]:
    """Return the first and last of three days whose records no longer change in any time zone."""
    last = box.today() - dt.timedelta(days=3)
    return last - dt.timedelta(days=2), last


def _environment(box: Sandbox, days: tuple[dt.date, dt.date], folder: Path) -> dict[str, str]:
    """Return the environment variables of a run."""
    return {
        **_account(box, "TAP_OZONETEL"),
        "TAP_OZONETEL_START_DATE": str(days[0]),
        "TAP_OZONETEL_END_DATE": str(days[1]),
        "TAP_OZONETEL_CACHE_DIR": str(folder / "cache"),
        "TEST_OUTPUT": str(folder),
    }


def _rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of an extractor, which all are of one stream."""
    (file,) = folder.iterdir()
    assert file.name == "cdr_details.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    return without_dial_count([json.loads(line) for line in lines])


def test_the_wheel_contains_only_the_tap(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"tap_ozonetel"}
    assert "tap_ozonetel/py.typed" in names


def test_the_project_has_the_plugin_as_defined(project: Project, wheel: Path) -> None:
    with (_ROOT / "plugin.yaml").open(encoding="utf-8") as file:
        definition = YAML(typ="safe").load(file)
    added = project.extractors()["tap-ozonetel"]
    assert added["pip_url"] == str(wheel)
    for name in ("namespace", "executable", "capabilities", "settings_group_validation"):
        assert added[name] == definition[name]
    assert added["supported_python_versions"] == definition["supported_python_versions"]
    # Meltano converts `password`, which is deprecated, to `string` and `sensitive`.
    for setting in definition["settings"]:
        setting["kind"] = setting["kind"].replace("password", "string")
    assert added["settings"] == definition["settings"]
    # Written by `meltano select`.
    assert added["select"] == ["cdr_details.*"]
    assert project.extractors()["tap-ozonetel-abroad"] == {
        "name": "tap-ozonetel-abroad",
        "inherit_from": "tap-ozonetel",
    }


def test_two_accounts_in_one_project(project: Project, tmp_path: Path) -> None:
    abroad = Options(
        records=12,
        limit=9,
        period=1,
        seed=2,
        username="account-abroad",
        api_key="key-of-nobody-abroad",
        auth_method="api_key",
        timezone="America/New_York",
    )
    with Sandbox(Options(records=20, limit=9, period=1)) as home, Sandbox(abroad) as away:
        days = _days(home)
        # The second account inherits other settings, such as the days, from the first.
        settings = _environment(home, days, tmp_path) | _account(away, "TAP_OZONETEL_ABROAD")
        runs = ("tap-ozonetel", "target-jsonl", "tap-ozonetel-abroad", "target-jsonl")
        project.meltano("run", *runs, **settings)
        assert _rows(tmp_path / "tap-ozonetel") == home.calls_between(*days)
        assert _rows(tmp_path / "tap-ozonetel-abroad") == away.calls_between(*days)
        # With a shared state, the second account would resume after the first one's last day.
        for box in (home, away):
            assert [request.path for request in box.requests] == ["/ca_reports/fetchCDRDetails"] * 3
            assert box.rate_limited_count == 0
        assert (home.tokens_made, away.tokens_made) == (1, 0)


def test_fields_are_selected_added_and_mapped(project: Project, tmp_path: Path) -> None:
    maps = {
        "AgentID": "md5(config['salt'] + AgentID) if AgentID else AgentID",
        # `str(` at the start makes the SDK change the type of the field to text.
        "UCID": "str(sha256(str(UCID)))",
    }
    customizations = {
        "TAP_OZONETEL__SELECT": ["cdr_details.*", "!cdr_details.CallerID"],
        "TAP_OZONETEL__SCHEMA": {"cdr_details": {"SentimentScore": {"type": ["number", "null"]}}},
        "TAP_OZONETEL_STREAM_MAPS": {"cdr_details": maps},
        "TAP_OZONETEL_STREAM_MAP_CONFIG": {"salt": "pepper"},
    }
    faults = "*=malformed:unknown-field"
    with Sandbox(Options(records=20, limit=9, period=1, faults=faults)) as box:
        days = _days(box)
        settings = {name: json.dumps(value) for name, value in customizations.items()}
        settings |= _environment(box, days, tmp_path)
        run = ("run", "--full-refresh", "tap-ozonetel", "target-jsonl")
        log = project.meltano(*run, **settings)
        records = box.calls_between(*days)
    rows = _rows(tmp_path / "tap-ozonetel")
    assert rows == [_expected_row(record, first=n % 20 == 0) for n, record in enumerate(records)]
    assert "Dropping the field BridgeID, which the API sends" in log
    assert "Dropping the field SentimentScore" not in log


def _expected_row(record: dict[str, Any], *, first: bool) -> dict[str, Any]:
    row = {name: value for name, value in record.items() if name != "CallerID"}
    if row["AgentID"]:
        row["AgentID"] = hashlib.md5(f"pepper{row['AgentID']}".encode()).hexdigest()  # noqa: S324
    row["UCID"] = hashlib.sha256(str(row["UCID"]).encode()).hexdigest()
    # The first record of each response has the unknown fields.
    return row | {"SentimentScore": 0.25 if first else None}
