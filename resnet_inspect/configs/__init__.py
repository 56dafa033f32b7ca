"""Configs: a ResNet as data."""
