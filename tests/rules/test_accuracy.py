"""Each smooth rule is held to its documented accuracy at a handful of arguments, the worst that is known among them.

``python -m comparisons.accuracy --write`` finds the arguments, and has the exact derivatives from mpmath.
"""

import json
import math

import pytest

pytest.importorskip("mpmath")
pytest.importorskip("scipy")

from comparisons.accuracy import subjects  # noqa: F401  it fills the table
from comparisons.accuracy.__main__ import HELD
from comparisons.accuracy.measure import evaluated
from comparisons.accuracy.subject import SUBJECTS

RULES = {f"{name}, argument {k}": (name, k, worst, held) for name, k, worst, held in json.loads(HELD.read_text())}


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_keeps_to_its_bound(rule):
    name, argument, worst, held = RULES[rule]
    points = [tuple(point) for point, _ in held]
    got = evaluated(SUBJECTS[name], points, argument)[1]
    bound = max(16, 2 * worst)  # other machines round NumPy's and SciPy's functions otherwise
    for point, (_, want), found in zip(points, held, got, strict=True):
        assert abs(float(found) - want) <= (bound + 0.5) * math.ulp(want), (point, want)
