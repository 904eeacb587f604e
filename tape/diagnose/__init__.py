"""Diagnosis: where a derivative is a choice among several, and where it stops being a number.

- :func:`tape.kinks` (:mod:`tape.diagnose.kinks`): the elements that lie at or near points without a derivative, from
  what :mod:`tape.diagnose.smoothness` says of each function;
- :func:`tape.first_nonfinite` (:mod:`tape.diagnose.nonfinite`): the call, or the step of the sweep, that first made a
  NaN or an infinity of finite numbers.
"""

__tape__ = True
