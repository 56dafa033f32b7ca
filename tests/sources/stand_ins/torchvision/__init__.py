"""A stand-in for tests, and not torchvision: see README.md."""

from torchvision import models as models
