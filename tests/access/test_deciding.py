"""Who may do what: nothing widens by a scope, a token, or a disabled user."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.access import (
    EVERYTHING,
    ROLES,
    WHOLE_ESTATE,
    Grant,
    Narrowing,
    Permission,
    Principal,
    Reach,
    Role,
    Scope,
    Via,
    allowed_permissions,
    is_other_person,
    local_principal,
    may,
    may_change_grants_of,
    may_decide,
    parsed_scope,
    permissions,
    roles,
    scope_filter,
)
from auditor.errors import InputError

KEYS, VALUES = st.sampled_from(["site", "team", "stage"]), st.sampled_from(["ams", "fra", "web"])
LABELS = st.dictionaries(KEYS, VALUES)
SCOPES = LABELS.map(lambda labels: Scope(frozenset(labels.items())))
GRANTS = st.frozensets(st.builds(Grant, st.sampled_from(Role), SCOPES), max_size=5)
PERMISSIONS = st.sampled_from(Permission)
NARROWINGS = st.builds(Narrowing, st.frozensets(PERMISSIONS), SCOPES)
PLACES = st.none() | LABELS


def owner(grants: frozenset[Grant]) -> Principal:
    return Principal("zoe", grants)


def token(grants: frozenset[Grant], narrowing: Narrowing | None) -> Principal:
    return Principal("zoe", grants, Via.TOKEN, narrowing=narrowing)


@given(GRANTS, st.sampled_from(Role), SCOPES, KEYS, VALUES, PERMISSIONS, PLACES)
def test_a_label_more_in_a_scope_never_widens(
    grants: frozenset[Grant],
    role: Role,
    scope: Scope,
    key: str,
    value: str,
    permission: Permission,
    labels: dict[str, str] | None,
) -> None:
    """Whatever the narrower grant allows, the wider one allows."""
    narrower = Scope(scope.labels | {(key, value)})
    if may(owner(grants | {Grant(role, narrower)}), permission, labels):
        assert may(owner(grants | {Grant(role, scope)}), permission, labels)


@given(GRANTS, GRANTS, PERMISSIONS, PLACES)
def test_a_grant_more_never_takes_away(
    grants: frozenset[Grant], more: frozenset[Grant], permission: Permission, labels: dict[str, str] | None
) -> None:
    """Grants add up."""
    assert may(owner(grants | more), permission, labels) >= may(owner(grants), permission, labels)


@given(GRANTS, NARROWINGS, PERMISSIONS, PLACES)
def test_a_token_never_exceeds_its_owner_nor_its_own_scope(
    grants: frozenset[Grant], narrowing: Narrowing, permission: Permission, labels: dict[str, str] | None
) -> None:
    """What a token may, its owner may, and the token was made for it."""
    if may(token(grants, narrowing), permission, labels):
        assert may(owner(grants), permission, labels)
        assert permission in narrowing.permissions
        if labels is not None and permission not in permissions.ACCOUNT | WHOLE_ESTATE:
            assert narrowing.scope.matches(labels)


@given(GRANTS, PERMISSIONS, PLACES)
def test_a_token_without_a_narrowing_has_nothing(
    grants: frozenset[Grant], permission: Permission, labels: dict[str, str] | None
) -> None:
    """A token that does not say what it is for is for nothing."""
    assert not may(token(grants, None), permission, labels)


@given(GRANTS, st.sampled_from(sorted(permissions.NEVER_BY_TOKEN)))
def test_a_token_makes_no_tokens_users_or_passwords(grants: frozenset[Grant], permission: Permission) -> None:
    """Even one of an admin that lists every permission: what leaks must not make itself last."""
    every = token(grants | {Grant(role) for role in Role}, Narrowing(frozenset(Permission)))
    assert not may(every, permission)


@given(GRANTS, st.sampled_from(Via), NARROWINGS, PERMISSIONS, PLACES)
def test_a_disabled_user_has_nothing(
    grants: frozenset[Grant], via: Via, narrowing: Narrowing, permission: Permission, labels: dict[str, str] | None
) -> None:
    """Whatever was granted, by session, token or on the command line."""
    disabled = Principal("zoe", grants, via, active=False, narrowing=narrowing)
    assert not may(disabled, permission, labels)
    assert allowed_permissions(disabled) == frozenset()


@given(GRANTS, NARROWINGS, st.sampled_from(Via), PERMISSIONS, LABELS)
def test_a_list_shows_what_a_single_question_allows(
    grants: frozenset[Grant], narrowing: Narrowing, via: Via, permission: Permission, labels: dict[str, str]
) -> None:
    """The condition for queries and `may` are one thing: over every target, and over nothing."""
    principal = Principal("zoe", grants, via, narrowing=narrowing)
    reach = scope_filter(principal, permission)
    shown = any(all(labels.get(key) == value for key, value in one.items()) for one in reach.any_of())
    assert shown == may(principal, permission, labels)
    assert may(principal, permission) == (reach.everything if permission in WHOLE_ESTATE else not reach.nothing)


@given(st.frozensets(SCOPES, max_size=5), LABELS)
def test_a_reach_is_the_union_of_its_scopes(scopes: frozenset[Scope], labels: dict[str, str]) -> None:
    """Leaving out scopes that lie in others changes nothing."""
    assert Reach.of(scopes).matches(labels) == any(one.matches(labels) for one in scopes)


@given(SCOPES, SCOPES, LABELS)
def test_what_lies_in_two_scopes_lies_in_both(one: Scope, other: Scope, labels: dict[str, str]) -> None:
    """And two that want different values of a label have nothing in common."""
    both = one.within(other)
    assert (both is not None and both.matches(labels)) == (one.matches(labels) and other.matches(labels))


@given(GRANTS, SCOPES.filter(lambda scope: scope != EVERYTHING), st.sampled_from(sorted(WHOLE_ESTATE)))
def test_an_admin_of_a_site_is_no_admin_of_users(
    grants: frozenset[Grant], scope: Scope, permission: Permission
) -> None:
    """What has no labels needs a grant without a scope; nor does a token with a scope carry it."""
    scoped = frozenset(Grant(one.role, scope) for one in grants)
    assert not may(owner(scoped), permission, scope.as_dict())
    assert not may(token(frozenset(map(Grant, Role)), Narrowing(frozenset(Permission), scope)), permission)


def test_the_roles_are_apart_where_they_must_be() -> None:
    """No role both asks and decides; an admin decides nothing and sees no evidence; an auditor changes nothing."""
    asks = {Permission.WAIVERS_REQUEST, Permission.GOLDEN_PROPOSE}
    decides = {Permission.WAIVERS_DECIDE, Permission.GOLDEN_DECIDE}
    for role, held in ROLES.items():
        assert not (held & asks and held & decides), role
        assert not held & permissions.ACCOUNT, role
    assert not ROLES[Role.ADMIN] & (decides | {Permission.EVIDENCE_READ, Permission.REPORTS_DOWNLOAD})
    for role in (Role.VIEWER, Role.AUDITOR):
        assert all(one.value.endswith((":read", ":download")) for one in ROLES[role])
    assert set(ROLES) == set(Role) == set(roles.ABOUT)
    assert set(permissions.ABOUT) == set(Permission)
    assert frozenset().union(*ROLES.values()) | permissions.ACCOUNT == set(Permission)


def test_requester_is_never_approver() -> None:
    """Nor in capitals, with blanks, or without a name; on the command line neither."""
    approver = Principal("zoe", frozenset({Grant(Role.APPROVER)}))
    for requester in ("zoe", "Zoe", " ZOE ", "", "  "):
        assert not may_decide(approver, Permission.WAIVERS_DECIDE, requester)
    assert may_decide(approver, Permission.WAIVERS_DECIDE, "ann")
    assert not may_decide(approver, Permission.USERS_WRITE, "ann")
    assert not may_decide(local_principal("zoe"), Permission.WAIVERS_DECIDE, "zoe")
    assert not is_other_person("Straße", "STRASSE")


def test_an_approver_of_one_site_decides_there_only() -> None:
    """Scope and separation hold together."""
    approver = Principal("zoe", frozenset({Grant(Role.APPROVER, Scope.of(site="ams"))}))
    assert may_decide(approver, Permission.WAIVERS_DECIDE, "ann", {"site": "ams", "team": "web"})
    assert not may_decide(approver, Permission.WAIVERS_DECIDE, "ann", {"site": "fra"})


def test_nobody_changes_his_own_roles() -> None:
    """But on the server's command line, which is the root of trust."""
    admin = Principal("zoe", frozenset({Grant(Role.ADMIN)}))
    assert may_change_grants_of(admin, "ann")
    assert not may_change_grants_of(admin, "Zoe")
    assert not may_change_grants_of(Principal("zoe", frozenset({Grant(Role.OPERATOR)})), "ann")
    assert may_change_grants_of(local_principal("zoe"), "zoe")


def test_what_has_expired_is_refused() -> None:
    """From the very moment on."""
    end = datetime(2026, 11, 21, tzinfo=UTC)
    grants = frozenset({Grant(Role.VIEWER)})
    narrowing = Narrowing(frozenset({Permission.RESULTS_READ}))
    principal = Principal("zoe", grants, Via.TOKEN, narrowing=narrowing, expires_at=end)
    assert may(principal, Permission.RESULTS_READ, at=end - timedelta(microseconds=1))
    assert not may(principal, Permission.RESULTS_READ, at=end)


@pytest.mark.parametrize(
    "wrong",
    [["site"], ["=ams"], ["site="], ["site=ams", "site=fra"], [f"k{n}=v" for n in range(11)], ["a=" + "x" * 101],
     ["a=\x00"], ["a=\u202eb"], {"a=b": "c"}],
)  # fmt: skip
def test_a_scope_that_is_none_is_refused(wrong: "list[str] | dict[str, str]") -> None:
    """No key, no value, two values of one key, too many, too long, hidden characters."""
    with pytest.raises(InputError):
        parsed_scope(wrong)


def test_a_scope_is_read_as_it_is_written() -> None:
    """From text and from a mapping; in an order that does not matter."""
    assert parsed_scope(["team=web", " site = ams"]) == parsed_scope({"site": "ams", "team": "web"})
    assert str(parsed_scope(["team=web", "site=ams"])) == "site=ams,team=web"
    assert str(EVERYTHING) == "everything"
