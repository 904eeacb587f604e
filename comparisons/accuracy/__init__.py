"""How accurate are the derivatives? Every smooth elementwise rule against mpmath, in units in the last place."""
