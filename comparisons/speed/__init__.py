"""The speed of tape beside its peers', measured in one run: ``python -m comparisons.speed``."""
