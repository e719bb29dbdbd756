"""The command `tap-ozonetel`: its options and what each of them does."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import click
from singer_sdk import Tap
from singer_sdk.cli import plugin_cli
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_ozonetel.singer.cli import with_one_line_errors
from tap_ozonetel.singer.json_files import read_config_file
from tap_ozonetel.singer.log_config import configure_logging
from tap_ozonetel.singer.message_writer import output_errors
from tap_ozonetel.streams.base import CdrStream

#: The word for `--config` that reads the environment.
_ENV = "ENV"


class CommandLineTap(Tap):
    """A tap whose command reads its files and tests its connection differently from the SDK."""

    @abstractmethod
    def test_connection(self) -> None:
        """Test the connection."""

    def write_selected_schemas(self) -> None:
        """Write the SCHEMA messages of the selected streams."""
        for stream in self.streams.values():
            if stream.selected and isinstance(stream, CdrStream):
                stream.write_schema()

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        given = super().cb_config(ctx, param, tuple(path for path in value if path == _ENV))
        for path in value:
            if path != _ENV:
                given.config |= read_config_file(path)
        return given

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        for option in command.params:
            if option.name in {"discover", "test"}:
                # `invoke` does their work. The SDK's connection test reads one record of every
                # stream, and all 15 days if there are no calls; its schema test has no catalog.
                option.callback, option.expose_value = None, True
            if option.name == "test":
                option.type = click.Choice([each.value for each in CliTestOptionValue])
            elif option.name in {"catalog", "state"}:
                # The SDK would open the file and would not name it in an error.
                option.type = click.STRING
        return with_one_line_errors(command)

    @classmethod
    @override
    def invoke(
        cls,
        *,
        discover: bool = False,
        test: str = CliTestOptionValue.Disabled.value,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        catalog: Any = None,
        state: Any = None,
        **others: Any,
    ) -> None:
        del others
        if about:
            with output_errors():
                super().invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        settings: dict[str, Any] = {"config": config.config, "parse_env_config": config.parse_env}
        if discover:
            tap = cls(**settings, validate_config=False, setup_mapper=False)
            with output_errors():
                tap.run_discovery()
        elif test == CliTestOptionValue.All.value:
            cls(**settings).test_connection()
        elif test == CliTestOptionValue.Schema.value:
            cls(**settings, catalog=catalog, state=state).write_selected_schemas()
        else:
            cls(**settings, catalog=catalog, state=state).sync_all()

    @plugin_cli
    def cli(cls) -> click.Command:  # noqa: N805 - as in the SDK
        """The command."""
        return configure_logging(cls.name, lambda: super(CommandLineTap, cls).cli)
