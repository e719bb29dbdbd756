"""The error whose message the dashboard shows instead of a page."""

from __future__ import annotations


class DashboardError(Exception):
    """There is nothing to show. The message has the reason, and what to do next."""
