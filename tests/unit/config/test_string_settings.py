"""String settings with what a file, a secret or an editor left around them."""

from __future__ import annotations

import pytest

from tap_ozonetel.errors import ConfigError
from tests.helpers.config import make_config

STRINGS = [
    *("api_key", "username", "campaign_name", "call_type", "call_status", "user_agent"),
    "cache_dir",
]
WITH_REMAINS = [
    *("canary\n", "canary\r\n", "\ncanary", "can\nary", "canary\u2028", "canary\x85", "can\0ary"),
    *(" canary", "canary ", "canary\t", "canary\u00a0", "\u3000canary", "   ", "\n"),
    *("\ufeffcanary", "canary\u200b", "canary\ud83d"),
    *('"canary"', "'canary'", "`canary`", '""'),
]


@pytest.mark.parametrize("name", STRINGS)
@pytest.mark.parametrize("value", WITH_REMAINS, ids=ascii)
def test_a_string_with_remains_is_rejected_by_name(name: str, value: str) -> None:
    words = f"^The setting {name} must be .*no leading or trailing spaces and no quotes around it"
    with pytest.raises(ConfigError, match=words) as error:
        make_config(**{name: value})
    assert "canary" not in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["username", "campaign_name", "call_type", "call_status"])
@pytest.mark.parametrize(
    "value",
    [
        *("acme", "Acme Sales 2", "a", '"', "O'Hara", '5" pipes', "'90s", "“Acme”", "x" * 500),
        *("हिन्दी बिक्री", "क्\u200dष", "Ventes été", "\U0001f4de Sales"),
    ],
)
def test_a_string_in_any_language_is_accepted(name: str, value: str) -> None:
    make_config(**{name: value})


@pytest.mark.parametrize("name", ["api_key", "user_agent"])
def test_a_header_is_ascii(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} must be .*ASCII"):
        make_config(**{name: "clé"})


@pytest.mark.parametrize("name", ["timezone", "api_url", "start_date", "end_date", "auth_method"])
@pytest.mark.parametrize("change", ['"{}"', "'{}'", "{}\n", " {}"])
def test_the_others_are_rejected_with_quotes_or_spaces(name: str, change: str) -> None:
    clean = {
        "timezone": "Asia/Kolkata",
        "api_url": "https://partner.example",
        "start_date": "2026-03-01",
        "end_date": "2026-03-01",
        "auth_method": "token",
    }[name]
    make_config(**{name: clean})
    with pytest.raises(ConfigError, match=f"The setting {name} must be"):
        make_config(**{name: change.format(clean)})
