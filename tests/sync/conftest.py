"""Fixtures for syncs in this process."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tap_ozonetel import transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_ozonetel.transport.request import RawResponse


@pytest.fixture
def alter(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[bytes]]:
    """Alter the bodies with records on their way, and their headers."""

    def install(change: Callable[[bytes], bytes], **headers: str) -> list[bytes]:
        send, sent = transport.send, []

        def send_altered(*args: Any, **options: Any) -> RawResponse:  # noqa: ANN401
            response = send(*args, **options)
            response.body.seek(0)
            content = response.body.read()
            if b'"details"' not in content:
                return response
            sent.append(change(content))
            response.body.seek(0)
            response.body.truncate()
            response.body.write(sent[-1])
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return replace(response, headers={**response.headers, **named})

        monkeypatch.setattr(transport, "send", send_altered)
        return sent

    return install
