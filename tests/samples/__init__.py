"""Samples: at least one line for every row of the rule table, in a file for each family of rules."""
