"""Read weights files, identify the network that they belong to, match them with a model, and rename their tensors."""
