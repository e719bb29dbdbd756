"""Applies the settings `stream_maps` and `flattening_…`, and names what is wrong in them."""

from __future__ import annotations

import copy
import fnmatch
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.mapper import (
    MAPPER_ALIAS_OPTION,
    MAPPER_ELSE_OPTION,
    MAPPER_FILTER_OPTION,
    MAPPER_KEY_PROPERTIES_OPTION,
    MAPPER_SOURCE_OPTION,
    NULL_STRING,
    CustomStreamMap,
    PluginMapper,
    RemoveRecordTransform,
    SameRecordTransform,
    StreamMap,
)
from singer_sdk.singerlib import Catalog, CatalogEntry, Schema

from tap_ozonetel.errors import ConfigError
from tap_ozonetel.singer.expressions import Evaluator, Scope, parse_expression
from tap_ozonetel.singer.json_files import quote

if TYPE_CHECKING:
    import logging
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from singer_sdk import Stream

_ELSE, _FILTER, _SOURCE = MAPPER_ELSE_OPTION, MAPPER_FILTER_OPTION, MAPPER_SOURCE_OPTION
#: The options of a map that are not expressions.
_NO_EXPRESSION = frozenset({_ELSE, _SOURCE, MAPPER_ALIAS_OPTION, MAPPER_KEY_PROPERTIES_OPTION})


def build_mapper(
    config: Mapping[str, Any], streams: Collection[Stream], logger: logging.Logger
) -> PluginMapper:
    """Build the mapper of the tap.

    The SDK would apply the maps to streams that are not selected too. Their schema is empty then,
    and a map of one of their fields is an error.

    Returns:
        The mapper, which has the maps of the selected streams. The config is not changed.

    Raises:
        ConfigError: A map or the flattening of a selected stream is not possible.
    """
    maps = copy.deepcopy(config.get("stream_maps", {}))
    with _config_errors("stream_maps"):
        mapper = PluginMapper({**config, "stream_maps": maps}, logger)
    for key, definition in maps.items():
        if not any(_applies(key, definition, stream.name) for stream in streams):
            logger.warning("The setting stream_maps has %s, which is not a stream", quote(key))
    for stream in streams:
        if stream.selected:
            _map_stream(mapper, stream, maps, logger)
        else:
            mapper.stream_maps[stream.name] = [
                SameRecordTransform(
                    stream.name, stream.effective_schema, list(stream.primary_keys), None
                )
            ]
    _check_aliases({each.name: mapper.stream_maps[each.name] for each in streams if each.selected})
    return mapper


def _map_stream(
    mapper: PluginMapper, stream: Stream, maps: Mapping[str, object], logger: logging.Logger
) -> None:
    """Check the maps of a selected stream, and add them to the mapper."""
    own = {key: each for key, each in maps.items() if _applies(key, each, stream.name)}
    # The SDK would use the last of the others, and ignore what the first one hides.
    copies = [key for key, each in own.items() if isinstance(each, dict) and _SOURCE in each]
    if len(own) - len(copies) > 1:
        keys = ", ".join(quote(key) for key in own if key not in copies)
        raise ConfigError(
            f"The setting stream_maps has several maps for {stream.name}: {keys}. Keep one of them"
        )
    schema = stream.effective_schema
    fields = {
        field: definition
        for field, definition in schema["properties"].items()
        if stream.mask["properties", field]
    }
    # In the order of the SDK, which has the copies of a stream last.
    definitions = {
        key: each
        for key in sorted(own, key=copies.__contains__)
        if isinstance(each := own[key], dict)
    }
    for key, definition in definitions.items():
        for field in _check_map(key, definition, fields):
            logger.warning(
                "The setting stream_maps removes %s from %s, which has no such field",
                quote(field),
                stream.name,
            )
    entry = CatalogEntry(
        tap_stream_id=stream.name,
        metadata=stream.metadata,
        schema=Schema.from_dict(schema),
        key_properties=list(stream.primary_keys),
    )
    with _config_errors(f"stream_maps or flattening, {stream.name}"):
        mapper.register_raw_streams_from_catalog(Catalog({stream.name: entry}))
    custom = [each for each in mapper.stream_maps[stream.name] if isinstance(each, CustomStreamMap)]
    for (key, definition), stream_map in zip(definitions.items(), custom, strict=True):
        _type_fields(stream_map, key, definition, fields)
        evaluator: Any = Evaluator(stream_map, stream.name, definition)
        stream_map.expr_evaluator = evaluator


@contextmanager
def _config_errors(what: str) -> Iterator[None]:
    """Convert any error of the SDK. It has seen the config and the schema only, not a record."""
    try:
        yield
    except ConfigValidationError as error:
        raise ConfigError(f"The settings: {'; '.join(error.errors)}") from error
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConfigError(f"The setting {what}: {reason}") from error


def _applies(key: str, definition: object, stream: str) -> bool:
    """Whether a map applies to a stream."""
    source = definition.get(_SOURCE, key) if isinstance(definition, dict) else key
    return fnmatch.fnmatch(stream, source)


def _check_map(
    key: str, definition: Mapping[str, object], fields: Collection[str]
) -> Iterator[str]:
    """Check the fields of a map and the syntax of its expressions.

    Yields:
        The fields that the map removes, but that the stream does not have.

    Raises:
        ConfigError: A field differs only in case from one of the stream, or an expression is not
            one Python expression.
    """
    where = f"The setting stream_maps, {key}"
    by_case = {field.casefold(): field for field in fields}
    for field, value in definition.items():
        if field in _NO_EXPRESSION:
            continue
        similar = by_case.get(field.casefold(), field)
        if similar not in {field, *definition} and _ELSE not in definition:
            raise ConfigError(
                f"{where}, {field}: the stream has {similar}, which would not be changed. Write "
                f"{similar}"
            )
        if value is None or value == NULL_STRING:
            if field not in fields and field != _FILTER:
                yield field
        elif isinstance(value, str) and not parse_expression(value):
            raise ConfigError(
                f"{where}, {field}: this is not a single Python expression: "
                f"{' '.join(value.split())}"
            )


def _type_fields(
    stream_map: CustomStreamMap,
    key: str,
    definition: Mapping[str, object],
    fields: Mapping[str, Mapping[str, Any]],
) -> None:
    """Give the fields of a map the types of their expressions.

    Raises:
        ConfigError: An expression uses what the stream does not have.
    """
    functions = {*stream_map.functions, *(["fake"] if stream_map.fake else [])}
    properties = stream_map.transformed_schema["properties"]
    for field, value in definition.items():
        node = parse_expression(value) if isinstance(value, str) else None
        if node is None or field in _NO_EXPRESSION or value == NULL_STRING:
            continue
        scope = Scope(field, fields, stream_map.map_config)
        if unknown := scope.find_unknown_names(node, functions):
            raise ConfigError(
                f"The setting stream_maps, {key}, {field}: {', '.join(unknown)} is not a field of "
                f"the stream or a function: {' '.join(str(value).split())}"
            )
        schema = scope.infer_schema(node)
        if schema and field in properties:
            properties[field] = dict(schema)


def _check_aliases(stream_maps: Mapping[str, Sequence[StreamMap]]) -> None:
    """Check that no two streams get the same name, which would mix their rows.

    Raises:
        ConfigError: There are two.
    """
    sources: dict[str, str] = {}
    for stream, each in stream_maps.items():
        for stream_map in each:
            alias = stream_map.stream_alias
            if isinstance(stream_map, RemoveRecordTransform):
                continue
            if alias in sources:
                raise ConfigError(
                    f"The setting stream_maps gives {sources[alias]} and {stream} the same name, "
                    f"{quote(alias)}. Give each its own (__alias__, or the key of a __source__)"
                )
            sources[alias] = stream
