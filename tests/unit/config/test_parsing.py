"""Settings from a file or the environment become a typed config."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tap_ozonetel.config.environment import read_environment
from tap_ozonetel.config.parsing import CallLookup, Config, parse_config
from tap_ozonetel.config.schema import CONFIG_JSONSCHEMA
from tap_ozonetel.errors import ConfigError
from tests.helpers.config import CALLS, CANARY, config_from_environment, make_config


def test_the_defaults() -> None:
    assert make_config() == Config(
        api_key=CANARY,
        username="acme",
        auth_method="token",
        api_url="https://in1-ccaas-api.ozonetel.com",
        timezone=ZoneInfo("Asia/Kolkata"),
        start_date=None,
        end_date=None,
        lookback_days=1,
        on_retention_gap="warn",
        on_unusable_record="fail",
        page_size=500,
        filters={},
        calls=(),
        rate_limit_requests=2,
        summary_rate_limit_requests=5,
        rate_limit_period=60.0,
        request_timeout=300.0,
        user_agent=f"tap-ozonetel/{version('tap-ozonetel')}",
        cache_dir=make_config().cache_dir,
    )


def test_every_setting_has_a_title_and_a_description() -> None:
    assert sorted(CONFIG_JSONSCHEMA["properties"]) == sorted(
        [
            *("api_key", "username", "auth_method", "api_url", "timezone", "start_date"),
            *("end_date", "lookback_days", "on_retention_gap", "on_unusable_record", "page_size"),
            *("campaign_name", "call_type", "call_status", "calls", "rate_limit_requests"),
            *("summary_rate_limit_requests",),
            *("rate_limit_period", "request_timeout", "user_agent", "cache_dir"),
        ]
    )
    for setting in CONFIG_JSONSCHEMA["properties"].values():
        assert setting["title"]
        assert setting["description"].endswith(".")
    secret = [name for name, each in CONFIG_JSONSCHEMA["properties"].items() if each.get("secret")]
    assert secret == ["api_key"]


#: A valid value in a file, the same as a string, and the parsed value.
VALID: list[tuple[str, Any, str, object]] = [
    ("api_key", "a b!~", "a b!~", "a b!~"),
    ("username", "acme", "acme", "acme"),
    ("auth_method", "api_key", "api_key", "api_key"),
    ("auth_method", "token", "token", "token"),
    ("api_url", "https://api.ccaas.ozonetel.com/", "https://api.ccaas.ozonetel.com/", None),
    ("timezone", "America/St_Johns", "America/St_Johns", ZoneInfo("America/St_Johns")),
    ("start_date", "2026-03-01", "2026-03-01", dt.date(2026, 3, 1)),
    ("end_date", "2024-02-29", "2024-02-29", dt.date(2024, 2, 29)),
    ("start_date", "2026-03-01T10:00:00+00:00", "2026-03-01T10:00:00", dt.date(2026, 3, 1)),
    ("lookback_days", 0, "0", 0),
    ("lookback_days", 14, "14", 14),
    ("on_retention_gap", "fail", "fail", "fail"),
    ("on_unusable_record", "skip", "skip", "skip"),
    ("page_size", 1, "1", 1),
    ("page_size", 500, "500", 500),
    ("rate_limit_requests", 1, "1", 1),
    ("rate_limit_requests", 9, "9", 9),
    ("rate_limit_period", 30, "30", 30.0),
    ("rate_limit_period", Decimal("0.25"), "0.25", 0.25),
    ("request_timeout", 1, "1", 1.0),
    ("request_timeout", Decimal("1.5"), "1.5", 1.5),
    ("user_agent", "acme/1 (x)", "acme/1 (x)", "acme/1 (x)"),
    ("cache_dir", "/var/cache/x", "/var/cache/x", Path("/var/cache/x")),
    ("cache_dir", "~/x", "~/x", Path("~/x")),
    ("cache_dir", "", "", None),
]


@pytest.mark.parametrize(
    ("name", "value", "text", "expected"), VALID, ids=[f"{each[0]}={each[2]}" for each in VALID]
)
def test_a_valid_value_from_a_file_or_the_environment(
    name: str, value: object, text: str, expected: object
) -> None:
    for config in (make_config(**{name: value}), config_from_environment(**{name: text})):
        found = getattr(config, name)
        if name == "api_url":
            assert found == text.rstrip("/")
        else:
            assert found == expected
            assert type(found) is type(expected)


@pytest.mark.parametrize(
    "name", sorted(set(CONFIG_JSONSCHEMA["properties"]) - {"api_key", "username"})
)
def test_null_and_an_empty_string_count_as_not_set(name: str) -> None:
    assert make_config(**{name: None}) == make_config()
    if name != "cache_dir":
        assert make_config(**{name: ""}) == make_config() == config_from_environment(**{name: ""})


def test_an_empty_cache_dir_disables_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *name, **_: "/cache/of/" + name[0])
    assert make_config().cache_dir == Path("/cache/of/tap-ozonetel")
    assert make_config(cache_dir="").cache_dir is None


def test_a_cache_dir_of_an_unknown_user_is_a_path_or_an_error() -> None:
    try:
        found = make_config(cache_dir="~nobody-by-this-name/x").cache_dir
    except ConfigError as error:
        assert "cache_dir" in str(error)  # noqa: PT017 - it may be taken as well
    else:
        assert isinstance(found, Path)


def test_filters_have_the_names_of_the_api() -> None:
    config = make_config(campaign_name="Sales", call_type="InBound", call_status="Answered")
    assert config.filters == {"campaignName": "Sales", "callType": "InBound", "status": "Answered"}
    assert make_config(campaign_name="Sales", call_type="").filters == {"campaignName": "Sales"}


def test_the_ucid_of_a_call_may_be_a_string_or_a_number() -> None:
    expected = (
        CallLookup(31733467784618213, dt.date(2026, 3, 17)),
        CallLookup(31733467784618213, dt.date(2026, 3, 16)),
    )
    assert make_config(calls=CALLS).calls == expected
    assert config_from_environment(calls=json.dumps(CALLS)).calls == expected
    assert make_config(calls=[]).calls == config_from_environment(calls="[]").calls == ()


def test_only_variables_that_are_set_are_read() -> None:
    environment = {
        "TAP_OZONETEL_API_KEY": CANARY,
        "TAP_OZONETEL_PAGE_SIZE": "",
        "TAP_OZONETEL_LOGLEVEL": "debug",
        "tap_ozonetel_username": "acme",
        "USERNAME": "acme",
    }
    assert read_environment(CONFIG_JSONSCHEMA, environment) == {"api_key": CANARY, "page_size": ""}


def test_unknown_settings_are_unchanged() -> None:
    assert parse_config({"stream_maps": {"x": 1}, "no_such": "7"}, CONFIG_JSONSCHEMA) == {
        "stream_maps": {"x": 1},
        "no_such": "7",
    }


def test_the_key_is_not_in_the_representation() -> None:
    assert CANARY not in repr(make_config())


@pytest.mark.parametrize("number", [float, Decimal])
def test_an_integer_may_have_a_decimal_point(number: type[float | Decimal]) -> None:
    config = make_config(page_size=number("100.0"), rate_limit_requests=number("2.0"))
    assert (config.page_size, config.rate_limit_requests) == (100, 2)
    assert (type(config.page_size), type(config.rate_limit_requests)) == (int, int)


@pytest.mark.parametrize(
    ("api_url", "use_proxy"),
    [
        ("http://127.0.0.1:8080", False),
        ("http://localhost", False),
        ("https://[::1]:8443", False),
        ("https://127.9.9.9", False),
        ("https://LOCALHOST", False),
        ("https://127.0.0.1.example", True),
        ("https://in1-ccaas-api.ozonetel.com", True),
    ],
)
def test_a_server_on_this_machine_has_no_proxy(api_url: str, *, use_proxy: bool) -> None:
    assert make_config(api_url=api_url).use_proxy is use_proxy
