"""Normalizes call detail records."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, ClassVar

from typing_extensions import override

from tap_ozonetel.errors import UnusableRecordError
from tap_ozonetel.records.converters import fits_int64
from tap_ozonetel.records.normalizer import RecordNormalizer
from tap_ozonetel.records.schema import CDR_KEY_PROPERTIES, CDR_SCHEMA, MAX_INT64, MIN_INT64

# Leading zeros aside, a 64-bit number has no more digits than this.
_ID = re.compile(r"[+-]?[0-9]{1,40}")


class CdrNormalizer(RecordNormalizer):
    """Normalizes the records of a CDR stream."""

    schema = CDR_SCHEMA
    key_properties = CDR_KEY_PROPERTIES
    aliases: ClassVar = {"transferto": "TransferredTo"}

    @override
    def normalize_keys(self, record: dict[str, Any]) -> None:
        """Convert both ids to exact integers. A missing one gets the value of the other.

        The API does not promise that both are there (docs/ozonetel-api.md, "Records").
        """
        call_id, ucid = record.get("CallID"), record.get("UCID")
        if type(call_id) is type(ucid) is int and fits_int64(call_id) and fits_int64(ucid):
            return
        call_id, ucid = _parse_id("CallID", call_id), _parse_id("UCID", ucid)
        if call_id is None and ucid is None:
            raise UnusableRecordError("with neither CallID nor UCID")
        if ucid is None:
            self.notes["without a UCID: the legs of a call overwrite each other in the target"] += 1
        record["CallID"] = ucid if call_id is None else call_id
        record["UCID"] = call_id if ucid is None else ucid


def _parse_id(name: str, value: object) -> int | None:
    """Parse an id as a 64-bit integer; None if it is missing.

    Raises:
        UnusableRecordError: The value is not an integer of 64 bits.
    """
    if value is None or value == "":
        return None
    number = value
    if isinstance(value, str) and _ID.fullmatch(value.strip()):
        number = int(value)
    if isinstance(value, Decimal) and fits_int64(value) and value == value.to_integral_value():
        number = int(value)
    if type(number) is int and MIN_INT64 <= number <= MAX_INT64:
        return number
    raise UnusableRecordError(f"with a {name} that is not a 64-bit integer")
