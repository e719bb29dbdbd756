"""A plain tap built with the Meltano SDK, as its template and its guide suggest.

https://sdk.meltano.com/en/latest/dev_guide.html
"""

# /// script
# requires-python = ">=3.11"
# dependencies = ["singer-sdk==0.54.9"]
# ///

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import RESTStream, Stream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator
from typing_extensions import override

from benchmarks.baselines import account

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.helpers.types import Context


class CdrDetails(RESTStream[int]):
    """All calls of a day."""

    name = "cdr_details"
    path = account.CDR_PATH
    payload_as_json = True
    records_jsonpath = "$.details[*]"
    primary_keys = ("CallID", "UCID")
    schema: ClassVar[dict[str, Any]] = account.record_schema()

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["api_url"])

    @property
    @override
    def authenticator(self) -> BearerTokenAuthenticator:
        return BearerTokenAuthenticator(token=self.config["token"])

    @override
    def prepare_request_payload(
        self, context: Context | None, next_page_token: int | None
    ) -> dict[str, str]:
        return account.request_body(self.config["day"])


class TapPlain(Tap):
    """The tap."""

    name = "tap-plain"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("token", th.StringType, required=True, secret=True),
        th.Property("day", th.StringType, required=True),
    ).to_dict()

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [CdrDetails(self)]


if __name__ == "__main__":
    url, the_day = account.parse_arguments()
    TapPlain(config={"api_url": url, "token": account.fetch_token(url), "day": the_day}).sync_all()
