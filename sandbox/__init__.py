"""A local stand-in for the Ozonetel CDR API, as strict as its contract.

It shares no code with the tap: a bug must not agree with itself.
"""

from __future__ import annotations

from sandbox.faults.script import Fault
from sandbox.options import Options
from sandbox.server import Sandbox, Seen

__all__ = ["Fault", "Options", "Sandbox", "Seen"]
