"""The SDK's own test suite. It adds to these tests, because several of its tests cannot fail."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from sandbox import Options, Sandbox
from tap_ozonetel.tap import TapOzonetel
from tests.helpers.sync import make_catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

BOX = Sandbox(Options(records=60, limit=1000, dial_count=True))
YESTERDAY = BOX.today() - dt.timedelta(days=1)
#: The suite requires a value in every field, and most calls are not rated.
RATED = next(call for call in BOX.calls(YESTERDAY) if call["Rating"] is not None)


@pytest.fixture(scope="module", autouse=True)
def _account() -> Iterator[None]:
    with BOX:
        yield


TestTapOzonetel: Any = get_tap_test_class(
    TapOzonetel,
    config={
        **BOX.config,
        "cache_dir": "",
        "calls": [{"ucid": RATED["UCID"], "call_date": str(YESTERDAY)}],
    },
    catalog=make_catalog("cdr_details", "cdr_paginated", "cdr_by_ucid"),
    suite_config=SuiteConfig(max_records_limit=50),
    parse_env_config=False,
)
