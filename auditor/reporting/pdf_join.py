"""Parts of a report, rendered apart, become one PDF: links across parts, outline, page numbers, attachments, tags.

A link to a place that may be in another part is written as `x-join:ANCHOR`, because WeasyPrint drops a link whose
target is not in the same file; anchors are unique in the whole report. Steps and their traps were measured; the first
part is the base: its title, XMP, output intent and language stay.
"""

import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.reporting import pdf_fonts

SCHEME = "x-join:"
_XMP_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>PDF/UA part</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""  # noqa: E501


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the outline; an anchor that is not in the report leaves the line out."""

    title: str
    anchor: str
    children: list["Entry"] = field(default_factory=list)


def join(
    parts: Sequence[Path],
    out: Path,
    outline: Sequence[Entry],
    attachments: Mapping[str, bytes],
    *,
    tagged: bool,
    described: Mapping[str, str],
    made_at: datetime,
) -> int:
    """Write `out` and return its number of pages. Raises ValueError for a link without a target.

    `described` says in words where an anchor leads; a screen reader reads it with the link. The same parts with the
    same `made_at` are the same bytes.
    """
    import pikepdf

    with pikepdf.open(parts[0]) as pdf:
        places, sources = _collect(pikepdf, pdf, parts, tagged)
        try:
            pages = [p.obj for p in pdf.pages]
            _name_places(pikepdf, pdf, pages, places)
            _resolve_links(pikepdf, pages, places, described)
            _write_outline(pikepdf, pdf, pages, places, outline)
            pdf_fonts.merge(pdf)
            for page in pages:
                if "/ColorSpace" in pages[0].Resources and "/ColorSpace" in page.Resources:
                    page.Resources.ColorSpace = pages[0].Resources.ColorSpace  # one ICC profile, not one per part
            pdf_fonts.stamp(pdf, tagged)
            _attach(pikepdf, pdf, attachments, made_at)
            if tagged:  # claim PDF/UA-1 beside PDF/A, which wants its extension schema for that
                xmp = pdf.Root.Metadata.read_bytes().replace(b"</rdf:RDF>", _XMP_UA + b"</rdf:RDF>")
                pdf.Root.Metadata = pdf.make_stream(xmp, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
            streams = pikepdf.ObjectStreamMode.generate
            pdf.save(out, object_stream_mode=streams, compress_streams=True, deterministic_id=True)
            return len(pages)
        finally:
            for source in sources:
                source.close()


def _collect(
    pikepdf: Any, pdf: Any, parts: Sequence[Path], tagged: bool
) -> tuple[dict[str, tuple[int, list[Any]]], list[Any]]:
    """Put the pages of all parts into `pdf`; return anchor -> (page, position) and the files to close after saving."""
    places: dict[str, tuple[int, list[Any]]] = {}
    tags = _Tags(pikepdf, pdf) if tagged else None
    sources: list[Any] = []
    for k, path in enumerate(parts):
        source = pdf if k == 0 else pikepdf.open(path)
        if k:
            sources.append(source)
        first = len(pdf.pages) if k else 0
        index = {p.obj.objgen: i for i, p in enumerate(source.pages)}
        names = source.Root.get("/Names", {}).get("/Dests", {}).get("/Names", [])
        for i in range(0, len(names), 2):
            place = names[i + 1]
            places.setdefault(str(names[i]), (first + index[place[0].objgen], list(place)[1:]))
        if tags:
            tags.make_unique(source, k)
        if k:
            pdf.pages.extend(source.pages)
        if tags:
            tags.add(source if k else None, first)
    if tags:
        tags.finish()
    return places, sources


class _Tags:
    """Structure trees of the parts as Parts below one Document. Pages are copied before the tree, so that the tree's
    references to pages arrive at the copies.
    """

    def __init__(self, pikepdf: Any, pdf: Any) -> None:
        self.pikepdf, self.pdf = pikepdf, pdf
        self.root = pdf.Root.StructTreeRoot
        name = pikepdf.Name
        top = pikepdf.Dictionary(Type=name.StructElem, S=name.Document, P=self.root, K=pikepdf.Array())
        self.top = pdf.make_indirect(top)
        self.numbers: list[tuple[int, Any]] = []

    def make_unique(self, source: Any, k: int) -> None:
        """WeasyPrint repeats the ids of table headers from file to file."""
        name, dictionary, string = self.pikepdf.Name, self.pikepdf.Dictionary, self.pikepdf.String
        for o in source.objects:
            if isinstance(o, dictionary) and o.get("/S") in (name.TH, name.TD):
                if "/ID" in o:
                    o.ID = string(f"c{k}-{o.ID}")
                if "/A" in o and "/Headers" in o.A:
                    o.A.Headers = self.pikepdf.Array([string(f"c{k}-{h}") for h in o.A.Headers])

    def add(self, source: Any, first: int) -> None:
        """Take over the tree of a part whose pages start at `first`; None is the base file itself."""
        tree = self.root if source is None else self.pdf.copy_foreign(source.Root.StructTreeRoot)
        part = tree.K[0]
        part.S, part.P = self.pikepdf.Name.Part, self.top
        self.top.K.append(part)
        numbers, offset = tree.ParentTree.Nums, self.numbers[-1][0] + 1 if self.numbers else 0
        self.numbers += [(offset + int(numbers[i]), numbers[i + 1]) for i in range(0, len(numbers), 2)]
        for page in self.pdf.pages[first:]:
            page.obj.StructParents = offset + int(page.obj.StructParents)
            for a in page.obj.get("/Annots", []):
                if "/StructParent" in a:
                    a.StructParent = offset + int(a.StructParent)

    def finish(self) -> None:
        """Write the joined tree."""
        array = self.pikepdf.Array
        self.root.K = array([self.top])
        flat = array([x for number in self.numbers for x in number])
        self.root.ParentTree = self.pdf.make_indirect(self.pikepdf.Dictionary(Nums=flat))
        self.root.ParentTreeNextKey = self.numbers[-1][0] + 1


def _name_places(pikepdf: Any, pdf: Any, pages: list[Any], places: Mapping[str, tuple[int, list[Any]]]) -> None:
    tree = pikepdf.NameTree.new(pdf)
    for name, (i, position) in places.items():
        tree[name] = pikepdf.Array([pages[i], *position])
    if "/Names" not in pdf.Root:
        pdf.Root.Names = pikepdf.Dictionary()
    pdf.Root.Names.Dests = tree.obj


def _resolve_links(pikepdf: Any, pages: list[Any], places: Mapping[str, Any], described: Mapping[str, str]) -> None:
    for page in pages:
        for link in page.get("/Annots", []):
            uri = str(link.A.URI) if "/A" in link and link.A.get("/S") == pikepdf.Name.URI else ""
            if uri.startswith(SCHEME):
                name = uri[len(SCHEME) :]
                if name not in places:
                    raise ValueError(f"link without a target: {name}")
                del link["/A"]
                link.Dest = pikepdf.String(name)
                if "/Contents" in link:
                    link.Contents = pikepdf.String(f"Go to {described.get(name, name)}")


def _write_outline(
    pikepdf: Any, pdf: Any, pages: list[Any], places: Mapping[str, Any], outline: Sequence[Entry]
) -> None:
    def items(entries: Sequence[Entry]) -> Iterator[Any]:
        for entry in entries:
            if entry.anchor in places:
                i, position = places[entry.anchor]
                item = pikepdf.OutlineItem(entry.title, pikepdf.Array([pages[i], *position]))
                item.is_closed = True
                item.children.extend(items(entry.children))
                yield item

    if "/Outlines" in pdf.Root:
        del pdf.Root["/Outlines"]
    with pdf.open_outline() as tree:
        tree.root.extend(items(outline))
    pdf.Root.PageMode = pikepdf.Name.UseOutlines


def _attach(pikepdf: Any, pdf: Any, attachments: Mapping[str, bytes], made_at: datetime) -> None:
    """PDF/A-3 wants a relationship, a MIME type and an entry in /AF for each file."""
    at = made_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    for name, data in attachments.items():
        pdf.attachments[name] = pikepdf.AttachedFileSpec(
            pdf,
            data,
            filename=name,
            description="Data of this audit",
            mime_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            relationship=pikepdf.Name.Source,
            creation_date=at,
            mod_date=at,
        )
        held, spec = pdf.Root.get("/AF", pikepdf.Array()), pdf.attachments[name].obj
        if all(x.objgen != spec.objgen for x in held):  # pikepdf 10.17 adds it by itself
            held.append(spec)
            pdf.Root.AF = held
