"""Normalizes the rows of the agent summary."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from typing_extensions import override

from tap_ozonetel.errors import UnusableRecordError
from tap_ozonetel.records.converters import to_string
from tap_ozonetel.records.normalizer import RecordNormalizer
from tap_ozonetel.records.schema import AGENT_SUMMARY_SCHEMA, SUMMARY_KEY_PROPERTIES


class SummaryNormalizer(RecordNormalizer):
    """Normalizes the records of the stream agent_summary."""

    schema = AGENT_SUMMARY_SCHEMA
    key_properties = SUMMARY_KEY_PROPERTIES

    @override
    def normalize_keys(self, record: dict[str, Any]) -> None:
        for name in ("AgentUniqueID", "ModeType"):
            value = record.get(name)
            is_usable = isinstance(value, str | int | Decimal) and not isinstance(value, bool)
            record[name] = to_string(value) if is_usable else None
            if not record[name]:
                raise UnusableRecordError(f"without a usable {name}")
