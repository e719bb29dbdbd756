"""The script of faults: which request gets which, in every form of writing it down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sandbox import Fault, Options
from sandbox.faults.script import INSTEAD, LISTING, ODD, TRANSPORT, read_script
from tests.helpers.sandbox_client import DAY, serving


def test_token_requests_have_their_own_count() -> None:
    with serving(faults="token1=500 token2=html 1=503") as client:
        assert client.token().status_code == 500
        assert "<html>" in client.token().text
        assert client.get().status_code == 503
        assert client.get().status_code == 200
        assert [seen.fault for seen in client.box.token_requests] == ["500", "html", None]


def test_requests_over_the_limit_do_not_count_for_the_script() -> None:
    with serving(limit=1, faults="2=html") as client:
        assert client.get().status_code == 200
        assert client.get().status_code == 429
        client.clock.forward(60)
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


def test_a_script_in_any_form() -> None:
    text = read_script("1=html token2=500:empty 3-4=slow:2 *=odd:nul")
    as_list = read_script(["1=html", "token2=500:empty", "3-4=slow:2", "*=odd:nul"])
    mapping: dict[object, str | Fault] = {
        1: "html",
        "token2": Fault("code", "500:empty"),
        "3-4": "slow:2",
        "*": "odd:nul",
    }
    assert text == as_list == read_script(mapping)
    assert read_script("") == read_script({}) == ()


@pytest.mark.parametrize(
    "script",
    ["1=nothing", "1", "x=html", "1=odd", "1=odd:x", "token1=repeat", "1=200", "1=total+", "=html"],
)
def test_a_script_that_nobody_can_mean(script: str) -> None:
    with pytest.raises(ValueError, match=r"no such|not a fault"):
        Options(faults=script)


def test_every_fault_is_read_back_from_its_text() -> None:
    arguments = {
        "slow": ":1.5",
        "stall": ":2",
        "rate+retry-after": ":9",
        "total+": "3",
        "total-": "3",
    }
    names = [*INSTEAD, *(n for n in LISTING if n != "odd"), *TRANSPORT]
    texts = [name + arguments.get(name, "") for name in names]
    texts += ["503", "503:empty", "429:html", *(f"odd:{kind}" for kind in ODD)]
    assert [str(Fault.parse(text)) for text in texts] == texts


def test_options_that_no_account_has() -> None:
    for wrong in ({"limit": 0}, {"refusal": "418"}, {"period": -1}, {"auth_method": "both"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Options(**wrong)
