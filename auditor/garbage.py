"""How often Python looks for objects that only each other hold."""

import gc

# Objects made since the last look, then looks of the younger generation. CPython's 700, 10, 10 is for small programs:
# an audit of 300 hosts makes millions of objects that live to its end, and spent a fifth of its time on looking at
# them again and again. Its peak of memory stays the same (docs/benchmarks.md). The second is small, for a look at
# 50,000 objects holds all readers of the service up for some 30 ms, one at 400,000 for 200.
SELDOM = (10_000, 5, 50)


def look_seldom() -> None:
    """For this process, and those that it forks."""
    gc.set_threshold(*SELDOM)
