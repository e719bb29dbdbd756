"""The fault script: its conditions, its forms and its errors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sandbox import Options, Sandbox
from sandbox.faults.names import (
    BODY_FAULTS,
    MALFORMED_KINDS,
    PAGE_FAULTS,
    REPLACEMENT_FAULTS,
    SUMMARY_MALFORMED_KINDS,
    TRANSPORT_FAULTS,
)
from sandbox.faults.script import Fault, parse_script
from tests.helpers.sandbox_client import DAY, serving


def test_token_requests_are_counted_separately() -> None:
    with serving(faults="token1=500 token2=html 1=503") as client:
        assert client.token().status_code == 500
        assert "<html>" in client.token().text
        assert client.get().status_code == 503
        assert client.get().status_code == 200
        assert [entry.fault for entry in client.box.token_requests] == ["500", "html", None]


def test_rate_limited_requests_are_not_counted() -> None:
    with serving(limit=1, faults="2=html") as client:
        assert client.get().status_code == 200
        assert client.get().status_code == 429
        client.clock.advance(60)
        assert "<html>" in client.get().text


def test_conditions() -> None:
    script = ["longer-than:21600=504", f"day:{DAY - timedelta(days=1)}=500", "5-6=502"]
    with serving(faults=script) as client:
        six: dict[str, Any] = {"fromDate": f"{DAY} 06:00:00", "toDate": f"{DAY} 11:59:59"}
        assert client.get().status_code == 504
        assert client.get(**six).status_code == 200
        before: dict[str, Any] = {
            n: v.replace(str(DAY), str(DAY - timedelta(days=1))) for n, v in six.items()
        }
        assert client.get(**before).status_code == 500
        assert client.get(toDate="rubbish").status_code == 200
        assert [client.get(**six).status_code for _ in range(3)] == [502, 502, 200]


def test_all_forms_of_a_script() -> None:
    text = parse_script("1=html token2=500:empty 3-4=slow:2 *=malformed:nul")
    as_list = parse_script(["1=html", "token2=500:empty", "3-4=slow:2", "*=malformed:nul"])
    mapping: dict[object, str] = {
        1: "html",
        "token2": "500:empty",
        "3-4": "slow:2",
        "*": "malformed:nul",
    }
    assert text == as_list == parse_script(mapping)
    assert parse_script("") == parse_script({}) == ()


@pytest.mark.parametrize(
    "script",
    [
        "1=nothing",
        "1",
        "x=html",
        "1=malformed",
        "1=malformed:x",
        "token1=repeat",
        "1=200",
        "1=total+",
        "=html",
    ],
)
def test_invalid_scripts_raise(script: str) -> None:
    with pytest.raises(ValueError, match=r"unknown|cannot have"):
        Sandbox(Options(faults=script))


def test_every_fault_round_trips() -> None:
    arguments = {
        "slow": ":1.5",
        "stall": ":2",
        "rate+retry-after": ":9",
        "total+": "3",
        "total-": "3",
    }
    names = [
        *REPLACEMENT_FAULTS,
        *(name for name in BODY_FAULTS if name != "malformed"),
        *PAGE_FAULTS,
        *TRANSPORT_FAULTS,
    ]
    texts = [name + arguments.get(name, "") for name in names]
    texts += ["503", "503:empty", "429:html", *(f"malformed:{kind}" for kind in MALFORMED_KINDS)]
    texts += [f"malformed:{kind}" for kind in SUMMARY_MALFORMED_KINDS]
    assert [str(Fault.parse(text)) for text in texts] == texts


def test_invalid_options_raise() -> None:
    for wrong in (
        {"limit": 0},
        {"rate_limit_response": "418"},
        {"period": -1},
        {"auth_method": "both"},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Options(**wrong)
