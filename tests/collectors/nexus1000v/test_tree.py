"""The tree of lines: what is written comes back, with the number of its line, whatever stands in banners."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.nexus1000v.scan import Unclosed, scan
from auditor.collectors.nexus1000v.tree import Line, parse, render

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=12
)
TEXTS = (
    st.lists(WORDS, min_size=1, max_size=4)
    .map(" ".join)
    .filter(lambda text: not text.startswith(("!", "banner ")) and "-----" not in text)
)


def _with_children(below: st.SearchStrategy[Line]) -> st.SearchStrategy[Line]:
    return st.builds(lambda text, children: Line(text, children=children), TEXTS, st.lists(below, max_size=4))


LINES = st.recursive(TEXTS.map(Line), _with_children)


def shape(line: Line) -> tuple[str, list[object]]:
    return line.text, [shape(child) for child in line.children]


@given(st.lists(LINES, max_size=6))
def test_round_trip(lines: list[Line]) -> None:
    """Any tree that is written and read again is the same tree, and each line's number is where it stands."""
    text = render(lines)
    tree = parse(text)
    assert [shape(line) for line in tree.top] == [shape(line) for line in lines]
    written = text.split("\n")
    for line in tree.root.walk():
        assert written[line.number - 1].strip() == line.text
    assert render(tree.top) == text


@given(st.text(st.sampled_from("!# \t\nab-^C\x03banermotdx"), max_size=200))
def test_scan_never_loses_its_place(text: str) -> None:
    """Whatever the text, every line is in one item or blank, and an unclosed banner is said."""
    try:
        items = list(scan(text))
    except Unclosed:
        return
    taken = [item.number + at for item in items for at in range(item.text.count("\n") + 1)]
    assert len(taken) == len(set(taken))
    for number, line in enumerate(text.split("\n"), 1):
        assert number in taken or not line.strip()


def test_banner_of_one_line() -> None:
    """The factory banner stands on one line, between delimiters."""
    (line,) = parse("banner motd #Nexus 1000v Switch#\n").top
    assert (line.text, line.kind, line.content) == ("banner motd", "banner", "Nexus 1000v Switch")


def test_banner_of_many_lines_swallows_what_looks_like_configuration() -> None:
    """Lines inside a banner are no configuration; the first line after it is."""
    tree = parse("hostname a\nbanner motd ^\ninterface Vethernet9\n  shutdown\n!\n^\nhostname b\n")
    assert [line.text for line in tree.top] == ["hostname a", "banner motd", "hostname b"]
    assert tree.top[1].content == "interface Vethernet9\n  shutdown\n!"
    assert tree.top[2].number == 7


def test_text_after_the_closing_delimiter_is_not_content() -> None:
    """What follows the delimiter on its line is dropped, as the device drops it."""
    (line,) = parse("banner exec *multi\nline*garbage\n").top
    assert line.content == "multi\nline"
    assert parse("banner exec **\n").top[0].content == ""


def test_certificate_is_swallowed() -> None:
    """Lines between BEGIN and END are no configuration."""
    tree = parse(
        "crypto ca x\n-----BEGIN CERTIFICATE-----\ninterface Vethernet9\n-----END CERTIFICATE-----\nhostname b\n"
    )
    assert [line.text for line in tree.top] == ["crypto ca x", "hostname b"]


def test_only_the_first_column_makes_a_comment() -> None:
    """`!` inside a description is text; in the first column it is a comment, and a header when it names something."""
    tree = parse("!Command: show running-config\ninterface Vethernet1\n  description Hot! x\n  ! text\n")
    assert tree.header == {"Command": "show running-config"}
    assert [child.text for child in tree.section("interface Vethernet1")] == ["description Hot! x", "! text"]


def test_repeated_sections_are_joined() -> None:
    """A section that appears twice counts with all its lines."""
    tree = parse("line vty\n  exec-timeout 5\nhostname a\nline vty\n  session-limit 2\n")
    assert [child.text for child in tree.section("line vty")] == ["exec-timeout 5", "session-limit 2"]


def test_deep_indentation_is_no_recursion() -> None:
    """Two thousand levels are read and walked."""
    tree = parse("".join(" " * depth + "x\n" for depth in range(2000)))
    assert sum(1 for _ in tree.root.walk()) == 2000
