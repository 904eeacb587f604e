"""Experiments against peers, to be run: ``python -m comparisons`` for what is right, ``python -m comparisons.speed`` for what is fast."""
