"""Whether the models are there, with the columns that the pages read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.definitions import AGENT_DAYS, read_marts
from dashboard.errors import DashboardError

if TYPE_CHECKING:
    from dashboard.source import Source

_UPDATE = "Update the dbt package `ozonetel`, and run `dbt build --full-refresh`."


def check_models(source: Source) -> bool:
    """Check the tables and columns of the models.

    Args:
        source: The open database.

    Returns:
        Whether the model of the agents' days is there, which needs the stream `agent_summary`.

    Raises:
        DashboardError: A table or a column is missing.
    """
    found = source.columns()
    marts = read_marts()
    if not found.keys() & marts.keys():
        raise DashboardError(
            f"The schema {source.schema} has no models, or none that this user may read. Build "
            "them with `dbt build`, or set DASHBOARD_SCHEMA to the schema that has them."
        )
    for mart, columns in marts.items():
        if mart == AGENT_DAYS and mart not in found:
            continue
        if mart not in found:
            raise DashboardError(
                f"The schema {source.schema} has no table {mart}. An older version of the dbt "
                f"package built the models. {_UPDATE}"
            )
        if missing := sorted(columns.keys() - found[mart]):
            raise DashboardError(
                f"The table {source.schema}.{mart} has no column {', '.join(missing)}. An older "
                f"version of the dbt package built it. {_UPDATE}"
            )
    return AGENT_DAYS in found
