"""Trace -> Anatomy: pure functions over plain values."""
