"""The PostgreSQL server of the benchmarks, for tests."""

from __future__ import annotations

from benchmarks.postgres_server import Postgres, packaged_programs, postgres, system_programs

__all__ = ["Postgres", "packaged_programs", "postgres", "system_programs"]
