"""The lock: the recorded architecture of every network, and the comparison with the current one."""
