"""The lock: what every network was when it was locked, and whether it still is."""
