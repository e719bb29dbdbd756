"""Generators of the files that follow from the code. `poe generate` runs them all."""
