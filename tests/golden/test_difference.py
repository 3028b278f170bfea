"""How one golden profile differs from another: by what facts mean."""

from auditor.golden.difference import Change, difference
from auditor.golden.schema import GoldenProfile
from auditor.goldens import golden_of

HEAD = "golden: web\ntitle: T\nfor: {platform: linux}\n"


def profile(text: str) -> GoldenProfile:
    return golden_of(HEAD + text, "p").profile


def changes(before: str, after: str) -> list[Change]:
    return difference(profile(before), profile(after))


def test_what_means_the_same_is_no_change() -> None:
    """Another order of a set, other quotes, comments, and another order of keys."""
    one = "facts:\n  roles: [web, db]\n  sysctl: {a: {runtime: 1}, b: {runtime: 2}}\n"
    other = "# why\nfacts:\n  sysctl: {b: {runtime: 2}, 'a': {runtime: 1}}\n  roles: ['db', web]\n"
    assert changes(one, other) == []


def test_each_change_is_told_at_its_path() -> None:
    """What is added, removed, changed: facts by path, members of sets one by one, and the other keys."""
    one = "extra: [sysctl]\nabsent: ['sysctl[x]']\nfacts:\n  roles: [web, db]\n"
    one += "  sysctl: {a: {runtime: 1}, b: {runtime: 2}}\n"
    other = "ignore: [sysctl]\nabsent: ['sysctl[y]']\nfacts:\n  roles: [web, app]\n"
    other += "  sysctl: {a: {runtime: 3}, c: {runtime: 4}}\n"
    found = {(x.part, x.kind, x.path, x.before, x.after) for x in changes(one, other)}
    assert found == {
        ("facts", "removed", "roles[db]", "db", None),
        ("facts", "added", "roles[app]", None, "app"),
        ("facts", "changed", "sysctl[a].runtime", 1, 3),
        ("facts", "removed", "sysctl[b].runtime", 2, None),
        ("facts", "added", "sysctl[c].runtime", None, 4),
        ("absent", "removed", "sysctl[x]", "sysctl[x]", None),
        ("absent", "added", "sysctl[y]", None, "sysctl[y]"),
        ("extra", "removed", "sysctl", "sysctl", None),
        ("ignore", "added", "sysctl", None, "sysctl"),
    }


def test_a_new_profile_is_all_of_it() -> None:
    """And so is one of another platform; a set that becomes empty, or a customisation, is a change as a whole."""
    new = difference(None, profile("facts:\n  roles: [web]\n"))
    assert {(x.path, x.kind) for x in new} == {
        ("title", "added"),
        ("version", "added"),
        ("for.platform", "added"),
        ("roles", "added"),
    }
    emptied = changes("facts:\n  roles: [web]\n", "facts:\n  roles: []\n")
    assert [(x.path, x.kind, x.after) for x in emptied] == [("roles", "changed", [])]
    own = changes("facts:\n  roles: [web]\n", "customisations: {r: roles}\nfacts:\n  roles: $r\n")
    assert {(x.path, x.kind) for x in own} == {("customisations.r", "added"), ("roles", "changed")}
    other = golden_of("golden: web\ntitle: T\nfor: {platform: esxi}\nfacts:\n  dns: {domain: a}\n", "p").profile
    moved = difference(profile("facts:\n  roles: [web]\n"), other)
    assert {(x.path, x.kind) for x in moved} == {
        ("for.platform", "changed"),
        ("roles", "removed"),
        ("dns.domain", "added"),
    }
