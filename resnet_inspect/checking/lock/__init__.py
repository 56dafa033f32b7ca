"""The lock: the architecture of every network, recorded, and compared with what it is now."""
