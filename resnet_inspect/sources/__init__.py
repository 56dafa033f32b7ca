"""Resolve what a user names as a model, be it a config, a library's model, code or a module, into a ``ModelSpec``."""
