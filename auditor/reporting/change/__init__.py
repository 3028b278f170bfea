"""A change check, or what came of it, as a file: one module for each format."""

from collections.abc import Mapping
from typing import Any

import orjson

MEDIA = {
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "sarif": "application/sarif+json",
    "junit": "application/xml",
}
ENDINGS = {"json": "json", "html": "html", "pdf": "pdf", "sarif": "sarif", "junit": "junit.xml"}


def content(document: Mapping[str, Any], form: str, base: str = "") -> bytes:
    """The document in a format: json, html, pdf, sarif, junit. Raises KeyError for another one, and PdfUnavailable.

    `base`: the folder that the candidate lies in, for places in SARIF.
    """
    if form == "html":
        from auditor.reporting.change.html import render

        return render(document).encode()
    if form == "pdf":
        from auditor.reporting.change.pdf import render as render_pdf

        return render_pdf(document, content(document, "json"))
    if form == "sarif":
        from auditor.reporting.change.sarif import render as render_sarif

        return orjson.dumps(render_sarif(document, base), option=orjson.OPT_INDENT_2) + b"\n"
    if form == "junit":
        from auditor.reporting.change.junit import render as render_junit

        return render_junit(document)
    if form == "json":
        return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
    raise KeyError(form)
