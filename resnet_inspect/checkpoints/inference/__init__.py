"""Names and shapes of weights -> the config of the net that they are of."""
