"""Names of other projects for the weights of a ResNet: a table of patterns for each."""
