"""Rules of structure, in files by subject; most judge what ran, not what was written."""
