"""The check of configs and models by expectations, rules and the lock."""
