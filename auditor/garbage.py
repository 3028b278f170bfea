"""How often Python looks for objects that only each other hold."""

import gc

# Objects made since the last look, then looks of the younger generation. CPython's 700, 10, 10 is for small programs:
# an audit of 300 hosts makes millions of objects that live to its end, and spent a fifth of its time on looking at
# them again and again. Its peak of memory stays the same (docs/benchmarks.md).
SELDOM = (20_000, 20, 20)


def look_seldom() -> None:
    """For this process, and those that it forks."""
    gc.set_threshold(*SELDOM)
