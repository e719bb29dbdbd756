"""Applies the settings `stream_maps` and `flattening_…`, and names what is wrong in them."""

from __future__ import annotations

import ast
import copy
import fnmatch
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.mapper import (
    MAPPER_SOURCE_OPTION,
    NULL_STRING,
    CustomStreamMap,
    PluginMapper,
    RemoveRecordTransform,
    SameRecordTransform,
)
from singer_sdk.singerlib import Catalog, CatalogEntry, Schema

from tap_ozonetel.errors import ConfigError, OzonetelError
from tap_ozonetel.singer.json_files import quote

if TYPE_CHECKING:
    import logging
    from collections.abc import Collection, Iterator, Mapping

    from singer_sdk import Stream

_OPTION_PREFIX = "__"


def build_mapper(
    config: Mapping[str, Any], streams: Collection[Stream], logger: logging.Logger
) -> PluginMapper:
    """Build the mapper of the tap.

    The SDK would apply the maps to streams that are not selected too. Their schema is empty then,
    and a map of one of their fields is an error.

    Args:
        config: The settings. They are not changed.
        streams: The streams of the tap.
        logger: The logger of the tap.

    Returns:
        The mapper, which has the maps of the selected streams.

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
        keys = list(stream.primary_keys)
        if not stream.selected:
            schema = stream.effective_schema
            mapper.stream_maps[stream.name] = [SameRecordTransform(stream.name, schema, keys, None)]
            continue
        definitions = {
            key: definition
            for key, definition in maps.items()
            if isinstance(definition, dict) and _applies(key, definition, stream.name)
        }
        for key, definition in definitions.items():
            for field in _check_fields(key, definition, stream.effective_schema["properties"]):
                logger.warning(
                    "The setting stream_maps removes %s from %s, which has no such field",
                    quote(field),
                    stream.name,
                )
        entry = CatalogEntry(
            tap_stream_id=stream.name,
            metadata=stream.metadata,
            schema=Schema.from_dict(stream.effective_schema),
            key_properties=keys,
        )
        with _config_errors(f"stream_maps or flattening, {stream.name}"):
            mapper.register_raw_streams_from_catalog(Catalog({stream.name: entry}))
        for stream_map in mapper.stream_maps[stream.name]:
            if isinstance(stream_map, CustomStreamMap):
                evaluator: Any = _Evaluator(
                    stream_map.expr_evaluator, stream.name, list(definitions.values())
                )
                stream_map.expr_evaluator = evaluator
    return mapper


def is_removed(stream: Stream) -> bool:
    """Whether the stream maps remove a stream."""
    return all(isinstance(stream_map, RemoveRecordTransform) for stream_map in stream.stream_maps)


@contextmanager
def _config_errors(what: str) -> Iterator[None]:
    """Convert any error of the SDK. It has seen the config and the schema only, not a record."""
    try:
        yield
    except ConfigValidationError as error:
        raise ConfigError(f"The settings: {'; '.join(error.errors)}") from error
    except Exception as error:
        text = " ".join(str(error).split()) or type(error).__name__
        raise ConfigError(f"The setting {what}: {text}") from error


def _applies(key: str, definition: object, stream: str) -> bool:
    """Whether a map is one of a stream."""
    source = definition.get(MAPPER_SOURCE_OPTION, key) if isinstance(definition, dict) else key
    return fnmatch.fnmatch(stream, source)


def _check_fields(
    key: str, definition: Mapping[str, object], fields: Collection[str]
) -> Iterator[str]:
    """Check the expressions of a map.

    Yields:
        The fields that the map removes, but that the stream does not have.

    Raises:
        ConfigError: An expression has no valid syntax.
    """
    for field, expression in definition.items():
        if expression is None or expression == NULL_STRING:
            if field not in fields and not field.startswith(_OPTION_PREFIX):
                yield field
        elif isinstance(expression, str) and field not in {MAPPER_SOURCE_OPTION, "__alias__"}:
            try:
                is_valid = bool(ast.parse(expression).body)
            except (SyntaxError, ValueError):
                is_valid = False
            if not is_valid:
                raise ConfigError(
                    f"The setting stream_maps, {key}, {field}: the expression is not valid Python: "
                    f"{' '.join(expression.split())}"
                )


class _Evaluator:
    """Evaluates the expressions of a stream map, and names the one that fails.

    The errors of an expression may have values of the record in their text.
    """

    def __init__(
        self,
        evaluator: Any,  # noqa: ANN401 - a class of the SDK that has no types
        stream: str,
        definitions: Collection[Mapping[str, object]],
    ) -> None:
        self._evaluator = evaluator
        self._stream = stream
        self._definitions = definitions

    @property
    def names(self) -> object:
        """The names that an expression can use."""
        return self._evaluator.names

    @names.setter
    def names(self, names: object) -> None:
        self._evaluator.names = names

    def eval(self, expression: str, previously_parsed: ast.AST | None = None) -> object:
        """Evaluate an expression.

        Raises:
            OzonetelError: The expression fails. It has the stream, the field and the expression.
        """
        try:
            return self._evaluator.eval(expression, previously_parsed=previously_parsed)
        except Exception as error:  # noqa: BLE001 - an expression can raise anything
            fields = dict.fromkeys(
                field
                for definition in self._definitions
                for field, value in definition.items()
                if value == expression
            )
            raise OzonetelError(
                f"The stream map of {self._stream} fails at {' or '.join(fields)} "
                f"({type(error).__name__}): {' '.join(expression.split())}"
            ) from None
