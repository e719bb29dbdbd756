"""The expressions of stream maps: their syntax, their names, and the type of their values."""

from __future__ import annotations

import ast
import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_ozonetel.errors import OzonetelError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from singer_sdk.mapper import CustomStreamMap

    Schema = Mapping[str, Any]

#: What the SDK defines besides the fields of the record and the functions.
_NAMES = frozenset({"_", "record", "config", "__stream_name__", "__original_stream_name__"})

_FUNCTION_TYPES = {
    **dict.fromkeys(("str", "md5", "sha256"), "string"),
    **dict.fromkeys(("int", "randint"), "integer"),
    **dict.fromkeys(("float", "rand"), "number"),
    "bool": "boolean",
}
_METHOD_TYPES = {
    **dict.fromkeys(
        (
            *("capitalize", "casefold", "center", "expandtabs", "format", "join", "ljust", "lower"),
            *("lstrip", "removeprefix", "removesuffix", "replace", "rjust", "rstrip", "strip"),
            *("swapcase", "title", "upper", "zfill", "dumps", "isoformat", "strftime"),
        ),
        "string",
    ),
    **dict.fromkeys(
        (
            *("startswith", "endswith", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit"),
            *("islower", "isnumeric", "isspace", "istitle", "isupper"),
        ),
        "boolean",
    ),
    **dict.fromkeys(("count", "find", "index", "rfind", "rindex", "weekday"), "integer"),
}
#: The JSON types of Python's types. A bool is an int, so it comes first.
_JSON_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    ((float, Decimal), "number"),
    ((str, dt.date), "string"),
    ((list, tuple), "array"),
    (dict, "object"),
)
#: A type whose values are also of another type.
_WIDER = {"integer": "number"}
_NUMERIC = frozenset({"boolean", "integer", "number"})


def parse_expression(expression: str) -> ast.expr | None:
    """Parse an expression. None if it is not exactly one Python expression.

    The SDK would evaluate the first statement, and of an assignment its right side.
    """
    try:
        match ast.parse(expression).body:
            case [ast.Expr(value=node)]:
                return node
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    return None


class Scope(NamedTuple):
    """What an expression can use."""

    #: The field that the expression gives a value.
    field: str
    #: The schemas of the record's fields.
    fields: Mapping[str, Schema]
    #: The setting `stream_map_config`.
    config: Mapping[str, object]

    def find_unknown_names(self, node: ast.expr, functions: Iterable[str]) -> list[str]:
        """Find the names in an expression that are not defined."""
        names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
        known = {*_NAMES, *self.fields, *functions}
        known |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
        if self.field in self.fields:
            known.add("self")
        return sorted({name.id for name in names} - known)

    def infer_schema(self, node: ast.expr) -> Schema | None:
        """Infer the schema of an expression's value. None if it depends on the record.

        The SDK knows some functions. It declares everything else as a string, or with the schema
        that the field had before.
        """
        match node:
            case ast.Name(id="self"):
                return self.fields.get(self.field)
            case ast.Name(id=name):
                return self.fields.get(name)
            case ast.Subscript(
                value=ast.Name(id="record" | "_"), slice=ast.Constant(value=str(name))
            ):
                return self.fields.get(name)
            case ast.BoolOp(values=values):
                return self._common(values)
            case ast.IfExp(body=body, orelse=orelse):
                return self._common([body, orelse])
        kind = self._infer_type(node)
        return {"type": [kind, "null"]} if kind else None

    def _infer_type(self, node: ast.expr) -> str | None:
        kind = None
        match node:
            case ast.Constant(value=value):
                kind = _json_type(value)
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                kind = "boolean"
            case ast.JoinedStr():
                kind = "string"
            case ast.UnaryOp(operand=operand):
                kind = self._single_type(operand)
            case ast.BinOp(left=left, op=op, right=right):
                kind = _binary_type(self._single_type(left), op, self._single_type(right))
            case ast.Call(func=ast.Name(id=name)):
                kind = _FUNCTION_TYPES.get(name)
            case ast.Call(func=ast.Attribute(attr=name)):
                kind = _METHOD_TYPES.get(name)
            case ast.Subscript(value=ast.Name(id="config"), slice=ast.Constant(value=str(name))):
                kind = _json_type(self.config.get(name))
            case ast.Subscript(value=value) if self._single_type(value) == "string":
                kind = "string"
        return kind

    def _single_type(self, node: ast.expr) -> str | None:
        """The type of an operand other than null."""
        types = _json_types(self.infer_schema(node) or {})
        return next(iter(types)) if len(types) == 1 else None

    def _common(self, nodes: Collection[ast.expr]) -> Schema | None:
        """The schema of a value that is one of several, if it is the same for all."""
        schemas = [
            self.infer_schema(node)
            for node in nodes
            if not (isinstance(node, ast.Constant) and node.value is None)
        ]
        if all(schema == schemas[0] for schema in schemas[1:]):
            return next(iter(schemas), None)
        kinds = {self._single_type(node) for node in nodes} - {None}
        kinds -= {"integer"} if "number" in kinds else set()
        return {"type": [kinds.pop(), "null"]} if len(kinds) == 1 and all(schemas) else None


def _binary_type(left: str | None, op: ast.operator, right: str | None) -> str | None:
    if isinstance(op, ast.Mod | ast.Add) and left == "string":
        return "string"
    if left == right == "boolean" and isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor):
        return "boolean"
    if left in _NUMERIC and right in _NUMERIC:
        is_integer = "number" not in {left, right} and not isinstance(op, ast.Div | ast.Pow)
        return "integer" if is_integer else "number"
    return None


def _json_type(value: object) -> str | None:
    """The JSON type of a value. None for null."""
    return next((name for kind, name in _JSON_TYPES if isinstance(value, kind)), None)


def _json_types(schema: Schema) -> frozenset[str]:
    """The types in a schema, except null."""
    types = schema.get("type", ())
    return frozenset([types] if isinstance(types, str) else types) - {"null"}


class Evaluator:
    """Evaluates the expressions of a stream map, instead of the SDK's evaluator.

    An error of Python may have values of the record in its message. Here it has the field.
    """

    def __init__(
        self, stream_map: CustomStreamMap, stream: str, definition: Mapping[str, object]
    ) -> None:
        self._evaluator: Any = stream_map.expr_evaluator
        self._evaluator.operators = {
            op: _exact(function) if issubclass(op, ast.operator) else function
            for op, function in self._evaluator.operators.items()
        }
        self._stream = stream
        self._fields: dict[str, list[str]] = {}
        self._types: dict[str, frozenset[str]] = {}
        properties: Mapping[str, Schema] = stream_map.transformed_schema["properties"]
        for field, expression in definition.items():
            if isinstance(expression, str):
                self._fields.setdefault(expression, []).append(field)
                known = self._types.get(expression, frozenset())
                self._types[expression] = known | _json_types(properties.get(field, {}))
        #: The names that an expression can use. The SDK sets them for each record.
        self.names: object = None

    def eval(self, expression: str, previously_parsed: ast.AST | None = None) -> object:
        """Evaluate an expression.

        Raises:
            OzonetelError: The expression fails, or its value does not fit the SCHEMA message. The
                message has the stream, the field and the expression.
        """
        self._evaluator.names = self.names
        try:
            value = self._evaluator.eval(expression, previously_parsed=previously_parsed)
        except Exception as error:  # noqa: BLE001 - an expression can raise anything
            raise self._error(expression, type(error).__name__) from None
        kind, types = _json_type(value), self._types[expression]
        if kind and types and not {kind, _WIDER.get(kind)} & types:
            raise self._error(
                expression,
                f"the value has the type {kind}, but the field has {' or '.join(sorted(types))}; "
                "put str(), int(), float() or bool() around the expression",
            )
        return value

    def _error(self, expression: str, reason: str) -> OzonetelError:
        return OzonetelError(
            f"The stream map of {self._stream} fails at {' or '.join(self._fields[expression])} "
            f"({reason}): {' '.join(expression.split())}"
        )


def _exact(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Make an operator accept a Decimal and a float, which Python does not.

    Numbers with a fraction are Decimal in a record, and float in an expression.
    """

    def apply(left: object, right: object) -> object:
        if isinstance(left, Decimal) and isinstance(right, float):
            right = Decimal(repr(right))
        elif isinstance(left, float) and isinstance(right, Decimal):
            left = Decimal(repr(left))
        return function(left, right)

    return apply
