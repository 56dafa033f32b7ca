"""Judges configs: expectations and rules -> findings."""
