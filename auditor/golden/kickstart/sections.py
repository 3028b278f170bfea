"""A kickstart file as sections: the installer's own commands, then scripts with the language they are written in."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_LINES = 20_000
MAX_LINE = 20_000
INSTALL = "install section"
SCRIPTS = ("%pre", "%post", "%firstboot")
_HEAD = re.compile(r"%(?:pre|post|firstboot|packages|end|vmlicense_text)(?![\w/.-])")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SMART = re.compile("[\u00a0\u2018-\u201f\u2013\u2014\u2212\u200b-\u200f\u202f\u2060\ufeff]")
_NAMES = {
    "\u00a0": "a non-breaking space", "\u202f": "a non-breaking space", "\u2013": "an en dash", "\u2014": "an em dash",
    "\u2212": "a minus sign of typography",
}  # fmt: skip
_INTERPRETER = re.compile(r"(?:^|/)(busybox|python|sh|ash)[\d.]*$")


class KickstartError(ValueError):
    """The file cannot be read. `line` counts from 1; `mend` says what to do."""

    def __init__(self, what: str, line: int, mend: str = "") -> None:
        self.line, self.mend = line, mend
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one section, numbered from 1; `head` is the line with its name, 0 for the install section."""

    name: str
    head: int = 0
    interpreter: str = "busybox"
    problem: str = ""
    lines: list[tuple[int, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "".join(f"{line}\n" for _, line in self.lines)


def sections(text: str) -> list[Section]:
    """All sections in the order of the file; the install section comes first. Raises KickstartError."""
    found = [Section(INSTALL)]
    lines = text.removeprefix("\ufeff").split("\n")
    if len(lines) > MAX_LINES:
        raise KickstartError(f"more than {MAX_LINES} lines", MAX_LINES, "This is no kickstart file.")
    for number, line in enumerate(lines, 1):
        line = line.removesuffix("\r")
        if _CONTROL.search(line) or len(line) > MAX_LINE:
            raise KickstartError("a control character or an endless line", number, "A kickstart file is plain text.")
        if _HEAD.match(line):
            found.append(_section(line, number))
        else:
            found[-1].lines.append((number, line))
    return found


def _section(line: str, number: int) -> Section:
    check_typography(line, number)
    name, *options = words(line, number)
    interpreter, problem = "busybox", ""
    for option in options:
        key, _, value = option.partition("=")
        if key == "--interpreter":
            known = _INTERPRETER.search(value)
            interpreter = known[1] if known else "another language"
        elif key not in ("--ignorefailure", "--timeout", "--unsupported"):
            problem = "an unknown option of the section"
    if name not in (*SCRIPTS, "%end"):
        problem = "no section that holds commands"
    return Section(name, number, "busybox" if interpreter in ("sh", "ash") else interpreter, problem)


def words(line: str, number: int) -> list[str]:
    """The words of a line of the installer. Raises KickstartError where a quote does not end."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        raise KickstartError("a quote that does not end on its line", number, "Close the quote.") from None


def check_typography(text: str, line: int) -> None:
    """Raises KickstartError for quotes and dashes that a word processor or a web page made."""
    found = _SMART.search(text)
    if found:
        what = _NAMES.get(found[0]) or ("a typographic quote" if "\u2018" <= found[0] <= "\u201f" else "an unseen sign")
        mend = "It came with a copy from a web page or word processor: type the plain ' \" - or space instead."
        raise KickstartError(f"{what} ({found[0].encode('unicode_escape').decode()})", line, mend)


def blank(line: str) -> bool:
    """Whether a line says nothing."""
    return not line.strip() or line.lstrip().startswith("#")


def spans(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers as (first, last)."""
    first = last = None
    for number in numbers:
        if last is not None and first is not None and number != last + 1:
            yield first, last
            first = number
        first, last = number if first is None else first, number
    if first is not None and last is not None:
        yield first, last
