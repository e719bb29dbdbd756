"""The command line: serving alone or while a command runs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox import Options, Sandbox

_ROOT = Path(__file__).parents[3]
_SUMMARY = re.compile(r"sandbox: (\d+) requests, (\d+) rate limited, (\d+) tokens generated")
_CLIENT = """
import json, os, requests
e = {n.removeprefix("TAP_OZONETEL_").lower(): v for n, v in os.environ.items() if "OZONETEL" in n}
for _ in range(3):
    response = requests.get(
        e["api_url"] + "/ca_reports/fetchCDRDetails", json={}, headers={"apiKey": e["api_key"]}
    )
print(json.dumps(e))
raise SystemExit(7)
"""
_WAIT = "import sys, time; print('here', flush=True); time.sleep(30)"


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=_ROOT,
        env={n: v for n, v in os.environ.items() if not n.startswith("TAP_OZONETEL_")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_command_runs_against_it() -> None:
    command = ("--auth-method", "api_key", "--period", "5", "--", sys.executable, "-c", _CLIENT)
    process = _start(*command)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 7
    entry = json.loads(out)
    assert entry.pop("api_url").startswith("http://127.0.0.1:")
    assert entry == {
        "api_key": Options().api_key,
        "username": "sandbox-account",
        "auth_method": "api_key",
        "timezone": "Asia/Kolkata",
        "rate_limit_requests": "2",
        "summary_rate_limit_requests": "5",
        "rate_limit_period": "5",
    }
    found = _SUMMARY.fullmatch(err.strip())
    assert found
    assert found.groups() == ("3", "1", "0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_forwarded_to_the_command(number: signal.Signals) -> None:
    process = _start("--", sys.executable, "-c", _WAIT)
    assert process.stdout
    assert process.stdout.readline() == "here\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    # The interpreter ends itself with SIGINT after its KeyboardInterrupt.
    assert process.returncode == 128 + number
    assert _SUMMARY.search(err)


def test_an_unknown_command() -> None:
    process = _start("--", "no-such-command-7d1f")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 127
    assert "no-such-command-7d1f" in err
    assert "Traceback" not in err


def test_it_serves_until_a_signal() -> None:
    process = _start("--records-by-day", "2026-03-17=0", "--no-varying", "--faults", "*=html")
    assert process.stdout
    url = process.stdout.readline().strip()
    assert "<html>" in requests.get(url + "/ca_reports/fetchCDRDetails", timeout=5).text
    # The settings of the account, for any other command.
    exports = {process.stdout.readline() for _ in range(3)}
    assert f"export TAP_OZONETEL_API_URL={url}\n" in exports
    assert f"export TAP_OZONETEL_API_KEY={Options().api_key}\n" in exports
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert _SUMMARY.search(err)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--faults", "1=nothing"],
        ["--rate-limit-response", "418"],
        ["--timezone", "Mars/Base"],
        ["--records-by-day", "soon=1"],
        ["--"],
        ["--nonsense"],
    ],
)
def test_invalid_options_fail(arguments: list[str]) -> None:
    process = _start(*arguments)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "Traceback" not in err


def test_help_names_every_option() -> None:
    process = _start("--help")
    out, _ = process.communicate(timeout=20)
    for name in Options.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in out


def test_the_config_points_at_the_sandbox() -> None:
    with Sandbox(Options(period=0.25, limit=3)) as box:
        assert box.config["rate_limit_period"] == 0.25
        assert box.config["rate_limit_requests"] == 3
        assert box.config["api_url"] == box.url
