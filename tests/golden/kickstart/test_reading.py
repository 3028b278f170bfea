"""The reader of lines: whatever a file holds, each line is taken, listed, or says nothing; text survives as it was."""

import shlex

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.golden.kickstart.catalogue import FAMILIES
from auditor.golden.kickstart.interpret import NOTHING, TAKEN, UNREAD, interpret
from auditor.golden.kickstart.lexer import tokens
from auditor.golden.kickstart.marks import expanded
from auditor.golden.kickstart.profile import make, profile_text
from auditor.golden.kickstart.script import script
from auditor.golden.kickstart.sections import KickstartError, blank, sections
from auditor.golden.profile import golden
from auditor.golden.schema import GoldenProfile
from auditor.yamlfile import parse

HEADS = st.sampled_from(["%firstboot", "%firstboot --interpreter=python", "%post", "%pre", "%packages", "%include /x"])
PLAIN = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20)
SOUP = st.lists(
    st.sampled_from(
        ["-", "'", '"', "\\", "\\\n", "`", "$(", ")", "${", "}", "$A", "<<EOF", "<<-'E F'", "EOF", "\n", "\n", " ", ";",
         "&&", "||", "|", "&", "#", "if ", "then ", "fi", "for a in b; do ", "done", "case a in ", "esac", "f() {",
         "{ ", "(", ">", ">> /etc/ntp.conf ", "2>&1 ", "esxcli network ip dns server add -s 10.0.0.1", "exit 0",
         "@@A@@", "\t", "A=b ", "%firstboot\n", "%pre\n", "%end\n", "echo ", "server x", "\r\n", "“", "\u00a0", "!"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


def lost(text: str) -> set[int]:
    """Lines that say something, and stand in no entry."""
    covered = {line for one in interpret(text).entries for line in range(one.first, one.last + 1)}
    return {n for n, line in enumerate(text.split("\n"), 1) if not blank(line)} - covered


@settings(max_examples=400, deadline=None)
@given(st.one_of(SOUP, st.text(max_size=80)), HEADS)
@example("\\\necho a", "%firstboot")
@example("a 'b\nc' \\\n d <<X\nx\nX\n", "%firstboot")
def test_any_text_is_read_without_losing_a_line_or_refused_with_its_line(body: str, head: str) -> None:
    """No text breaks the reader: it names a line of the file that is wrong, or accounts for every line."""
    text = f"accepteula\n{head}\n{body}"
    try:
        missing, wrong = lost(text), 1
    except KickstartError as problem:
        missing, wrong = set(), problem.line
    assert missing == set()
    assert 1 <= wrong <= text.count("\n") + 1


COMMAND = "esxcli system syslog config logger set --id=n{} --rotate=1"
PIECES = st.sampled_from(
    [
        COMMAND,
        "  esxcli system syslog config \\\n   logger set --id=n{} \\\n --rotate=1",
        "esxcli system syslog config logger set --id='n{}' --rotate=\"1\"",
        "sleep 1; " + COMMAND + " # comment 'with quote",
        "logger 'a\nb # no comment\nc' && " + COMMAND,
        'echo "it\'s\n$(date "+%s")" > /tmp/x\n' + COMMAND,
        "cat > /tmp/x <<EOF\nif then 'unbalanced\nEOF\n" + COMMAND,
        "cat <<-'A' > /tmp/y; " + COMMAND + "\n\t'$x `\n\tA",
        "cat <<A - <<B > /tmp/y\na\nA\nb\nB\n" + COMMAND,
        "if [ -f /x ]\nthen\n  echo no\nfi\n" + COMMAND,
        "for a in b c; do\n  echo $a\ndone && true; " + COMMAND,
        "case x in\n  a|b) echo ;;\n  *) echo\n;; esac\n" + COMMAND,
        "f() {{\n  echo\n}}\n{{ " + COMMAND + "; }}",
        "# only words: esxcli\n\n   \n" + COMMAND,
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=8))
def test_a_command_is_found_behind_whatever_stands_before_it(pieces: list[str]) -> None:
    """Quotes, here-documents, continuations and blocks end where the shell ends them: what follows is taken."""
    text = "%firstboot\n" + "\n".join(piece.format(n) for n, piece in enumerate(pieces)) + "\n"
    found = interpret(text)
    assert [one for one in found.entries if one.kind not in (TAKEN, NOTHING)] == []
    assert found.draft.keys("advanced") == [f"Syslog.loggers.n{n}.rotate" for n in range(len(pieces))]
    assert lost(text) == set()


@settings(max_examples=200)
@given(PLAIN, st.sampled_from(["EOF", "'EOF'", '"EOF"', "\\EOF"]))
def test_a_quoted_here_document_keeps_its_text(body: str, delimiter: str) -> None:
    """With a quoted end the text is as it stands in the file; a plain end leaves text without signs alone."""
    if body == "EOF" or (delimiter == "EOF" and set(body) & set("$`\\")) or "{{" in body or "@@" in body or "%" in body:
        return
    (document,) = [one for one in tokens(f"cat <<{delimiter}\n{body}\nEOF\n", 1) if one.kind == "redirect"]
    assert (document.body, document.last) == (f"{body}\n", 3)


@settings(max_examples=200)
@given(st.lists(PLAIN, min_size=1, max_size=4))
def test_quoted_words_are_one_word_each(words: list[str]) -> None:
    """A word in single quotes is itself, whatever stands in it."""
    if any("'" in word or "{{" in word or "@@" in word or "%" in word or "<" in word for word in words):
        return
    line = " ".join(f"'{word}'" for word in words)
    (command,) = script(f"{line}\n", 1).commands
    assert command.words == words


@settings(max_examples=200)
@given(st.text(max_size=40), st.sampled_from(["plain", "'single'", '"double"']))
def test_sections_hold_every_line_once(text: str, word: str) -> None:
    """Each line of a file is in one section, or its head."""
    whole = f"{word}\n{text}\n%firstboot\n{word}"
    try:
        found = sections(whole)
    except KickstartError:
        return
    numbers = [number for part in found for number, _ in part.lines] + [part.head for part in found if part.head]
    assert sorted(numbers) == list(range(1, whole.count("\n") + 2))


EXAMPLES = [
    (family == "Installer", [*form.words.split(), *shlex.split(form.example.replace("\\", "\\\\"))])
    for family, forms in FAMILIES.items()
    for form in forms
]
ODD = st.sampled_from(
    ["$A", "@@A@@", "x@@A@@", "$(date)", "[x]", "*", "$$x", "a]", "a.b", "-", "true", "7", "no", "\u202e", "é", "a\nb",
     "{{ b }}", "", "vSwitch0", "ALL", "vmk1", "vmnic9", "10.0.0.1", "ssl://u:p@h"]
)  # fmt: skip
SIGNS = st.sampled_from(["", "", "", "[ -f /x ] && ", "true && ", "f() { ", "A=1; "])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EXAMPLES), st.integers(0, 12), ODD, SIGNS), max_size=25))
def test_whatever_commands_say_the_profile_is_one_that_loads(
    lines: list[tuple[tuple[bool, list[str]], int, str, str]],
) -> None:
    """Any commands, with odd words in any place, give a profile that its platform accepts and that reads back."""
    install, script_lines = [], []
    for (installer, words), place, odd, sign in lines:
        changed = [odd if n == place else word for n, word in enumerate(words)]
        quoted = [word if word[:1] == "$" else "'" + word + "'" for word in changed]
        if installer:
            install.append(" ".join(quoted).replace("\n", " "))
        else:
            script_lines.append(sign + " ".join(quoted) + ("; }" if sign.startswith("f()") else ""))
    text = "\n".join([*install, "%firstboot", *script_lines, ""])
    found = interpret(text)
    made = make(found, "test", "Test")
    golden(GoldenProfile.model_validate(made.data))
    assert parse(profile_text(found, made, "x")).data == made.data
    assert lost(text) == set()


def test_a_file_of_no_end_is_refused() -> None:
    """Commands and the text of variables are bounded; a variable that grows without end is left open."""
    for many in ("keyboard x\n" * 5000, "%firstboot\n" + "sleep 1\n" * 5000):
        with pytest.raises(KickstartError, match="more than 1500 commands"):
            interpret(many)
    grown = "%firstboot\nA=xx\n" + "A=$A$A\n" * 60 + "esxcli system welcomemsg set -m $A\n"
    (value,) = make(interpret(grown), "test", "Test").data["facts"]["advanced"].values()
    assert value.startswith("$")


def test_variables_split_where_the_shell_splits() -> None:
    """Without quotes a value becomes words, with quotes one word; what is not known stays open."""
    (command,) = script('x $A "$A" a${A}b "" $B$A', 1).commands
    known = {"A": "one two", "B": ""}
    words = [one for word in command.words for one in expanded(word, known)]
    assert words == ["x", "one", "two", "one two", "aone", "twob", "", "one", "two"]


def test_what_was_not_part_of_a_command_is_listed() -> None:
    """Sections in other languages are listed whole, comments too; unknown sections and options of sections are told."""
    found = interpret("%firstboot --interpreter=python\n# a\nprint(1)\n\nprint(2)\n%packages\nx\n%post --odd\ntrue\n")
    assert [(one.first, one.last, one.kind) for one in found.entries if one.kind == UNREAD] == [
        (2, 3, UNREAD), (5, 5, UNREAD), (6, 6, UNREAD), (7, 7, UNREAD), (8, 8, UNREAD)]  # fmt: skip
