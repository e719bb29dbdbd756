"""By Meltano: what a stream map in `meltano.yml` removes does not arrive at the target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from sandbox import Options, Sandbox
from sandbox.command import environment
from tests.helpers.comparison import MELTANO, ROOT, finished, own_meltano

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("meltano_alone")

#: The fields with phone numbers, as docs/production.md has them.
NUMBERS = ("CallerID", "DialedNumber", "DID", "E164", "DynamicDID", "TransferredTo")


def load(box: Sandbox, folder: Path, null: str | None) -> list[dict[str, Any]]:
    """Load the account with the stream map of docs/production.md."""
    yaml = YAML(typ="safe")
    project = yaml.load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    tap = project["plugins"]["extractors"][0]
    tap.setdefault("config", {})["stream_maps"] = {"cdr_*": dict.fromkeys(NUMBERS, null)}
    with (folder / "meltano.yml").open("w", encoding="utf-8") as file:
        yaml.dump(project, file)
    day = str(box.today())
    settings = {
        "MELTANO_PROJECT_ROOT": str(folder),
        "TAP_OZONETEL_START_DATE": day,
        "TAP_OZONETEL_CACHE_DIR": "",
        "TARGET_JSONL_DESTINATION_PATH": str(folder / "files"),
    }
    meltano = own_meltano(folder, "tap-ozonetel", "target-jsonl")
    command = [MELTANO, "run", "tap-ozonetel", "target-jsonl"]
    finished(command, {**meltano, **environment(box), **settings})
    (file_of_stream,) = (folder / "files").iterdir()
    lines = file_of_stream.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_no_phone_number_arrives(tmp_path: Path) -> None:
    with Sandbox(Options(records=25, limit=20, period=1)) as box:
        calls = box.calls(box.today())
        rows = load(box, tmp_path, "__NULL__")
    assert {row["UCID"] for row in rows} >= {call["UCID"] for call in calls}
    assert not any(set(NUMBERS) & row.keys() for row in rows)
    numbers = {str(call[name]) for call in calls for name in ("CallerID", "DialedNumber", "DID")}
    text = json.dumps(rows)
    assert numbers - {"", "None"}
    assert [number for number in numbers - {"", "None"} if number in text] == []


def test_a_null_in_the_project_removes_nothing(tmp_path: Path) -> None:
    # The reason for the word: Meltano drops the nulls of meltano.yml.
    with Sandbox(Options(records=5, limit=20, period=1)) as box:
        rows = load(box, tmp_path, None)
    assert all(row["CallerID"] for row in rows)
