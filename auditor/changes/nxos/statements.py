"""The lines of a candidate as somebody would type them: one command each, banners and certificates whole."""

from dataclasses import dataclass

from auditor.changes.candidate import File
from auditor.collectors.nexus1000v.scan import Unclosed, scan
from auditor.errors import InputError

MAX_COMMANDS = 400_000


@dataclass(frozen=True, slots=True)
class Statement:
    """One command. `number` counts from 1 in the candidate."""

    number: int
    indent: int
    text: str  # without indentation, each run of blanks one
    kind: str = "command"  # command | banner | certificate
    name: str = ""  # of a banner: motd
    content: str = ""


def statements(file: File) -> list[Statement]:
    """The commands of a candidate, in order. Raises InputError for a banner or certificate that never ends."""
    try:
        scanned = list(scan(file.text))
    except Unclosed as problem:
        number = next((int(word) for word in str(problem).split() if word.isdecimal()), 1)
        raise file.error(number, str(problem), "Close it with its own delimiter.") from None
    found: list[Statement] = []
    for item in scanned:
        if item.kind == "comment" or (item.kind == "command" and item.text.lstrip().startswith("!")):
            continue
        if item.kind == "banner":
            found.append(Statement(item.number, 0, f"banner {item.name}", "banner", item.name, item.content))
            continue
        if item.kind == "certificate":
            found.append(Statement(item.number, 0, item.text, "certificate"))
            continue
        bare = item.text.lstrip()
        indent = len(item.text) - len(bare)
        found.extend(Statement(item.number, indent, part) for part in _parts(bare))
    if len(found) > MAX_COMMANDS:
        raise InputError(f"more than {MAX_COMMANDS} commands", where=file.name, mend="Split the change.")
    return found


def _parts(text: str) -> list[str]:
    """One line may hold several commands: `configure terminal ; interface Ethernet1/1`."""
    if " ; " not in text or text.startswith(("description ", "desc ", "action ")):
        return [_plain(text)]
    return [part for piece in text.split(" ; ") if (part := _plain(piece))]


def _plain(text: str) -> str:
    """Blanks as a device writes them. What a description holds stays as it is."""
    first, _, rest = text.strip().replace("\t", " ").partition(" ")
    if first.startswith(("desc", "name")) or "  " not in text:
        return f"{first} {rest.strip()}".rstrip()
    return " ".join(text.split())
