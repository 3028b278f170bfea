"""What `auditor change` prints and writes: text for people, one JSON, SARIF or JUnit document, or files in a folder."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from auditor.errors import InputError

PRINTED = ("text", "json", "sarif", "junit")  # what standard output can take
FORMATS = (*PRINTED, "html", "pdf")
ENDINGS = {"text": "txt", "junit": "junit.xml", "sarif": "sarif"}


def checked_formats(text: str, folder: Path | None) -> list[str]:
    """The formats. Raises InputError for an unknown one, and for files without a folder."""
    from auditor.cli.inputs import checked_folder

    wanted = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for one in wanted:
        if one not in FORMATS:
            raise InputError(f"there is no format {one!r}", mend=f"Known formats: {', '.join(FORMATS)}.")
    if not wanted:
        raise InputError("no format is named", mend=f"Known formats: {', '.join(FORMATS)}.")
    if folder is not None:
        checked_folder(folder)
    elif len(wanted) > 1 or wanted[0] not in PRINTED:
        raise InputError(f"{', '.join(wanted)} are files", mend="Name their folder with -o.")
    return wanted


def finish(
    document: dict[str, Any], formats: Sequence[str], folder: Path | None, candidate: Path | None = None
) -> None:
    """Print or write a check or a result. Raises InputError where a file cannot be written."""
    base = _base(candidate)
    if folder is None:
        sys.stdout.write(_content(document, formats[0], base).decode())
        return
    from auditor.cli.change_text import lines

    for line in lines(document):
        sys.stdout.write(line + "\n")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in formats:
            path = folder / f"change.{ENDINGS.get(one, one)}"
            path.write_bytes(_content(document, one, base))
            sys.stdout.write(f"{one:5} {path}\n")
    except OSError as problem:
        why = f"it cannot be written: {problem.strerror or problem}"
        raise InputError(why, where=str(folder), mend="Name another folder with -o, or make room.") from None


def _base(candidate: Path | None) -> str:
    """The folder of the candidate below the working directory: so tools find it in a repository. "" elsewhere."""
    if candidate is None or candidate.is_absolute() or ".." in candidate.parts:
        return ""
    return "" if candidate.parent == Path() else candidate.parent.as_posix()


def _content(document: dict[str, Any], form: str, base: str) -> bytes:
    if form == "text":
        from auditor.cli.change_text import lines

        return "".join(f"{line}\n" for line in lines(document)).encode()
    from auditor.reporting import PdfUnavailable
    from auditor.reporting.change import content

    try:
        return content(document, form, base)
    except PdfUnavailable as problem:
        raise InputError(str(problem), mend="Ask for html, or install them.") from None
