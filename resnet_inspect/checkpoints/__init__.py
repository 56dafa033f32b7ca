"""Weights in a file -> names, shapes and types of their tensors; and the same tensors under other names."""
