"""Expectations of an ``[expect]`` table as rules, RI201 to RI213, in files by subject."""
