"""Infer a config from names and shapes of weights."""
