"""No key, token, phone number or body is logged, whichever error occurs."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import THREE_DAYS
from tests.helpers.sync import Sync, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

FAULTS = ["", "2=html", "2=cut", "2=502", "2=unknown", "2=400", "2=rate", "2=token-expired"]
FAULTS += ["2=token-revoked", "2=missing-credentials", "2=null-details", "2=redirect", "2=broken"]
FAULTS += ["*=missing-credentials", "*=502", "2=reset", "token1=503", "token*=html", "1=slow:5"]
FAULTS += [
    f"2=malformed:{kind}" for kind in ("id-garbage", "id-huge", "id-none-both", "not-an-object")
]
FAULTS += [
    "2=malformed:unknown-field",
    "2=malformed:calldate-garbage",
    "2=malformed:rating-garbage",
    "*=total+1",
]


@pytest.mark.parametrize("faults", FAULTS)
def test_no_secret_is_logged(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, faults: str
) -> None:
    # At the lowest level, which includes the messages of libraries.
    caplog.set_level(logging.DEBUG)
    done, error = Sync(), ""
    options = Options(records=6, limit=100, rate_limit_response="200+token", faults=faults)
    with Sandbox(options, clock=clock) as box:
        try:
            sync(
                box,
                clock,
                "cdr_details",
                "cdr_paginated",
                output=done,
                request_timeout=1,
                **THREE_DAYS,
            )
        except OzonetelError as failure:
            error = str(failure)
        calls = box.calls_between(box.today().replace(day=14), box.today())
    # Remove measured times and the port, which may happen to contain a short phone number.
    port = box.url.rpartition(":")[2]
    log = re.sub(rf'\d+\.\d+|"pid":\d+|:{port}\b', "", f"{caplog.text}{error}")
    assert "cdr_details" in log
    secrets = {box.options.api_key, *box.tokens}
    for call in calls:
        for field in ("CallerID", "DialedNumber", "DID", "E164", "AgentName", "CallID", "UCID"):
            secrets.add(str(call[field]).lstrip("+0"))
    for secret in secrets - {""}:
        assert secret not in log
