"""Years of an account on a fake clock, in this process.

`poe simulate --years N --seed S` runs `__main__.py`. The same seed gives the same log, byte by
byte.
"""

from __future__ import annotations

from tests.helpers.simulation.simulation import Simulation

__all__ = ["Simulation"]
