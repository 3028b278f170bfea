"""Roles by group: what the groups that another service says somebody is in are worth here. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.access.principals import Grant


@dataclass(frozen=True, slots=True)
class GroupRule:
    """Members of this group have this role within this scope. Groups are compared letter by letter."""

    group: str
    grant: Grant


def granted_to(groups: Iterable[str], rules: Iterable[GroupRule]) -> frozenset[Grant]:
    """The grants of somebody in these groups, without those that lie within others; none without a mapped group."""
    mine = set(groups)
    every = {rule.grant for rule in rules if rule.group in mine}
    return frozenset(one for one in every if not any(_covers(other, one) for other in every))


def _covers(wide: Grant, narrow: Grant) -> bool:
    """Whether the one grants everything that the other does, and more."""
    return wide.role == narrow.role and wide.scope.labels < narrow.scope.labels
