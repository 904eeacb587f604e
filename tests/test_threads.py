"""Threads: tapes are of the thread that records them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import tape
from tape import context


def nested(x):
    inner = tape.grad(lambda y: np.sum(y * y * np.sin(x)))
    return np.sum(inner(x * 2.0) * x)


def test_eight_threads_taking_nested_gradients_agree_with_the_serial_result():
    points = [np.array([0.1 * k, 0.2, -0.3]) for k in range(16)]
    gradient = tape.grad(nested)
    serial = [gradient(x).tobytes() for x in points]
    start = threading.Barrier(8)

    def work(_):
        start.wait()
        wrong = 0
        for k in range(2_000):
            wrong += gradient(points[k % 16]).tobytes() != serial[k % 16]
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [0] * 8


def test_a_thread_does_not_see_the_tape_that_another_has_open():
    seen = []
    with tape.Tape():
        thread = threading.Thread(target=lambda: seen.append(context.current()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_tasks_interleave():
    async def work(k):
        with tape.Tape() as t:
            x = t.input(float(k))
            y = x * x
            await asyncio.sleep(0)
            assert context.current() is t
            g = tape.grad(lambda z: z * x)(1.0)
            await asyncio.sleep(0)
            return t.sweep(y)[x], g.value, t.sweep(g)[x]

    async def together():
        return await asyncio.gather(*(work(k) for k in range(20)))

    for k, (a, b, c) in enumerate(asyncio.run(together())):
        assert (a, b, c) == (2.0 * k, float(k), 1.0)
