"""A local Ozonetel CDR API with generated calls, for tests and demos.

It follows docs/ozonetel-api.md and shares no code with the tap, so that a bug in one cannot hide
the same bug in the other.
"""

from __future__ import annotations

from sandbox.options import Options
from sandbox.server import LoggedRequest, Sandbox

__all__ = ["LoggedRequest", "Options", "Sandbox"]
