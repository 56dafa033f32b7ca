"""What a ResNet is, as data."""
