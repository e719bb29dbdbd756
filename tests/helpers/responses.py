"""Responses, and how the tap classifies them."""

from __future__ import annotations

import io

from tap_ozonetel.api.responses import (
    ClassifiedResponse,
    ResponseKind,
    classify_response,
    classify_token_response,
)
from tests.helpers.bodies import dump


def body_of(status: object, message: str, **more: object) -> dict[str, object]:
    return {"status": status, "message": message, **more}


def classified(
    status: int, body: object, *, paginated: bool = False, rows_in_message: bool = False
) -> ClassifiedResponse:
    raw = io.BytesIO(body if isinstance(body, bytes) else dump(body))
    return classify_response(status, raw, paginated=paginated, rows_in_message=rows_in_message)


def kind_of(status: int, body: object, *, paginated: bool = False) -> ResponseKind:
    return classified(status, body, paginated=paginated).kind


def token_kind(status: int, body: bytes) -> ResponseKind:
    return classify_token_response(status, io.BytesIO(body)).kind
