"""The JSON schema of the settings. `validation.py` has the rules that it cannot express."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

TOKEN_AUTH = "token"  # noqa: S105 - the name of an authentication method
API_KEY_AUTH = "api_key"

CONFIG_JSONSCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "api_key",
        th.StringType,
        required=True,
        secret=True,
        title="API key",
        description="API key of the account, from the CloudAgent admin panel.",
    ),
    th.Property(
        "username",
        th.StringType,
        required=True,
        title="Username",
        description="Name of the CloudAgent account.",
    ),
    th.Property(
        "auth_method",
        th.StringType,
        default=TOKEN_AUTH,
        allowed_values=[TOKEN_AUTH, API_KEY_AUTH],
        title="Authentication method",
        description="How to authenticate: `token` or `api_key`. If the credentials are rejected, "
        "try the other one: the panel's “API Authentication” (TOKEN_AUTH or BASIC_AUTH) does not "
        "always show which one works.",
    ),
    th.Property(
        "api_url",
        th.StringType,
        default="https://in1-ccaas-api.ozonetel.com",
        title="API URL",
        description="Base URL of the API. International accounts use "
        "`https://api.ccaas.ozonetel.com`. Must be https, except for a server on this machine.",
    ),
    th.Property(
        "timezone",
        th.StringType,
        default="Asia/Kolkata",
        title="Time zone",
        description="IANA time zone that defines the account's days.",
    ),
    th.Property(
        "start_date",
        th.DateType,
        title="Start date",
        description="First day to read when there is no state, as YYYY-MM-DD. Earlier days are "
        "never read. Defaults to the oldest day that the API still serves, or to 29 days before "
        "today for agent_summary.",
    ),
    th.Property(
        "end_date",
        th.DateType,
        title="End date",
        description="Last day to read, as YYYY-MM-DD. Defaults to today.",
    ),
    th.Property(
        "lookback_days",
        th.IntegerType(minimum=0, maximum=14),
        default=1,
        title="Lookback days",
        description="Number of days before the bookmark to read again, because wrap-ups, "
        "dispositions and calls that run past midnight arrive late.",
    ),
    th.Property(
        "on_retention_gap",
        th.StringType,
        default="warn",
        allowed_values=["warn", "fail"],
        title="On retention gap",
        description="What to do when days after the bookmark are past the API's retention: `warn` "
        "logs them and continues, `fail` ends the run before the first request.",
    ),
    th.Property(
        "on_unusable_record",
        th.StringType,
        default="fail",
        allowed_values=["fail", "skip"],
        title="On unusable record",
        description="What to do with a record that is not a JSON object or has no usable key: "
        "`fail` ends the run at its day, `skip` skips only that record and logs a warning.",
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=1, maximum=500),
        default=500,
        title="Page size",
        description="Records per page of the stream cdr_paginated.",
    ),
    th.Property(
        "campaign_name",
        th.StringType,
        title="Campaign name",
        description="Read only calls of this campaign.",
    ),
    th.Property(
        "call_type",
        th.StringType,
        title="Call type",
        description="Read only calls of this type, such as InBound or Manual.",
    ),
    th.Property(
        "call_status",
        th.StringType,
        title="Call status",
        description="Read only calls with this status, such as Answered.",
    ),
    th.Property(
        "calls",
        th.ArrayType(
            th.ObjectType(
                th.Property(
                    "ucid",
                    th.CustomType({"type": ["string", "integer"]}),
                    required=True,
                    description="UCID of the call, as a number or a string.",
                ),
                th.Property(
                    "call_date",
                    th.DateType,
                    required=True,
                    description="Day of the call, as YYYY-MM-DD.",
                ),
            )
        ),
        default=[],
        title="Calls",
        description="Calls that the stream cdr_by_ucid looks up, one request each: a list of "
        "`{ucid, call_date}`.",
    ),
    th.Property(
        "rate_limit_requests",
        th.IntegerType(minimum=1),
        default=2,
        title="Rate limit: requests",
        description="Number of CDR requests that the account may make per period, across all "
        "streams that read calls.",
    ),
    th.Property(
        "summary_rate_limit_requests",
        th.IntegerType(minimum=1),
        default=5,
        title="Rate limit: summary requests",
        description="Number of requests of the stream agent_summary that the account may make per "
        "period. They do not count as CDR requests.",
    ),
    th.Property(
        "rate_limit_period",
        th.NumberType(exclusive_minimum=0),
        default=60,
        title="Rate limit: period",
        description="Period of the rate limits, in seconds.",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0),
        default=300,
        title="Request timeout",
        description="Seconds to wait for a response to start, and then between its bytes.",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="Value of the `User-Agent` header. Defaults to `tap-ozonetel/<version>`.",
    ),
    th.Property(
        "cache_dir",
        th.StringType,
        title="Cache directory",
        description="Directory where runs of the same account share the token and the rate limit. "
        "Defaults to the user's cache directory. An empty string turns sharing off.",
    ),
).to_dict()
