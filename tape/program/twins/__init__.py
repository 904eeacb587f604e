"""Torch twins of the primitives, a file a family, as the rules are. Imported with torch, at the first replay there."""
