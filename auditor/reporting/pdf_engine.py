"""The one place that touches WeasyPrint: import it or say why not, and turn one HTML part into one PDF part."""

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.reporting.render import PdfUnavailable

INSTALL = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


@dataclass(frozen=True, slots=True)
class Part:
    """A rendered part: its file, its length and the page (from 0) of each anchor in it."""

    path: Path
    pages: int
    anchors: dict[str, int]


def weasyprint() -> Any:
    """The module. Raises PdfUnavailable where Python or native libraries are missing.

    Without Pango, `import weasyprint` prints advice on standard output and raises OSError.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            import weasyprint as module
    except (ImportError, OSError) as why:
        missing = str(why).split("\n", 1)[0].split(": ", 1)[0][:120]
        raise PdfUnavailable(
            f"PDF left out: WeasyPrint cannot load its libraries ({missing}); as root: {INSTALL}"
        ) from why
    return module


def variant(tagged: bool) -> str:
    """PDF/A-3 with file attachments; level a is tagged."""
    return "pdf/a-3a" if tagged else "pdf/a-3b"


def render_part(html: str, css: str, path: Path, tagged: bool) -> Part:
    """Lay out one part and write it."""
    wp = weasyprint()
    document = _layout(wp, html, css, tagged)
    document.write_pdf(path, pdf_variant=variant(tagged))
    return _part(document, path)


def render_sized(html_of: Any, css: str, path: Path, tagged: bool, guess: int) -> Part:
    """Like `render_part` for a part that prints page numbers which depend on its own length: `html_of(length)`."""
    wp = weasyprint()
    for _ in range(3):
        document = _layout(wp, html_of(guess), css, tagged)
        if len(document.pages) == guess:
            break
        guess = len(document.pages)
    document.write_pdf(path, pdf_variant=variant(tagged))
    return _part(document, path)


def _part(document: Any, path: Path) -> Part:
    anchors = {name: number for number, page in enumerate(document.pages) for name in page.anchors}
    return Part(path, len(document.pages), anchors)


def _layout(wp: Any, html: str, css: str, tagged: bool) -> Any:
    """Lay out pages. Only data URIs are ever opened: neither the network nor a file of this machine."""
    only_data = wp.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    page = wp.HTML(string=html, url_fetcher=only_data)
    return page.render(stylesheets=[wp.CSS(string=css, url_fetcher=only_data)], pdf_variant=variant(tagged))
