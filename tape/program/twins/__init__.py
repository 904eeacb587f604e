"""Torch twins of the primitives, a file a family, as the rules are."""
