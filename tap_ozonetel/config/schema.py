"""The settings of the tap: the one place where each stands. `validation.py` judges their values."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

TOKEN_AUTH = "token"  # noqa: S105 - the name of a mode
API_KEY_AUTH = "api_key"

SCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "api_key",
        th.StringType,
        required=True,
        secret=True,
        title="API key",
        description="The account's API key, from the CloudAgent admin panel.",
    ),
    th.Property(
        "username",
        th.StringType,
        required=True,
        title="Username",
        description="The CloudAgent account whose calls are read.",
    ),
    th.Property(
        "auth_method",
        th.StringType,
        default=TOKEN_AUTH,
        allowed_values=[TOKEN_AUTH, API_KEY_AUTH],
        title="Authentication method",
        description="What the account's admin has set as “API Authentication”: `token` for "
        "TOKEN_AUTH, `api_key` for BASIC_AUTH.",
    ),
    th.Property(
        "api_url",
        th.StringType,
        default="https://in1-ccaas-api.ozonetel.com",
        title="API URL",
        description="The API's address; `https://api.ccaas.ozonetel.com` for international "
        "accounts. Only https, but for a server on this machine.",
    ),
    th.Property(
        "timezone",
        th.StringType,
        default="Asia/Kolkata",
        title="Time zone",
        description="IANA name of the account's time zone: whose midnight a day has.",
    ),
    th.Property(
        "start_date",
        th.DateType,
        title="Start date",
        description="The first day when there is no state, as YYYY-MM-DD; never is a day before it "
        "read. Without it the oldest day that the API still keeps.",
    ),
    th.Property(
        "end_date",
        th.DateType,
        title="End date",
        description="The last day, as YYYY-MM-DD. Without it today.",
    ),
    th.Property(
        "lookback_days",
        th.IntegerType(minimum=0, maximum=14),
        default=1,
        title="Lookback days",
        description="How many days before the bookmark are read again: wrap-ups, dispositions and "
        "calls over midnight arrive late.",
    ),
    th.Property(
        "on_retention_gap",
        th.StringType,
        default="warn",
        allowed_values=["warn", "fail"],
        title="On a retention gap",
        description="What to do when days after the bookmark are no longer kept by the API: `warn` "
        "names them and goes on, `fail` ends the run before its first request.",
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=1, maximum=500),
        default=500,
        title="Page size",
        description="Records a page of the stream cdr_paginated.",
    ),
    th.Property(
        "campaign_name",
        th.StringType,
        title="Campaign name",
        description="Read only the calls of this campaign.",
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
        description="Read only calls of this status, such as Answered.",
    ),
    th.Property(
        "calls",
        th.ArrayType(
            th.ObjectType(
                th.Property(
                    "ucid",
                    th.CustomType({"type": ["string", "integer"]}),
                    required=True,
                    description="The call's UCID, as digits in text or a number.",
                ),
                th.Property(
                    "call_date",
                    th.DateType,
                    required=True,
                    description="The day of the call, as YYYY-MM-DD.",
                ),
            )
        ),
        default=[],
        title="Calls",
        description="What the stream cdr_by_ucid looks up, one request each: a list of "
        "`{ucid, call_date}`.",
    ),
    th.Property(
        "rate_limit_requests",
        th.IntegerType(minimum=1),
        default=2,
        title="Rate limit: requests",
        description="How many CDR requests the account may make in a period, over all streams.",
    ),
    th.Property(
        "rate_limit_period",
        th.NumberType(exclusive_minimum=0),
        default=60,
        title="Rate limit: period",
        description="The period of the rate limit, in seconds.",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0),
        default=300,
        title="Request timeout",
        description="Seconds to wait for the API to answer or to go on with its answer.",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="Sent as `User-Agent`. Without it `tap-ozonetel/<version>`.",
    ),
    th.Property(
        "cache_dir",
        th.StringType,
        title="Cache folder",
        description="Where runs of the same account share their token and the rate limit. Without "
        "it the user's cache folder; empty text turns sharing off.",
    ),
).to_dict()
