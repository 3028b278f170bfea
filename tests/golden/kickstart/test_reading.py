"""The reader of lines: whatever a file holds, each line is taken, listed, or says nothing; text survives as it was."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.golden.kickstart.interpret import NOTHING, TAKEN, UNREAD, interpret
from auditor.golden.kickstart.lexer import tokens
from auditor.golden.kickstart.marks import expanded
from auditor.golden.kickstart.script import script
from auditor.golden.kickstart.sections import KickstartError, blank, sections

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
