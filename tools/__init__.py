"""Generators of the files that follow from the code."""
