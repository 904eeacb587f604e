"""Experiments against peers, to be run.

``python -m comparisons`` asks whether tape is right, ``python -m comparisons.speed`` whether it is fast.
"""
