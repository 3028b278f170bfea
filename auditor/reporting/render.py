"""From an audit to files: canonical JSON first, whose SHA-256 every other format prints; each file appears whole."""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from auditor.errors import AuditorError

Paper = Literal["a4", "letter"]
FORMATS: dict[str, str] = {
    "html": "audit.html",
    "pdf": "audit.pdf",
    "json": "audit.json",
    "csv": "audit.csv",
    "xlsx": "audit.xlsx",
}
Step = Callable[[str, int, int], None]  # stage, done, of


def quiet(stage: str, done: int, of: int) -> None:
    """Tell nobody how far it is."""


class PdfUnavailable(AuditorError):
    """The native libraries that make PDF are not there: one line that says which, and how to get them."""


@dataclass(frozen=True, slots=True)
class Written:
    """One format: its file, or None with the reason in `note`. A note can also stand beside a file."""

    format: str
    path: Path | None
    note: str = ""


def write(
    audit: dict[str, Any], formats: Sequence[str], folder: Path, *, paper: Paper = "a4", step: Step = quiet
) -> list[Written]:
    """Write `formats` (keys of FORMATS) into `folder`, which is made when missing; JSON first, PDF last.

    `step` is told how far it is: ("rendering", 3, 12), parts of the whole. What it raises ends the writing. A machine
    that cannot make PDF gets all other formats and a note. A file appears under its name only when it is complete.
    Raises ValueError for an unknown format, OSError when the folder cannot be written.
    """
    if unknown := [f for f in formats if f not in FORMATS]:
        raise ValueError(f"unknown format: {', '.join(unknown)} (known: {', '.join(FORMATS)})")
    from auditor.reporting.exports.json import canonical
    from auditor.reporting.summary import summarise

    folder.mkdir(parents=True, exist_ok=True)
    step("rendering", 0, 1)
    audit, data = canonical(audit)
    digest = hashlib.sha256(data).hexdigest()
    summary = summarise(audit)
    out: list[Written] = []
    table: bytes | None = None
    if "json" in formats:
        out.append(_put("json", folder, data))
    if "csv" in formats or "pdf" in formats:
        from auditor.reporting.exports.csv import render as render_csv

        table = render_csv(audit)
        if "csv" in formats:
            out.append(_put("csv", folder, table))
    if "html" in formats:
        from auditor.reporting.html import render as render_html

        out.append(_put("html", folder, render_html(audit, summary, digest).encode()))
    if "xlsx" in formats:
        from auditor.reporting.exports.xlsx import render as render_xlsx

        out.append(_made("xlsx", folder, lambda path: render_xlsx(audit, summary, digest, path)))
    if "pdf" in formats:
        from auditor.reporting.pdf import render as render_pdf

        beside = {"audit.json": data, "audit.csv": table or b""}
        try:
            out.append(
                _made(
                    "pdf",
                    folder,
                    lambda path: render_pdf(audit, summary, digest, path, beside, paper=paper, step=step),
                )
            )
        except PdfUnavailable as why:
            out.append(Written("pdf", None, str(why)))
    order = list(FORMATS)
    return sorted(out, key=lambda w: order.index(w.format))


def _put(name: str, folder: Path, data: bytes) -> Written:
    def whole(path: Path) -> str:
        path.write_bytes(data)
        return ""

    return _made(name, folder, whole)


def _made(name: str, folder: Path, make: Callable[[Path], str]) -> Written:
    """What `make` writes, which returns a note, under its name once it is whole."""
    path = folder / FORMATS[name]
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        note = make(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return Written(name, path, note)
