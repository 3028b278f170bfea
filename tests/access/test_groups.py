"""What groups are worth."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.access import EVERYTHING, Grant, GroupRule, Permission, Principal, Role, Scope, granted_to, may

SCOPES = st.sampled_from([EVERYTHING, Scope.of(site="ams"), Scope.of(site="fra"), Scope.of(site="ams", team="web")])
RULES = st.lists(
    st.builds(GroupRule, st.sampled_from("abc"), st.builds(Grant, st.sampled_from(Role), SCOPES)), max_size=8
)
LABELS = st.fixed_dictionaries({}, optional={"site": st.sampled_from(["ams", "fra"]), "team": st.just("web")})


@given(st.sets(st.sampled_from("abcd")), RULES, st.sampled_from(Permission), st.none() | LABELS)
def test_a_member_may_what_the_rules_of_his_groups_say_and_nothing_else(
    groups: set[str], rules: list[GroupRule], permission: Permission, labels: dict[str, str] | None
) -> None:
    """Leaving out grants that lie within others changes nothing."""
    wanted = frozenset(rule.grant for rule in rules if rule.group in groups)
    given_ = granted_to(groups, rules)
    assert given_ <= wanted
    assert may(Principal("x", given_), permission, labels) == may(Principal("x", wanted), permission, labels)
    pairs = [(one, other) for one in given_ for other in given_ if one.role == other.role]
    assert not any(one.scope.labels < other.scope.labels for one, other in pairs)


def test_groups_are_compared_letter_by_letter() -> None:
    """`Audit`, `audit ` and `audit` are three."""
    rules = [GroupRule("audit", Grant(Role.ADMIN))]
    assert granted_to(["Audit", "audit ", "aud", ""], rules) == frozenset()
    assert granted_to(["x", "audit"], rules) == {Grant(Role.ADMIN)}
