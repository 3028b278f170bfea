"""Fonts of a joined PDF: the subsets of one font become one font, and page numbers are written with it.

WeasyPrint keeps glyph ids when it subsets, so the outlines of equal base fonts can be put together by glyph id
(TrueType only; other fonts stay as they are, which is correct and only larger).
"""

import hashlib
import io
import re
from decimal import Decimal
from typing import Any

from auditor.reporting.render import PdfUnavailable

_WANTED = set("Page of 0123456789")
_MM = 72 / 25.4


def characters(font: Any) -> dict[int, bytes]:
    """Glyph id -> text (UTF-16BE in hexadecimal), from the ToUnicode map as WeasyPrint writes it."""
    return {int(g, 16): t for g, t in re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]+)>", font.ToUnicode.read_bytes())}


def widths(font: Any) -> dict[int, Any]:
    """Glyph id -> advance in thousandths of the font size."""
    w, out, i = list(font.DescendantFonts[0].get("/W", [])), {}, 0
    while i < len(w):
        if i + 1 < len(w) and not isinstance(w[i + 1], int | float | Decimal):
            for j, x in enumerate(w[i + 1]):
                out[int(w[i]) + j] = x
            i += 2
        else:
            for g in range(int(w[i]), int(w[i + 1]) + 1):
                out[g] = w[i + 2]
            i += 3
    return out


def merge(pdf: Any) -> None:
    """One font per base font, in place."""
    from pikepdf import Dictionary, Name

    groups: dict[str, list[Any]] = {}
    for o in pdf.objects:
        if (
            isinstance(o, Dictionary)
            and o.get("/Type") == Name.Font
            and o.get("/Subtype") == Name.Type0
            and "/FontFile2" in o.DescendantFonts[0].FontDescriptor
            and "/ToUnicode" in o
        ):
            groups.setdefault(str(o.BaseFont), []).append(o)
    swap: dict[tuple[int, int], Any] = {}
    for fonts in groups.values():
        if len(fonts) > 1:
            _merge_group(pdf, fonts)
            swap.update({f.objgen: fonts[0] for f in fonts})
    for o in list(pdf.objects):  # every dictionary that can hold font resources
        if isinstance(o, Dictionary) and "/Type" not in o:
            for holder in (o, o.get("/Font")):
                if isinstance(holder, Dictionary):
                    for key in list(holder.keys()):
                        v = holder[key]
                        if isinstance(v, Dictionary) and v.is_indirect and v.objgen in swap:
                            holder[key] = swap[v.objgen]


def _merge_group(pdf: Any, fonts: list[Any]) -> None:
    from fontTools.ttLib import TTFont
    from pikepdf import Array

    keep, cmap, advance, files = fonts[0], {}, {}, {}
    for f in fonts:
        cmap.update(characters(f))
        advance.update(widths(f))
        data = f.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()
        files[hashlib.sha256(data).digest()] = data
    faces = [TTFont(io.BytesIO(d), recalcTimestamp=False) for d in files.values()]
    faces.sort(key=lambda t: -t["maxp"].numGlyphs)
    base = faces[0]
    glyf, hmtx, order = base["glyf"], base["hmtx"], base.getGlyphOrder()
    for face in faces[1:]:
        for gid, name in enumerate(face.getGlyphOrder()):
            g = face["glyf"][name]
            if g.numberOfContours and not glyf[order[gid]].numberOfContours:
                if g.isComposite():
                    for c in g.components:
                        c.glyphName = order[face.getGlyphID(c.glyphName)]
                glyf[order[gid]], hmtx[order[gid]] = g, face["hmtx"][name]
    buffer = io.BytesIO()
    base.save(buffer)
    descendant = keep.DescendantFonts[0]
    descendant.FontDescriptor.FontFile2 = pdf.make_stream(buffer.getvalue(), Length1=len(buffer.getvalue()))
    descendant.W = Array([x for g in sorted(advance) for x in (g, Array([advance[g]]))])
    keep.ToUnicode = pdf.make_stream(_to_unicode(cmap))


def _to_unicode(cmap: dict[int, bytes]) -> bytes:
    rows = sorted(cmap.items())
    body = b"".join(
        b"%d beginbfchar\n%sendbfchar\n" % (len(part), b"".join(b"<%04x> <%s>\n" % row for row in part))
        for part in (rows[i : i + 100] for i in range(0, len(rows), 100))
    )
    return (
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        b"/CIDSystemInfo\n<< /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        b"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        + body
        + b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    )


def stamp(pdf: Any, tagged: bool, *, size: float = 8, right: float = 16 * _MM, bottom: float = 10 * _MM) -> None:
    """`Page x of y` at the foot of every page but the first, with a font that the first part embeds.

    The first part must print each character of "Page of 0123456789" once in its regular font. Lengths in points.
    Raises PdfUnavailable when no embedded font has them, as on a machine without any font.
    """
    pages = [p.obj for p in pdf.pages]
    font, gid = _page_font(pages[0])
    width = widths(font)
    done: set[tuple[int, int]] = set()
    for n, page in enumerate(pages[1:], 2):
        fonts = page.Resources.Font
        if fonts.objgen not in done or fonts.objgen == (0, 0):
            fonts["/FPageNo"] = font
            done.add(fonts.objgen)
        text = f"Page {n} of {len(pages)}"
        x = float(page.MediaBox[2]) - right - sum(float(width[gid[c]]) for c in text) * size / 1000
        code = "".join(f"{gid[c]:04x}" for c in text)
        body = f"q BT 0.28 0.33 0.4 rg /FPageNo {size} Tf 1 0 0 1 {x:.2f} {bottom:.2f} Tm <{code}> Tj ET Q"
        if tagged:
            body = f"/Artifact <</Type /Pagination /Subtype /Footer>> BDC {body} EMC"
        pdf.pages[n - 1].contents_add(b"q\n", prepend=True)
        pdf.pages[n - 1].contents_add(b"\nQ\n" + body.encode())


def _page_font(page: Any) -> tuple[Any, dict[str, int]]:
    for font in page.Resources.Font.values():
        if "/ToUnicode" not in font:
            continue
        gid = {bytes.fromhex(t.decode()).decode("utf-16-be"): g for g, t in characters(font).items()}
        if set(gid) >= _WANTED and not re.search("Bold|Mono|Obl|Ital", str(font.BaseFont)):
            return font, gid
    raise PdfUnavailable("PDF left out: no usable font for text; as root: apt-get install fonts-dejavu-core")
