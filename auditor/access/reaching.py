"""Whether what is chosen by labels, and not by targets, lies within a scope."""

from collections.abc import Mapping, Sequence
from itertools import islice, product

from auditor.access.scopes import Reach

MOST = 1000  # combinations of values that are looked at


def covers(reach: Reach, labels: Mapping[str, Sequence[str]]) -> bool:
    """Whether every target with one of the values for each key lies in reach."""
    if reach.everything or reach.nothing:
        return reach.everything
    every = list(islice(product(*([(key, value) for value in values] for key, values in labels.items())), MOST + 1))
    return len(every) <= MOST and all(reach.matches(dict(one)) for one in every)


def touches(reach: Reach, labels: Mapping[str, str]) -> bool:
    """Whether a target with these labels can lie in reach."""
    return any(all(labels.get(key, value) == value for key, value in one.labels) for one in reach.scopes)
