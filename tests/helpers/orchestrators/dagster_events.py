"""Prints the events of runs, after their end. It runs in Dagster's environment."""

from __future__ import annotations

import json
import sys
import time

from dagster import DagsterInstance


def main(runs: list[str]) -> None:
    """Print a list of events for each run."""
    with DagsterInstance.get() as instance:
        while not all(instance.get_run_by_id(run).is_finished for run in runs):
            time.sleep(1)
        entries = [instance.all_logs(run) for run in runs]
    events = [
        [
            {
                "at": entry.timestamp,
                "kind": entry.dagster_event.event_type_value,
                "step": entry.dagster_event.step_key,
                "text": entry.dagster_event.message or "",
            }
            for entry in each
            if entry.is_dagster_event
        ]
        for each in entries
    ]
    print(json.dumps(events))  # noqa: T201 - its output


if __name__ == "__main__":
    main(sys.argv[1:])
