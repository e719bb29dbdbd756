"""By Meltano: what a stream map in `meltano.yml` removes does not arrive at the target."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from sandbox import Options, Sandbox
from sandbox.command import environment
from tests.helpers.days import time_zone_at_noon
from tests.helpers.meltano import MELTANO, ROOT, isolated_meltano, run_command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("meltano_lock")

NUMBERS = ("CallerID", "DialedNumber", "DID", "E164")
SALT = "a-secret-of-the-test"


def example() -> dict[str, Any]:
    """The settings of the example in docs/personal-data.md."""
    page = (ROOT / "docs" / "personal-data.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tap,) = YAML(typ="safe").load(block)["plugins"]["extractors"]
    config: dict[str, Any] = tap["config"]
    return config


def load(box: Sandbox, folder: Path, config: dict[str, Any]) -> list[dict[str, Any]]:
    """Load the account in a project with these settings of the tap."""
    yaml = YAML(typ="safe")
    project = yaml.load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    project["plugins"]["extractors"][0].setdefault("config", {}).update(config)
    with (folder / "meltano.yml").open("w", encoding="utf-8") as file:
        yaml.dump(project, file)
    day = str(box.today())
    settings = {
        "MELTANO_PROJECT_ROOT": str(folder),
        "TAP_OZONETEL_START_DATE": day,
        "TAP_OZONETEL_CACHE_DIR": "",
        "OZONETEL_SALT": SALT,
        "TARGET_JSONL_DESTINATION_PATH": str(folder / "files"),
    }
    meltano = isolated_meltano(folder, "tap-ozonetel", "target-jsonl")
    command = [MELTANO, "run", "tap-ozonetel", "target-jsonl"]
    run_command(command, {**meltano, **environment(box), **settings})
    (file_of_stream,) = (folder / "files").iterdir()
    lines = file_of_stream.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_no_phone_number_arrives(tmp_path: Path) -> None:
    with Sandbox(Options(records=25, limit=20, period=1, timezone=time_zone_at_noon())) as box:
        calls = {call["UCID"]: call for call in box.calls(box.today())}
        rows = {row["UCID"]: row for row in load(box, tmp_path, example())}
    assert rows.keys() >= calls.keys()
    numbers = {call[name] for call in calls.values() for name in NUMBERS if call.get(name)}
    assert len(numbers) > 5
    text = json.dumps(list(rows.values()))
    assert [number for number in numbers if str(number) in text] == []
    for ucid, call in calls.items():
        customer = str(call["CallerID"])[-10:]
        digest = hashlib.sha256(f"{SALT}{customer}".encode()).hexdigest()
        assert rows[ucid]["CallerID"] == digest
        assert not set(NUMBERS[1:]) & rows[ucid].keys()


def test_a_null_in_the_project_removes_nothing(tmp_path: Path) -> None:
    # The reason for the word: Meltano drops the nulls of meltano.yml.
    config = {"stream_maps": {"cdr_details": dict.fromkeys(NUMBERS)}}
    with Sandbox(Options(records=5, limit=20, period=1, timezone=time_zone_at_noon())) as box:
        rows = load(box, tmp_path, config)
    assert all(row["CallerID"] for row in rows)
