"""Pin the threads of numerical libraries, for this process and those that it starts.

Import nothing numerical before calling :func:`pin`: the libraries read these variables when they are loaded.
"""

from __future__ import annotations

import os
import sys

POOLS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def pin(threads: int) -> None:
    """Give every thread pool, in this process and its children, the same number of threads."""
    for name in POOLS:
        os.environ[name] = str(threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    if "numpy" in sys.modules:  # loaded already: the variables come too late for this process
        try:
            from threadpoolctl import threadpool_limits
        except ImportError:
            return
        threadpool_limits(threads)
