"""named.conf as text: its three kinds of comment, braces, includes, match lists, and whatever else stands there."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collectors.linux.frame import Record
from auditor.collectors.linux.matchlist import MatchList, judge
from auditor.collectors.linux.namedconf import NamedConfError, Statement, parse
from tests.collectors.linux.helpers import lines, read_records

_NAMED = "Id=named.service\nLoadState=loaded\nActiveState=active\n"
PACKAGES = "bind9 1:9.18.1 installed\n"
MARKS = "/etc/bind/named.conf\n"


def nothing(path: str) -> str:
    raise NamedConfError(f"{path} is not there")


def of(text: str, **others: str) -> list[Statement]:
    return parse(text, "main", lambda path: others.get(path) or nothing(path))


def test_three_kinds_of_comment_and_text_in_quotes() -> None:
    """`//`, `#` and `/* */` end nothing that stands in quotes; a brace in a comment opens nothing."""
    found = of('a "x // # /* {"; // b {\n# c {\n/* d {\n */ e f; g/* */h;')
    assert [one.words for one in found] == [["a", "x // # /* {"], ["e", "f"], ["g", "h"]]
    assert found[1].place == "main:4"


def test_words_stand_before_between_and_behind_braces() -> None:
    """`controls` has two lists in one statement, with a word between them."""
    (one,) = of('inet * port 953 allow { 10.0.0.1; any; } keys { "k"; };')
    assert one.words == ["inet", "*", "port", "953", "allow"]
    assert [[part.words for part in block] for block in one.blocks] == [[["10.0.0.1"], ["any"]], [["k"]]]
    assert one.after == ["keys"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("options {\n  a b;\n", "main:1: an opening brace without"),
        ("a;\n};", "main:2: a closing brace without"),
        ("a { b }", "main:1: the statement before the closing brace has no semicolon"),
        ("a;\nb", "main:2: the last statement has no semicolon"),
        ('a;\n\n"b', "main:3: a text in quotes without end"),
        ("/* a", "main:1: a comment without end"),
        ("{" * 50, "more than 40 braces"),
        ('include "main";', "main includes itself"),
        ('include "one";', "one includes itself"),
        ('include "gone";', "gone is not there"),
    ],
)
def test_a_fault_has_its_line(text: str, why: str) -> None:
    """Each fault names file and line; loops of includes end."""
    with pytest.raises(NamedConfError, match=why.replace("{", r"\{")):
        of(text, main=text, one='include "two";', two='include "one";')


def test_includes_stand_where_they_are_written() -> None:
    """Also within braces, with places in their own file."""
    (one,) = of('options { include "o"; a; };', o="x y;\nz;")
    assert [(part.words, part.place) for part in one.body] == [(["x", "y"], "o:1"), (["z"], "o:2"), (["a"], "main:1")]


ACLS = "acl mine { 10/8; }; acl odd { 10/8; !any; }; acl loop { loop; };"


@pytest.mark.parametrize(
    ("text", "stranger", "by_address"),
    [
        ("any;", True, True),
        ("", False, False),
        ("none;", False, False),
        ("!any; any;", False, False),
        ("!10.0.0.1; any;", True, True),
        ("mine;", False, True),
        ("!mine; any;", True, True),
        ("!odd; any;", True, True),
        ("localhost; localnets;", False, True),
        ("key k;", False, False),
        ("!{ !10/8; any; }; key k;", False, False),
        ("{ mine; { any; }; };", True, True),
        ("0.0.0.0/0;", True, True),
        ("::/0;", True, True),
        ("10/8; 172.16/12; fd00::/8;", False, True),
        ("4.0.0.0/6;", True, True),
        ("nobody-defined-this;", True, True),
        ("loop;", True, True),
    ],
)
def test_whom_a_list_lets_in(text: str, stranger: bool, by_address: bool) -> None:
    """The first element that fits decides, nested lists and names included; what cannot be told counts as open."""
    acls = {one.words[1]: one.body for one in of(ACLS)}
    found = judge(of(text), acls)
    assert (found.stranger, found.by_address) == (stranger, by_address)
    assert isinstance(found, MatchList)


_PIECES = st.sampled_from(
    ["{", "}", ";", '"', "/*", "*/", "//", "#", "\n", " ", "\r\n", "\\", "!", "any", "zone", "options", "include",
     "view", "10/8", "acl", "\ufffd", "key", "main", "\u2028"]
)  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(_PIECES, max_size=40).map(" ".join) | st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=80)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever stands in the file, the parser gives statements or a fault with a file in its words; it ends."""
    with suppress(NamedConfError):
        found = of(text, main="a;")
        assert all(isinstance(judge(one.body, {"any": found}), MatchList) for one in found)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(_PIECES, max_size=30).map(" ".join))
def test_reading_a_host_never_raises(text: str) -> None:
    """The same text as named.conf of a host: facts or a gap, and the host is read to its end."""
    files = lines(etc__bind__named_DOT_conf=text)
    found = read_records(dpkg=PACKAGES, units=_NAMED,
                         role_marks=MARKS, named_files=files, ip="[]")  # fmt: skip
    assert ("bind" in found.facts) != ("bind" in found.gaps)
    assert found.facts["os"]["id"] == "debian"


def test_a_line_of_megabytes_ends() -> None:
    """A word, a comment and a text in quotes of 3 MB, which is all that a record may hold."""
    for text in ("x" * 3_000_000, "#" + "y" * 3_000_000, '"' + "z" * 3_000_000, "/*" + "*" * 3_000_000, "a;" * 90_000):
        with suppress(NamedConfError):
            assert len(of(text)) in (1, 90_000) or text.startswith("#")


@pytest.mark.parametrize(("system", "folder"), [("debian", "/usr/bin"), ("rhel", "/usr/sbin")])
def test_the_missing_right_is_named_by_its_path(system: str, folder: str) -> None:
    """An include that was not read makes all of it a gap, with the sudoers line as the distribution has the tool."""
    refused = Record("", 1, "sudo: a password is required")
    files = lines(etc__named_DOT_conf='include "/etc/secret.conf";')
    found = read_records(os=f"ID={system}\n", units=_NAMED, ip="[]", named=refused, named_files=files)
    assert "/etc/secret.conf" in found.gaps["bind"]
    assert f"NOPASSWD: {folder}/named-checkconf -px" in found.gaps["bind"]


def test_a_configuration_that_named_refuses_is_not_judged() -> None:
    """Its own message is the reason, though the files could be read."""
    wrong = Record("", 1, "/etc/bind/named.conf:3: unknown option 'foo'")
    found = read_records(units=_NAMED, named=wrong, ip="[]",
                         named_files=lines(etc__bind__named_DOT_conf="options { foo; };"))  # fmt: skip
    assert found.gaps["bind"].endswith("/etc/bind/named.conf:3: unknown option 'foo'")


def test_views_and_zones_inherit() -> None:
    """A zone has its own list, else that of its view, else of options, else the default of the version."""
    text = """options { allow-transfer { 10.0.0.1; }; allow-query { none; }; };
    view a { match-clients { any; }; allow-transfer { any; }; zone one { type master; };
             zone two { type slave; allow-transfer { key k; }; }; };
    view b { zone one { type primary; allow-query { any; }; update-policy { grant k zonesub ANY; }; }; };"""
    for version, default in (("9.18.1", True), ("9.20.0", False)):
        bare = "zone one { type master; };"
        one = read_records(units=_NAMED, named=bare, named_version=version, ip="[]").facts["bind"]
        assert one["zones"]["one"]["transfer_open"] is default
    found = read_records(units=_NAMED, named=text, named_version="9.18.1", ip="[]").facts["bind"]
    zones = found["zones"]
    assert {name: zone["transfer"] for name, zone in zones.items()} == {
        "a/one": ["any"], "a/two": ["key k"], "b/one": ["10.0.0.1"]
    }  # fmt: skip
    assert (zones["a/two"]["transfer_keyed"], zones["b/one"]["transfer_keyed"]) == (True, False)
    assert (zones["a/one"]["query_open"], zones["b/one"]["query_open"]) == (False, True)
    assert (zones["b/one"]["dynamic"], zones["b/one"]["update_unsigned"]) == (True, False)
    assert {name: view["shadowed"] for name, view in found["views"].items()} == {"a": False, "b": True}


@pytest.mark.parametrize(
    ("options", "recursion", "cache"),
    [
        ("", False, False),
        ("allow-query { any; };", True, True),
        ("allow-query-cache { any; };", True, True),
        ("allow-recursion { any; }; allow-query-cache { 10/8; };", True, False),
        ("allow-recursion { 10/8; }; allow-query { any; };", False, False),
        ("recursion no; allow-recursion { any; };", False, False),
    ],
)
def test_lists_that_stand_in_for_each_other(options: str, recursion: bool, cache: bool) -> None:
    """allow-recursion, allow-query-cache and allow-query, where one of them is not set."""
    text = f"options {{ {options} }};"
    view = read_records(units=_NAMED, named=text, named_version="9.18.1", ip="[]").facts["bind"]["views"]["_default"]
    assert (view["recursion_open"], view["cache_open"]) == (recursion, cache)


@pytest.mark.parametrize(
    ("text", "validates"),
    [
        ("options { };", True),
        ("options { dnssec-validation auto; };", True),
        ("options { dnssec-validation no; };", False),
        ("options { dnssec-validation yes; };", False),
        ("options { dnssec-validation yes; }; trust-anchors { . initial-key 257 3 8 x; };", True),
    ],
)
def test_validation_needs_an_anchor(text: str, validates: bool) -> None:
    """`yes` without a trust anchor of one's own checks nothing."""
    view = read_records(units=_NAMED, named=text, named_version="9.18.1", ip="[]").facts["bind"]["views"]["_default"]
    assert view["validates"] is validates
