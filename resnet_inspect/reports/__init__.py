"""Anatomy -> report: what one command has to say, as one frozen value."""
