"""Reads the settings in environment variables and in the file `.env`."""

from __future__ import annotations

import difflib
import io
import logging
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from tap_ozonetel.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from dotenv.parser import Binding

logger = logging.getLogger("tap-ozonetel")

_ENV_PREFIX = "TAP_OZONETEL_"

_ENV_FILE = Path(".env")
#: Variables of the SDK, and of Meltano for each plugin.
_OTHER_VARIABLES = frozenset({f"{_ENV_PREFIX}LOGLEVEL", f"{_ENV_PREFIX}LOG_CONFIG"})
#: Settings for which an empty string is a value.
_MAY_BE_EMPTY = frozenset({f"{_ENV_PREFIX}CACHE_DIR"})

_VARIABLE = re.compile(rf"(?<!\w){_ENV_PREFIX}\w*")
_LINE_OF_VARIABLE = re.compile(rf"^[^\S\n]*(?:export\s+)?({_ENV_PREFIX}[^\s=#]*)", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")


def load_environment() -> dict[str, str | None]:
    """Load the environment, and below it the `.env` file of the working directory.

    This is what the SDK documents. The SDK itself looks for the file next to the virtual
    environment.

    Raises:
        ConfigError: The file cannot be read, or a line of one of our variables in it.
    """
    environment = _read_env_file()
    for name, value in os.environ.items():
        if not value and environment.get(name) and name not in _MAY_BE_EMPTY:
            # It would uncover data if it is `stream_maps`. Without a value, a setting is not set.
            if name.startswith(_ENV_PREFIX):
                logger.warning("The variable %s is empty, so the value in .env is used", name)
        else:
            environment[name] = value
    return environment


def read_environment(
    schema: Mapping[str, Any], environment: Mapping[str, str | None]
) -> dict[str, str]:
    """Read the settings in an environment, as strings."""
    variables = {name: f"{_ENV_PREFIX}{name.upper()}" for name in schema["properties"]}
    values = {name: environment.get(variable) for name, variable in variables.items()}
    return {name: value for name, value in values.items() if value is not None}


def find_unknown_names(
    schema: Mapping[str, Any], config: Iterable[str], environment: Iterable[str]
) -> Iterator[str]:
    """Find names in the config and the environment that look like settings but are not.

    Yields:
        A message about the config, and one about the environment.
    """
    settings = {*schema["properties"]}
    if unknown := {*config} - settings:
        yield f"Ignoring unknown settings: {_with_similar(unknown, settings)}"
    variables = {f"{_ENV_PREFIX}{name.upper()}" for name in settings}
    unknown = {
        name
        for name in {*environment} - variables - _OTHER_VARIABLES
        # Meltano's extras, and its parts of settings that are objects, have two underscores.
        if name.upper().startswith(_ENV_PREFIX) and "__" not in name
    }
    if unknown:
        yield f"Ignoring variables that are not settings: {_with_similar(unknown, variables)}"


def _with_similar(unknown: Iterable[str], known: Collection[str]) -> str:
    """Join names, each with the most similar known name."""
    described = []
    for name in sorted(unknown):
        found = (difflib.get_close_matches(each, known, n=1) for each in (name, name.upper()))
        similar = next(filter(None, found), None)
        described.append(f"{name} (did you mean {similar[0]}?)" if similar else name)
    return ", ".join(described)


def _read_env_file() -> dict[str, str | None]:
    bindings = list(parse_stream(io.StringIO(_decode(_read_bytes()))))
    for binding in bindings:
        for position, problem in _find_problems(binding):
            text = binding.original.string
            line = binding.original.line + text.count("\n", 0, position)
            raise ConfigError(f"The file {_ENV_FILE}, line {line}: {problem}")
    # Without the broken lines of other programs, of which dotenv would warn.
    text = "".join(binding.original.string for binding in bindings if not binding.error)
    return dotenv_values(stream=io.StringIO(text))


def _read_bytes() -> bytes:
    try:
        mode = _ENV_FILE.stat().st_mode
        if stat.S_ISDIR(mode):  # A virtual environment.
            return b""
        if stat.S_ISFIFO(mode):
            raise ConfigError(
                f"The file {_ENV_FILE} is a named pipe, which may never end. Replace it with a "
                "file, or run in another directory"
            )
        return _ENV_FILE.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ConfigError(
            f"The file {_ENV_FILE} cannot be read: {error.strerror}. Correct its permissions, or "
            "run in another directory"
        ) from error


def _decode(content: bytes) -> str:
    """Decode a file that programs may share. Bytes that are not UTF-8 become surrogates."""
    for encoding in ("utf-16-le", "utf-16-be"):  # PowerShell's.
        if content.find(_ENV_PREFIX.encode(encoding)) % 2 == 0:  # Not -1.
            return content.decode(encoding, "replace").removeprefix("\ufeff")
    return content.decode("utf-8-sig", "surrogateescape")


def _find_problems(binding: Binding) -> Iterator[tuple[int, str]]:
    """Find our variables in a statement of the file that does not give them a value.

    Yields:
        A position in the statement, and what is wrong there.
    """
    text = binding.original.string
    # A key of PowerShell, such as `$env:NAME`, would be one of another program.
    if binding.error or (binding.key and _VARIABLE.search(binding.key, 1)):
        uncommented = re.sub("#.*", lambda comment: " " * len(comment[0]), text)
        for found in _VARIABLE.finditer(uncommented):
            yield found.start(), f"{found[0]} cannot be read. {_ADVICE}"
        return
    for found in _LINE_OF_VARIABLE.finditer(text):
        name = found[1]
        if name != binding.key:
            yield found.start(1), f"{name} is within quotes that an earlier line opens. {_ADVICE}"
        elif binding.value is None:
            yield found.start(1), f"{name} has no value. {_ADVICE}, or delete the line"
        elif _SURROGATE.search(binding.value):
            yield found.start(1), f"{name} is not UTF-8. Save the file as UTF-8"


_ADVICE = "Write NAME='value', with quotes around the whole value"
