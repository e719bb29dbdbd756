"""Invalid settings are rejected, with errors that do not show their values."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.config.schema import CONFIG_JSONSCHEMA
from tap_ozonetel.errors import ConfigError
from tests.helpers.config import CALLS, CANARY, config_from_environment, make_config
from tests.helpers.examples import examples
from tests.helpers.json_values import values


def error_message(**settings: object) -> str:
    with pytest.raises(ConfigError) as raised:
        make_config(**settings)
    message = str(raised.value)
    assert len(message.splitlines()) == 1
    assert CANARY not in message
    return message


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
def test_a_valid_api_url(url: str) -> None:
    assert make_config(api_url=url).api_url == url
    assert config_from_environment(api_url=f"{url}/").api_url == url


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
def test_an_invalid_api_url_is_rejected(url: object) -> None:
    message = error_message(api_url=url)
    assert (
        message
        == "The setting api_url must be an https URL, such as https://in1-ccaas-api.ozonetel.com"
    )


INVALID: list[tuple[str, object]] = [
    *(("api_key", value) for value in (735551, [CANARY], {"key": CANARY})),
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
    *(("on_unusable_record", value) for value in (CANARY, "Skip", "drop", 735551, True)),
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
    *(("user_agent", value) for value in (735551, [CANARY])),
    *(("cache_dir", value) for value in (735551, [CANARY], True)),
    *(("calls", value) for value in (CANARY, f'["{CANARY}"', {"ucid": CANARY}, 735551, [CANARY])),
]


@pytest.mark.parametrize(
    ("name", "value"), INVALID, ids=[f"{name}={value!r}" for name, value in INVALID]
)
def test_an_invalid_value_is_rejected_without_showing_it(name: str, value: object) -> None:
    message = error_message(**{name: value})
    assert message.startswith(f"The setting {name} must be ")
    assert message.count("setting") == 1
    for shown in ("735551", "20260301", "-7", "501", "-1", "5e2", "Fail", "Token", "passwd"):
        assert shown not in message


@pytest.mark.parametrize("name", ["rate_limit_period", "request_timeout"])
@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1e-400"])
def test_seconds_must_be_finite_and_positive(name: str, value: str) -> None:
    assert error_message(**{name: value}).startswith(f"The setting {name} must be ")
    assert error_message(**{name: float(value.replace("sN", "N"))}).startswith(
        f"The setting {name}"
    )


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
        ("on_unusable_record", "fail or skip"),
    ],
)
def test_an_error_says_what_is_valid(name: str, expected: str) -> None:
    assert error_message(**{name: CANARY}) == f"The setting {name} must be {expected}"


@pytest.mark.parametrize("name", ["api_key", "username"])
@pytest.mark.parametrize("value", [None, ""], ids=repr)
def test_a_missing_required_setting_is_an_error(name: str, value: object) -> None:
    assert error_message(**{name: value}) == f"The setting {name} is required"


@pytest.mark.parametrize("salt", [None, ""], ids=repr)
def test_an_empty_salt_is_an_error(salt: str | None) -> None:
    message = error_message(stream_map_config={"salt": salt, "count": 0})
    assert message == "The setting stream_map_config.salt is empty"


def test_all_errors_are_reported_at_once() -> None:
    message = error_message(api_key=None, page_size=CANARY, start_date=CANARY)
    assert [each.split()[2] for each in message.split("; ")] == [
        "api_key",
        "page_size",
        "start_date",
    ]


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
def test_an_invalid_call_is_rejected(call: object) -> None:
    expected = (
        "The setting calls must be a list of {ucid, call_date}, with digits and a date as "
        "YYYY-MM-DD"
    )
    assert error_message(calls=[CALLS[0], call]) == expected
    if not isinstance(call, dict) or not isinstance(call.get("ucid"), Decimal):
        assert error_message(calls=json.dumps([call])) == expected


@examples(200)
@given(
    st.dictionaries(st.sampled_from(sorted(CONFIG_JSONSCHEMA["properties"])), values, max_size=3)
)
def test_any_values_are_valid_or_rejected_in_one_line(settings: dict[str, object]) -> None:
    try:
        make_config(**settings)
    except ConfigError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - they may be good as well


@examples(200)
@given(
    st.sampled_from(sorted(CONFIG_JSONSCHEMA["properties"])),
    st.text(max_size=20) | st.text('0123456789.+-eE_ NaInfity[]{}":,~/', max_size=12),
)
def test_any_string_is_valid_or_rejected_in_one_line(name: str, text: str) -> None:
    try:
        config_from_environment(**{name: text})
    except ConfigError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - it may be good as well
