"""The number of examples that a property test tries."""

from __future__ import annotations

from hypothesis import settings

DEFAULT_EXAMPLES = settings.get_profile("default").max_examples


def examples(count: int) -> settings:
    """Return settings for a number of examples, scaled by the profile of the test run."""
    scaled = count * settings().max_examples // DEFAULT_EXAMPLES
    return settings(max_examples=scaled)
