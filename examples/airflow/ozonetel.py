"""One DAG per account, so that accounts run in parallel and each has its own runs and alerts.

An account is a plugin of the Meltano project: `tap-ozonetel-mumbai` for `mumbai`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

PROJECT = os.environ["MELTANO_PROJECT_ROOT"]
ACCOUNTS = os.environ["OZONETEL_ACCOUNTS"].split()  # mumbai delhi pune
SCHEDULE = os.environ.get("OZONETEL_SCHEDULE", "@hourly") or None

for account in ACCOUNTS:
    with DAG(
        f"ozonetel_{account}",
        schedule=SCHEDULE,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,  # One run reads all days since the bookmark.
        max_active_runs=1,  # Never two runs of an account at once.
    ):
        BashOperator(
            task_id="load",
            bash_command=f"meltano run tap-ozonetel-{account} target-postgres",
            cwd=PROJECT,
            retries=1,
        )
