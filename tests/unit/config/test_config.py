"""Settings from a file or the environment: judged, in words that show no value, and typed."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.config.parsing import (
    CallLookup,
    Config,
    build_config,
    parse_config,
    read_environment,
)
from tap_ozonetel.config.schema import CONFIG_JSONSCHEMA
from tap_ozonetel.config.validation import validate_config
from tap_ozonetel.errors import ConfigError
from tests.helpers.json_values import thorough, values

CANARY = "canary-5f1e"
NEEDED = {"api_key": CANARY, "username": "acme"}
DEFAULTS = {
    name: setting["default"]
    for name, setting in CONFIG_JSONSCHEMA["properties"].items()
    if "default" in setting
}


def configured(**settings: object) -> Config:
    """The settings of a file, on the way that they take."""
    config = parse_config({**NEEDED, **settings}, CONFIG_JSONSCHEMA)
    validate_config(config, CONFIG_JSONSCHEMA)
    return build_config({**DEFAULTS, **config})


def from_text(**settings: str) -> Config:
    """The settings of an environment, on the way that they take."""
    environment = {f"TAP_OZONETEL_{name.upper()}": value for name, value in settings.items()}
    return configured(**read_environment(CONFIG_JSONSCHEMA, environment))


def refusal(**settings: object) -> str:
    with pytest.raises(ConfigError) as refused:
        configured(**settings)
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    assert CANARY not in message
    return message


def test_the_defaults() -> None:
    assert configured() == Config(
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
        rate_limit_period=60.0,
        request_timeout=300.0,
        user_agent=f"tap-ozonetel/{version('tap-ozonetel')}",
        cache_dir=configured().cache_dir,
    )


def test_every_setting_has_a_title_and_a_description() -> None:
    assert sorted(CONFIG_JSONSCHEMA["properties"]) == sorted(
        [
            *("api_key", "username", "auth_method", "api_url", "timezone", "start_date"),
            *("end_date", "lookback_days", "on_retention_gap", "on_unusable_record", "page_size"),
            *(
                "campaign_name",
                "call_type",
                "call_status",
                "calls",
                "rate_limit_requests",
                "rate_limit_period",
            ),
            *("request_timeout", "user_agent", "cache_dir"),
        ]
    )
    for setting in CONFIG_JSONSCHEMA["properties"].values():
        assert setting["title"]
        assert setting["description"].endswith(".")
    secret = [name for name, each in CONFIG_JSONSCHEMA["properties"].items() if each.get("secret")]
    assert secret == ["api_key"]


#: A good value as in a file, the same as text, and what comes of it.
GOOD: list[tuple[str, Any, str, object]] = [
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
    ("name", "value", "text", "expected"), GOOD, ids=[f"{each[0]}={each[2]}" for each in GOOD]
)
def test_a_good_value_from_a_file_or_the_environment(
    name: str, value: object, text: str, expected: object
) -> None:
    for config in (configured(**{name: value}), from_text(**{name: text})):
        found = getattr(config, name)
        if name == "api_url":
            assert found == text.rstrip("/")
        else:
            assert found == expected
            assert type(found) is type(expected)


@pytest.mark.parametrize(
    "url",
    [
        "https://partner.example",
        "https://partner.example:8443",
        "https://partner.example/ozonetel",
        "HTTPS://partner.example",
        "https://192.0.2.1",
        "http://127.0.0.1:8080",
        "http://127.0.0.1",
        "http://[::1]:8080",
        "http://localhost:8080",
        "http://LOCALHOST",
    ],
)
def test_a_url_that_a_key_may_be_sent_to(url: str) -> None:
    assert configured(api_url=url).api_url == url
    assert from_text(api_url=f"{url}/").api_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example",
        "http://192.0.2.1",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://[::]",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://localhost@partner.example",
        f"https://{CANARY}@partner.example",
        f"https://user:{CANARY}@partner.example",
        f"https://:{CANARY}@partner.example",
        f"https://partner.example?apiKey={CANARY}",
        f"https://partner.example/#{CANARY}",
        f"https://partner.example/{CANARY} x",
        f"https://partner.example/{CANARY}\n",
        "https://partner.example\\@evil.example",
        "https://é.example",
        "https://partner.example:x",
        "https://partner.example:0",
        "https://partner.example:99999",
        "https://[::1",
        "https://",
        "https:partner.example",
        "//partner.example",
        "partner.example",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://partner.example/?",
        "https://partner.example#",
        7,
        ["https://partner.example"],
    ],
    ids=repr,
)
def test_a_url_that_no_key_may_be_sent_to(url: object) -> None:
    message = refusal(api_url=url)
    assert message == "The setting api_url must be an https URL, such as the default"


BAD: list[tuple[str, object]] = [
    *(("api_key", value) for value in (f"{CANARY}\n", f"{CANARY}é", f" {CANARY}", f"{CANARY} ")),
    *(("api_key", value) for value in (f"{CANARY}\r\nX: y", 735551, [CANARY], {"key": CANARY})),
    *(("username", value) for value in (735551, [CANARY], True)),
    *(("auth_method", value) for value in (CANARY, "Token", "basic", 735551, ["token"])),
    *(("timezone", value) for value in (CANARY, "IST+5", "Asia", "../etc/passwd", "/etc/passwd")),
    *(("timezone", value) for value in ("Asia/\0Kolkata", 735551, ["Asia/Kolkata"])),
    *(
        (name, value)
        for name in ("start_date", "end_date")
        for value in (
            *(CANARY, "20260301", "2026-3-1", "2026-02-30", "01-03-2026", "2026-W10-1", "today"),
            *(
                "2026-03-01T25:00:00Z",
                "2026-3-1T00:00:00",
                " 2026-03-01",
                20260301,
                ["2026-03-01"],
                True,
            ),
        )
    ),
    *(("lookback_days", value) for value in (-1, 15, CANARY, "1.5", Decimal("1.5"), [1], True)),
    *(("on_retention_gap", value) for value in (CANARY, "Fail", "ignore", 735551, False)),
    *(("page_size", value) for value in (0, -7, 501, CANARY, "5e2", Decimal("1.5"), [1], True)),
    *(("campaign_name", value) for value in (735551, [CANARY], {"name": CANARY}, True)),
    *(("call_type", value) for value in (735551, [CANARY])),
    *(("call_status", value) for value in (735551, [CANARY])),
    *(("rate_limit_requests", value) for value in (0, -7, CANARY, "2.5", Decimal("2.5"), True)),
    *(
        (name, value)
        for name in ("rate_limit_period", "request_timeout")
        for value in (0, "0", -7, "-7.5", CANARY, "1,5", [1], True, Decimal("-0.5"))
    ),
    *(("user_agent", value) for value in (f"{CANARY}\nX: y", f"{CANARY}é", 735551, [CANARY])),
    *(("cache_dir", value) for value in (735551, [CANARY], True)),
    *(("calls", value) for value in (CANARY, f'["{CANARY}"', {"ucid": CANARY}, 735551, [CANARY])),
]


@pytest.mark.parametrize(("name", "value"), BAD, ids=[f"{name}={value!r}" for name, value in BAD])
def test_a_bad_value_is_refused_by_the_name_of_its_setting(name: str, value: object) -> None:
    message = refusal(**{name: value})
    assert message.startswith(f"The setting {name} must be ")
    assert message.count("setting") == 1
    for shown in ("735551", "20260301", "-7", "501", "-1", "5e2", "Fail", "Token", "passwd"):
        assert shown not in message


@pytest.mark.parametrize("name", ["rate_limit_period", "request_timeout"])
@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1e-400"])
def test_seconds_that_no_clock_can_wait_are_refused(name: str, value: str) -> None:
    assert refusal(**{name: value}).startswith(f"The setting {name} must be ")
    assert refusal(**{name: float(value.replace("sN", "N"))}).startswith(f"The setting {name}")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lookback_days", "an integer from 0 to 14"),
        ("page_size", "an integer from 1 to 500"),
        ("rate_limit_requests", "an integer, 1 or more"),
        ("rate_limit_period", "a number of seconds above 0"),
        ("start_date", "a date as YYYY-MM-DD"),
        ("timezone", "an IANA time zone, such as Asia/Kolkata"),
        ("auth_method", "token or api_key"),
        ("on_retention_gap", "warn or fail"),
    ],
)
def test_a_refusal_says_what_to_write(name: str, expected: str) -> None:
    assert refusal(**{name: CANARY}) == f"The setting {name} must be {expected}"


@pytest.mark.parametrize("name", ["api_key", "username"])
@pytest.mark.parametrize("value", [None, ""], ids=repr)
def test_what_is_required_is_refused_when_it_is_not_set(name: str, value: object) -> None:
    assert refusal(**{name: value}) == f"The setting {name} is required"


def test_all_that_is_wrong_is_said_at_once() -> None:
    message = refusal(api_key=None, page_size=CANARY, start_date=CANARY)
    assert [each.split()[2] for each in message.split("; ")] == [
        "api_key",
        "page_size",
        "start_date",
    ]


@pytest.mark.parametrize(
    "name", sorted(set(CONFIG_JSONSCHEMA["properties"]) - {"api_key", "username"})
)
def test_null_and_empty_text_are_not_set(name: str) -> None:
    assert configured(**{name: None}) == configured()
    if name != "cache_dir":
        assert configured(**{name: ""}) == configured() == from_text(**{name: ""})


def test_no_cache_folder_is_the_users_and_empty_text_turns_sharing_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *name, **_: "/cache/of/" + name[0])
    assert configured().cache_dir == Path("/cache/of/tap-ozonetel")
    assert configured(cache_dir="").cache_dir is None


def test_a_cache_folder_of_a_user_that_there_is_not_is_refused_or_taken_as_it_is() -> None:
    try:
        found = configured(cache_dir="~nobody-by-this-name/x").cache_dir
    except ConfigError as error:
        assert "cache_dir" in str(error)  # noqa: PT017 - it may be taken as well
    else:
        assert isinstance(found, Path)


def test_filters_have_the_names_of_the_api() -> None:
    config = configured(campaign_name="Sales", call_type="InBound", call_status="Answered")
    assert config.filters == {"campaignName": "Sales", "callType": "InBound", "status": "Answered"}
    assert configured(campaign_name="Sales", call_type="").filters == {"campaignName": "Sales"}


CALLS = [
    {"ucid": "31733467784618213", "call_date": "2026-03-17"},
    {"ucid": 31733467784618213, "call_date": "2026-03-16"},
]


def test_calls_are_digits_or_numbers_from_a_file_or_the_environment() -> None:
    expected = (
        CallLookup(31733467784618213, dt.date(2026, 3, 17)),
        CallLookup(31733467784618213, dt.date(2026, 3, 16)),
    )
    assert configured(calls=CALLS).calls == expected
    assert from_text(calls=json.dumps(CALLS)).calls == expected
    assert configured(calls=[]).calls == from_text(calls="[]").calls == ()


@pytest.mark.parametrize(
    "call",
    [
        {},
        {"ucid": "735551"},
        {"call_date": "2026-03-17"},
        {"ucid": None, "call_date": "2026-03-17"},
        {"ucid": "", "call_date": "2026-03-17"},
        {"ucid": CANARY, "call_date": "2026-03-17"},
        {"ucid": "\u0667", "call_date": "2026-03-17"},
        {"ucid": "-735551", "call_date": "2026-03-17"},
        {"ucid": -735551, "call_date": "2026-03-17"},
        {"ucid": Decimal("735551.5"), "call_date": "2026-03-17"},
        {"ucid": True, "call_date": "2026-03-17"},
        {"ucid": ["735551"], "call_date": "2026-03-17"},
        {"ucid": "735551", "call_date": CANARY},
        {"ucid": "735551", "call_date": "20260317"},
        {"ucid": "735551", "call_date": None},
        {"ucid": "735551", "call_date": 20260317},
        "735551",
        735551,
        None,
        ["735551", "2026-03-17"],
    ],
    ids=repr,
)
def test_a_call_that_cannot_be_looked_up_is_refused(call: object) -> None:
    expected = (
        "The setting calls must be a list of {ucid, call_date}, with digits and a date as "
        "YYYY-MM-DD"
    )
    assert refusal(calls=[CALLS[0], call]) == expected
    if not isinstance(call, dict) or not isinstance(call.get("ucid"), Decimal):
        assert refusal(calls=json.dumps([call])) == expected


def test_only_what_stands_in_the_environment_is_taken_from_it() -> None:
    environment = {
        "TAP_OZONETEL_API_KEY": CANARY,
        "TAP_OZONETEL_PAGE_SIZE": "",
        "TAP_OZONETEL_LOGLEVEL": "debug",
        "tap_ozonetel_username": "acme",
        "USERNAME": "acme",
    }
    assert read_environment(CONFIG_JSONSCHEMA, environment) == {"api_key": CANARY, "page_size": ""}


def test_settings_that_are_unknown_pass_as_they_are() -> None:
    assert parse_config({"stream_maps": {"x": 1}, "no_such": "7"}, CONFIG_JSONSCHEMA) == {
        "stream_maps": {"x": 1},
        "no_such": "7",
    }


def test_the_key_is_in_no_representation() -> None:
    assert CANARY not in repr(configured())


@thorough
@given(
    st.dictionaries(st.sampled_from(sorted(CONFIG_JSONSCHEMA["properties"])), values, max_size=3)
)
def test_any_values_are_taken_or_refused_in_one_line(settings: dict[str, object]) -> None:
    try:
        configured(**settings)
    except ConfigError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - they may be good as well


@thorough
@given(
    st.sampled_from(sorted(CONFIG_JSONSCHEMA["properties"])),
    st.text(max_size=20) | st.text('0123456789.+-eE_ NaInfity[]{}":,~/', max_size=12),
)
def test_any_text_is_taken_or_refused_in_one_line(name: str, text: str) -> None:
    try:
        from_text(**{name: text})
    except ConfigError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - it may be good as well


def test_a_whole_number_with_a_point_is_one() -> None:
    found = parse_config(
        {**NEEDED, "page_size": 100.0, "rate_limit_requests": 2.0}, CONFIG_JSONSCHEMA
    )
    assert (type(found["page_size"]), type(found["rate_limit_requests"])) == (int, int)
