"""The parts of the command line that commands share: options, their values, output, and progress."""
