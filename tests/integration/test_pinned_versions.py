"""`exclude-newer` in pyproject.toml pins what uv, and Meltano through uv, install."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from tests.helpers.meltano import MELTANO

if TYPE_CHECKING:
    from pathlib import Path

_PROJECT = """\
project_id: pinned
send_anonymous_usage_stats: false
plugins:
  utilities:
  - name: dateutil
    namespace: dateutil
    pip_url: python-dateutil
"""


def test_meltano_installs_no_newer_release(tmp_path: Path) -> None:
    (tmp_path / "meltano.yml").write_text(_PROJECT)
    (tmp_path / "pyproject.toml").write_text('[tool.uv]\nexclude-newer = "2018-06-01T00:00:00Z"\n')
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MELTANO_") and name != "UV_EXCLUDE_NEWER"
    }
    subprocess.run([MELTANO, "install"], cwd=tmp_path, env=environment, check=True)
    assert [path.name for path in tmp_path.rglob("python_dateutil-*.dist-info")] == [
        "python_dateutil-2.7.3.dist-info"
    ]
