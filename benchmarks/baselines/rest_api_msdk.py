"""The published tap-rest-api-msdk, which is set up by a configuration alone.

https://github.com/Widen/tap-rest-api-msdk. With the schema given it asks for nothing to infer one.
"""

# /// script
# requires-python = ">=3.11"
# dependencies = ["tap-rest-api-msdk==1.4.2", "setuptools<81"]
# ///

from __future__ import annotations

from tap_rest_api_msdk.tap import TapRestApiMsdk

from benchmarks.contestants import account

if __name__ == "__main__":
    url, day = account.arguments()
    TapRestApiMsdk(
        config={
            "api_url": url,
            "headers": {"Authorization": f"Bearer {account.token(url)}"},
            "use_request_body_not_params": True,
            "streams": [
                {
                    "name": "cdr_details",
                    "path": account.PATH,
                    "params": account.question(day),
                    "records_path": "$.details[*]",
                    "primary_keys": ["CallID", "UCID"],
                    "schema": account.schema(),
                }
            ],
        }
    ).sync_all()
