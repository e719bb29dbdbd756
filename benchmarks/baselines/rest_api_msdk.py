"""The published tap-rest-api-msdk, which needs only a configuration.

https://github.com/Widen/tap-rest-api-msdk. With a schema it sends no request to infer one.
"""

# /// script
# requires-python = ">=3.11"
# dependencies = ["tap-rest-api-msdk==1.4.2", "setuptools<81"]
# ///

from __future__ import annotations

from tap_rest_api_msdk.tap import TapRestApiMsdk

from benchmarks.baselines import account

if __name__ == "__main__":
    url, day = account.parse_arguments()
    TapRestApiMsdk(
        config={
            "api_url": url,
            "headers": {"Authorization": f"Bearer {account.fetch_token(url)}"},
            "use_request_body_not_params": True,
            "streams": [
                {
                    "name": "cdr_details",
                    "path": account.CDR_PATH,
                    "params": account.request_body(day),
                    "records_path": "$.details[*]",
                    "primary_keys": ["CallID", "UCID"],
                    "schema": account.record_schema(),
                }
            ],
        }
    ).sync_all()
