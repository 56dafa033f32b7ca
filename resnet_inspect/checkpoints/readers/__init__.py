"""Readers of weights files: safetensors, torch, and indexes of shards."""
