"""One asset per account, so that accounts are loaded in parallel and each can be loaded alone.

An account is a plugin of the Meltano project: `tap-ozonetel-mumbai` for `mumbai`.
"""

from __future__ import annotations

import os
import subprocess

from dagster import (
    AssetsDefinition,
    Definitions,
    RetryPolicy,
    ScheduleDefinition,
    asset,
    define_asset_job,
    multiprocess_executor,
)

PROJECT = os.environ["MELTANO_PROJECT_ROOT"]
ACCOUNTS = os.environ["OZONETEL_ACCOUNTS"].split()  # mumbai delhi pune
RETRY_SECONDS = int(os.environ.get("OZONETEL_RETRY_SECONDS", "300"))


def calls_of(account: str) -> AssetsDefinition:
    """Return the asset of an account."""

    @asset(
        key=[account, "cdr_details"],
        pool=f"ozonetel_{account}",  # dagster.yaml gives each pool one slot.
        retry_policy=RetryPolicy(max_retries=1, delay=RETRY_SECONDS),
    )
    def load() -> None:
        command = ["meltano", "run", f"tap-ozonetel-{account}", "target-postgres"]
        subprocess.run(command, cwd=PROJECT, check=True)

    return load


CALLS = {account: calls_of(account) for account in ACCOUNTS}
all_accounts = define_asset_job("ozonetel", [*CALLS.values()])
defs = Definitions(
    assets=[*CALLS.values()],
    jobs=[all_accounts, *(define_asset_job(f"ozonetel_{each}", [CALLS[each]]) for each in CALLS)],
    schedules=[ScheduleDefinition(job=all_accounts, cron_schedule="0 * * * *")],
    executor=multiprocess_executor.configured({"max_concurrent": len(ACCOUNTS)}),
)
