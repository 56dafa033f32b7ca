"""Rules of structure, in files by subject; most judge the run of a model, not its config."""
