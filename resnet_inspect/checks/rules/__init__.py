"""Rules of structure, in files by subject: each judges what ran, and only seldom what was written."""
