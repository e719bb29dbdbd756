"""The baselines. Each runs in its own environment, which its inline script metadata describes."""
