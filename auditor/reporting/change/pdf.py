"""A change as PDF/A-3 with tags, its JSON attached: laid out in one piece."""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.reporting.change.html import values
from auditor.reporting.pages import asset, environment
from auditor.reporting.pdf import css_string
from auditor.reporting.pdf_engine import render_part
from auditor.reporting.pdf_join import SCHEME, Entry, join
from auditor.reporting.words import instant, short

PARTS = (
    ("The answer", "answer"),
    ("Risks of the window", "risks"),
    ("Newly failing", "failing"),
    ("No longer known", "unknown"),
    ("What cannot be foretold", "untold"),
    ("Waivers", "waivers"),
    ("Drift from golden profiles", "drift"),
    ("Newly passing", "passing"),
    ("No longer judged", "vanished"),
    ("Predicted facts, and why", "facts"),
    ("Still failing", "still"),
    ("The candidate", "candidate"),
    ("How this was made", "method"),
)


def render(document: Mapping[str, Any], data: bytes) -> bytes:
    """The file; `data` is the document as JSON. Raises PdfUnavailable where WeasyPrint cannot be loaded."""
    known = {**values(document), "paper": True, "link": SCHEME}
    html = environment().get_template("change/paper.html.j2").render(known)
    light = asset("tokens.css").split("@media", 1)[0]
    name = f"Change {short(str(known['id']), 60)}"
    margins = f"@top-left{{content:{css_string('Configuration audit')}}}@top-right{{content:{css_string(name)}}}"
    # `join` stamps the others
    first = '@page:first{@bottom-right{content:"Page " counter(page) " of " counter(pages)}}'
    css = f"{light}\n{asset('pdf.css')}\n{asset('change-pdf.css')}\n@page{{size:A4;{margins}}}{first}"
    anchors = known["v"].get("anchors", {})
    with tempfile.TemporaryDirectory(prefix="auditor-pdf-") as scratch:
        part, out = Path(scratch, "part.pdf"), Path(scratch, "change.pdf")
        render_part(html, css, part, tagged=True)
        join(
            [part],
            out,
            [Entry(title, anchor) for title, anchor in PARTS],
            {"change-result.json" if known["result"] else "change.json": data},
            tagged=True,
            described={anchor: short(f"line {where}", 120) for where, anchor in anchors.items()},
            made_at=instant(known["at"]) or datetime(2000, 1, 1, tzinfo=UTC),
        )
        return out.read_bytes()
