"""The decision itself. Everything that is not granted is refused."""

from collections.abc import Mapping
from datetime import datetime

from auditor.access.permissions import ACCOUNT, NEVER_BY_TOKEN, WHOLE_ESTATE, Permission
from auditor.access.principals import Principal, Via
from auditor.access.roles import ROLES
from auditor.access.scopes import EVERYTHING, Reach, Scope


def may(
    principal: Principal,
    permission: Permission,
    labels: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> bool:
    """Whether somebody may do it: to a target with these labels, or, without labels, to anything at all.

    What concerns no target (`WHOLE_ESTATE`) needs a grant without a scope. `at` refuses what has expired by then.
    """
    if at is not None and principal.expires_at is not None and at >= principal.expires_at:
        return False
    reach = scope_filter(principal, permission)
    if permission in WHOLE_ESTATE:
        return reach.everything
    return not reach.nothing if labels is None else reach.matches(labels)


def scope_filter(principal: Principal, permission: Permission) -> Reach:
    """The part of the estate where somebody may do it: what a list shows. Of `WHOLE_ESTATE`, all or nothing."""
    if not principal.active:
        return Reach()
    scopes = {grant.scope for grant in principal.grants if permission in ROLES[grant.role]}
    if permission in ACCOUNT:
        scopes = {EVERYTHING}
    if permission in WHOLE_ESTATE:
        scopes &= {EVERYTHING}
    if principal.via is not Via.TOKEN:
        return Reach.of(scopes)
    narrowing = principal.narrowing
    if narrowing is None or permission not in narrowing.permissions or permission in NEVER_BY_TOKEN:
        return Reach()
    if permission in ACCOUNT:
        return Reach.of(scopes)
    within = {one for scope in scopes if (one := scope.within(narrowing.scope)) is not None}
    return Reach.of(_whole(within) if permission in WHOLE_ESTATE else within)


def allowed_permissions(principal: Principal) -> frozenset[Permission]:
    """Everything that somebody may do to at least one thing."""
    return frozenset(one for one in Permission if may(principal, one))


def is_other_person(one: str, other: str) -> bool:
    """Whether two names are two people's; "" and blanks are nobody's."""
    first, second = one.strip().casefold(), other.strip().casefold()
    return bool(first and second) and first != second


def may_decide(
    principal: Principal, permission: Permission, requested_by: str, labels: Mapping[str, str] | None = None
) -> bool:
    """Whether somebody may approve or reject what `requested_by` asked for: never the same person."""
    return is_other_person(principal.name, requested_by) and may(principal, permission, labels)


def may_change_grants_of(principal: Principal, name: str) -> bool:
    """Whether somebody may change the roles of this user: never his own, except on the server's command line."""
    other = principal.via is Via.LOCAL or is_other_person(principal.name, name)
    return other and may(principal, Permission.USERS_WRITE)


def _whole(scopes: set[Scope]) -> set[Scope]:
    return scopes & {EVERYTHING}
