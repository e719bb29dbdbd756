"""The names in a fault script."""

from __future__ import annotations

from typing import Literal

#: Requests of each kind are numbered separately.
RequestKind = Literal["cdr", "token", "summary"]
#: Faults that replace the response without evaluating the request.
REPLACEMENT_FAULTS = (
    "html",
    "html502",
    "reset",
    "empty-body",
    "unknown",
    "token-expired",
    "token-expired-401",
    "token-revoked",
    "missing-credentials",
    "rate",
    "rate+retry-after",
    "redirect",
)
#: Faults of the body of a response with records.
BODY_FAULTS = (
    "null-details",
    "no-details",
    "details-object",
    "details-text",
    "details-renamed",
    "unfamiliar",
    "broken",
    "malformed",
)
#: Faults of the pages of CDRs.
PAGE_FAULTS = ("no-total", "total+", "total-", "repeat", "endless")
#: Faults of the connection; the response itself is correct.
TRANSPORT_FAULTS = ("slow", "stall", "cut", "cut-chunked", "cut-in-string", "unterminated")
#: Kinds of malformed records; one replaces the first record of the response.
MALFORMED_KINDS = (
    "id-text",
    "id-huge",
    "id-float",
    "id-garbage",
    "id-none-ucid",
    "id-none-callid",
    "id-none-both",
    "calldate-missing",
    "calldate-garbage",
    "calldate-future",
    "numbers-in-text",
    "bool-in-text",
    "list-in-text",
    "object-in-text",
    "nul",
    "unknown-field",
    "rating-text",
    "rating-garbage",
    "not-an-object",
    "surrogate",
    "deep",
)

#: Kinds of malformed rows of a summary; only the first two are not kinds of malformed CDRs.
SUMMARY_MALFORMED_KINDS = (
    "agent-missing",
    "mode-missing",
    "calldate-missing",
    "calldate-garbage",
    "calldate-future",
    "numbers-in-text",
    "bool-in-text",
    "list-in-text",
    "object-in-text",
    "nul",
    "unknown-field",
    "not-an-object",
    "surrogate",
    "deep",
)
