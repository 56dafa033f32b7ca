"""How other projects name a ResNet's weights: a table of patterns for each."""
