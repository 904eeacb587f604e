"""Does the suite see a wrong rule? Change every rule a little, in every way that a slip of the pen would, and run it.

A mutant is one rule, or one helper that rules call, with one change. The tests that reach that function are run on it:
those made from the rule table, and those of ``tests/rules`` and ``tests/nn``. A mutant that fails one of them is
*killed*. One that passes them all *survives*: either the tests are too weak, or the change makes no difference, and
then it stands in ``known/``, with the reason.
"""
