"""Checks the entry of a stream in a catalog, and repairs it where there is only one right value."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from singer_sdk.singerlib import CatalogEntry
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE, REPLICATION_INCREMENTAL

from tap_ozonetel.errors import ConfigError
from tap_ozonetel.singer.json_files import describe_type, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

_Breadcrumb = tuple[str, ...]
_Metadata = dict[_Breadcrumb, dict[str, Any]]
_Json = TypeVar("_Json", dict[str, Any], list[Any], str)


class StreamDefinition(NamedTuple):
    """What the entry of a stream must agree with."""

    schema: dict[str, Any]
    key_properties: tuple[str, ...]
    #: None if the stream is not incremental.
    replication_key: str | None


class EntryChecker:
    """Checks the entry of a stream, and repairs it."""

    def __init__(self, where: str, entry: dict[str, Any], definition: StreamDefinition) -> None:
        self.where = where
        self.stream: str = entry["tap_stream_id"]
        self.entry = entry
        self.own_schema, self.keys, self.replication_key = definition
        self.warnings: list[str] = []

    def check(self) -> CatalogEntry:
        """Check the entry and repair it."""
        schema = self._check_schema()
        metadata = self._check_metadata()
        # Without a root the SDK selects the stream, but none of the fields that have metadata.
        root = metadata.setdefault((), {"selected": True})
        if root.get("inclusion") == "automatic":
            # Only fields can be automatic. The SDK would ignore a deselected stream.
            root["selected"] = root.get("selected") is not False
            del root["inclusion"]
        for field in filter(None, (*self.keys, self.replication_key)):
            schema["properties"].setdefault(field, self.own_schema["properties"][field])
            metadata["properties", field] = {"inclusion": "automatic"}
        self._check_key_properties(root, schema["properties"])
        method = self._check_replication_method(root)
        self._check_replication_key(root)
        if self.entry.get("stream") not in {None, self.stream}:
            self._warn("is named", self.stream, self.entry["stream"])
        return self._build(schema, metadata, method)

    def _build(self, schema: dict[str, Any], metadata: _Metadata, method: str) -> CatalogEntry:
        try:
            return CatalogEntry.from_dict(
                {
                    **self.entry,
                    "stream": self.stream,
                    "schema": schema,
                    "metadata": [
                        {"breadcrumb": list(breadcrumb), "metadata": values}
                        for breadcrumb, values in metadata.items()
                    ],
                    "key_properties": list(self.keys),
                    "replication_key": self.replication_key,
                    "replication_method": method,
                }
            )
        except Exception as error:
            raise ConfigError(
                f"{self.where}.schema is not a JSON schema that the Singer SDK can read "
                f"({type(error).__name__})"
            ) from error

    def _check_schema(self) -> dict[str, Any]:
        """The schema of the entry, or of the stream if the entry has none."""
        where = f"{self.where}.schema"
        schema = expect(self.entry.get("schema") or {}, dict, where)
        if schema.get("properties") is None:
            return copy.deepcopy(self.own_schema)
        for field, definition in expect(schema["properties"], dict, f"{where}.properties").items():
            expect(definition, dict, f"{where}.properties.{field}")
        return {"type": "object", **schema}

    def _check_metadata(self) -> _Metadata:
        metadata: _Metadata = {}
        where = f"{self.where}.metadata"
        for number, value in enumerate(expect(self.entry.get("metadata", []), list, where)):
            item = expect(value, dict, f"{where}[{number}]")
            breadcrumb = expect(item.get("breadcrumb"), list, f"{where}[{number}].breadcrumb")
            values = expect(item.get("metadata"), dict, f"{where}[{number}].metadata")
            for crumb in breadcrumb:
                expect(crumb, str, f"{where}[{number}].breadcrumb")
            for key in ("selected", "selected-by-default"):
                values[key] = _check_boolean(values.get(key), f"{where}[{number}].metadata.{key}")
            metadata[tuple(breadcrumb)] = values
        return metadata

    def _check_key_properties(self, root: dict[str, Any], fields: Mapping[str, object]) -> None:
        for where, given in (
            (f"{self.where}.key_properties", self.entry.get("key_properties")),
            (f"{self.where}.metadata: table-key-properties", root.get("table-key-properties")),
        ):
            keys = expect(given or [], list, where)
            for key in keys:
                if key not in fields:
                    raise ConfigError(
                        f"{where}: {quote(key)} is not a field of {self.stream}. The key is "
                        f"{', '.join(self.keys)}"
                    )
            if keys and sorted(keys) != sorted(self.keys):
                self._warn("has the key", ", ".join(self.keys), ", ".join(keys))
        root["table-key-properties"] = list(self.keys)

    def _check_replication_method(self, root: dict[str, Any]) -> str:
        """The replication method in the metadata, which users set, or else in the entry."""
        supported = [REPLICATION_FULL_TABLE]
        if self.replication_key:
            supported.insert(0, REPLICATION_INCREMENTAL)
        chosen: list[str] = []
        for given in (
            root.pop("replication-method", None),
            self.entry.get("replication_method"),
            root.pop("forced-replication-method", None),
        ):
            method = given.strip().upper() if isinstance(given, str) else None
            if method in {REPLICATION_INCREMENTAL, REPLICATION_FULL_TABLE}:
                chosen.append(method)
            elif given is not None and given != "":
                raise ConfigError(
                    f"{self.where}: the replication method of {self.stream} must be "
                    f"{' or '.join(supported)}, not {quote(given)}"
                )
        method = next(iter(chosen), supported[0])
        if method not in supported:
            self._warn("has the replication method", supported[0], method)
            return supported[0]
        return method

    def _check_replication_key(self, root: dict[str, Any]) -> None:
        for given in (root.get("replication-key"), self.entry.get("replication_key")):
            if given and given != self.replication_key:
                self._warn("has the replication key", self.replication_key or "none", given)
        root["replication-key"] = self.replication_key

    def _warn(self, what: str, right: str, given: object) -> None:
        warning = (
            f"The stream {self.stream} {what} {right}, not {quote(given)} as in the catalog. "
            "The catalog's value is ignored"
        )
        if warning not in self.warnings:
            self.warnings.append(warning)


def expect(value: object, kind: type[_Json], where: str) -> _Json:
    """Return a value that has a type, or raise an error that names its place."""
    if kind is list and isinstance(value, tuple):
        value = list(value)  # From the SDK, not from JSON.
    if not isinstance(value, kind):
        raise ConfigError(f"{where} must be {describe_type(kind())}, not {describe_type(value)}")
    return value


def _check_boolean(value: object, where: str) -> bool | None:
    """Return a boolean. In an environment variable it is a string."""
    words = {"true": True, "false": False}
    value = words.get(value.lower(), value) if isinstance(value, str) else value
    if value is not None and not isinstance(value, bool):
        raise ConfigError(f"{where} must be true or false, not {describe_type(value)}")
    return value
