"""The PDF report, read back with poppler and pikepdf: numbers, links, outline, pages, attachments."""

import hashlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from auditor.reporting import FORMATS, pdf, write
from auditor.reporting.pdf_join import SCHEME
from auditor.reporting.pdf_view import GROUP_FROM, ROWS_PER_HOST, host_pages
from auditor.reporting.summary import summarise
from auditor.reporting.words import pair
from tests.conftest import program, require
from tests.reporting.synthetic import make


@dataclass
class Report:
    """A written PDF, read back."""

    audit: dict[str, Any]
    path: Path
    pages: list[str]  # text of each page
    file: pikepdf.Pdf

    def anchors(self) -> dict[str, int]:
        """Named place -> page, from 0."""
        index = {p.obj.objgen: i for i, p in enumerate(self.file.pages)}
        tree = pikepdf.NameTree(self.file.Root.Names.Dests)
        return {str(name): index[place[0].objgen] for name, place in tree.items()}


def _make(folder: Path, audit: dict[str, Any]) -> Report:
    require(program("pdftotext"), "pdftotext is missing; apt-get install poppler-utils")
    write(audit, list(FORMATS), folder)
    path = folder / "audit.pdf"
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    file = pikepdf.open(path)
    return Report(audit, path, text.split("\f")[: len(file.pages)], file)


@pytest.fixture(scope="module", params=[1, 50, 300])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    audit = make(request.param)
    names = [one["name"] for one in audit["targets"]]
    agreed = {"number": 12, "proposed_by": "zoe", "approved_by": "ann", "approved_at": "2026-11-20T09:30:00Z"}
    profile = {"id": "blade", "title": "Blades", "version": "3", "sha256": "ab" * 32}
    audit["golden"] = [{**profile, "approval": agreed, "targets": names}]
    made = _make(tmp_path_factory.mktemp(f"pdf{request.param}"), audit)
    yield made
    made.file.close()


@pytest.mark.needs_pango
def test_the_answers_are_in_the_text(report: Report) -> None:
    """Coverage, score pair, run, the digest of audit.json and who agreed on a profile can be read from the pages."""
    audit, text = report.audit, "\n".join(report.pages)
    cover = report.pages[0]
    assert re.search(rf"{audit['coverage']['collected']}\s+of {audit['coverage']['population']} target", cover)
    for number in pair(audit["score"]["lower"], audit["score"]["upper"]).split(" to "):
        assert number in cover
    assert "Synthetic input" in cover
    assert audit["run"]["id"] in cover
    digest = hashlib.sha256((report.path.parent / "audit.json").read_bytes()).hexdigest()
    assert digest in text.replace("\n", "")
    for host in summarise(audit).unread:
        assert host.name in text
    assert "version 3: number 12, proposed by zoe, approved by ann on 20 November 2026" in " ".join(text.split())


@pytest.mark.needs_pango
def test_pages_are_numbered_headed_and_never_empty(report: Report) -> None:
    """Page x of y is right on every page but the cover; each page carries the run and something to read."""
    total = len(report.pages)
    assert not re.search(r"Page \d+ of \d+(?!\d)", report.pages[0].replace("0123456789", ""))
    for number, text in enumerate(report.pages[1:], 2):
        assert re.findall(r"Page (\d+) of (\d+)", text) == [(str(number), str(total))]
        assert report.audit["run"]["id"] in text
        assert len(text.split()) > 30, f"page {number} is nearly empty: {text}"
        assert not re.search(r"Evidence\s+Internal:", text), f"a table on page {number} is only a head"


@pytest.mark.needs_pango
def test_every_link_arrives(report: Report) -> None:
    """No link is a placeholder or dangling; the page it leads to shows the name; summary pages are the real ones."""
    anchors = report.anchors()
    names = {f"h-{h.index}": h.name for h in summarise(report.audit).hosts}
    count = 0
    for page in report.file.pages:
        for link in page.obj.get("/Annots", []):
            assert "/A" not in link, f"left over: {link.A} ({SCHEME})"
            name = str(link.Dest)
            assert name in anchors
            if name in names:
                assert names[name] in report.pages[anchors[name]]
            count += 1
    assert count >= 4


@pytest.mark.needs_pango
def test_the_table_of_hosts_prints_the_page_of_each_host(report: Report) -> None:
    """The number in the table is the page on which the host's findings begin."""
    anchors, index = report.anchors(), {h.name: h.index for h in summarise(report.audit).hosts}
    row = re.compile(r"^ *(\S+\.example\.net) +(?:ESXi|Linux|Nexus 1000V) .* (\d+|–)$", re.MULTILINE)
    found = [pair for text in report.pages for pair in row.findall(text)]
    assert sorted(name for name, _ in found) == sorted(index)
    for name, number in found:
        place = anchors[f"h-{index[name]}"] + 1
        assert number == str(place) if number != "–" else name in report.pages[place - 1]


@pytest.mark.needs_pango
def test_the_outline_names_every_host_on_its_page(report: Report) -> None:
    """Each target has an entry, and the entry's page shows its name."""
    index = {p.obj.objgen: i for i, p in enumerate(report.file.pages)}
    with report.file.open_outline() as outline:
        titles = [item.title for item in outline.root]
        hosts = next(item for item in outline.root if item.title == "Findings by host")
        assert titles[:2] == ["Summary", "What to fix first"]
        assert titles[-1] == "Method"
        assert sorted(i.title for i in hosts.children) == sorted(t["name"] for t in report.audit["targets"])
        for item in hosts.children:
            assert isinstance(item.destination, pikepdf.Array)
            assert item.title in report.pages[index[item.destination[0].objgen]]


@pytest.mark.needs_pango
def test_the_data_is_attached(report: Report) -> None:
    """audit.json and audit.csv come out of the PDF byte for byte, declared as its source (PDF/A-3)."""
    assert sorted(report.file.attachments) == ["audit.csv", "audit.json"]
    for name in ("audit.json", "audit.csv"):
        held = report.file.attachments[name]
        assert held.get_file().read_bytes() == (report.path.parent / name).read_bytes()
        assert held.obj.AFRelationship == pikepdf.Name.Source
    assert len(report.file.Root.AF) == 2
    assert b"pdfaid:part" in report.file.Root.Metadata.read_bytes()


@pytest.mark.needs_pango
def test_the_number_of_pages_stays_sane(report: Report) -> None:
    """300 hosts stay below a hundred pages when 9 of 10 checks pass."""
    read = report.audit["coverage"]["collected"]
    assert len(report.pages) <= {1: 7, 50: 32, 300: 95}[read]


@pytest.mark.needs_pango
def test_small_reports_are_tagged_for_screen_readers(tmp_path: Path) -> None:
    """The structure tree holds every page, and pictures have their numbers in words."""
    with _make(tmp_path, make(5)).file as file:
        numbers = file.Root.StructTreeRoot.ParentTree.Nums
        held: dict[int, Any] = {int(numbers[i]): numbers[i + 1] for i in range(0, len(numbers), 2)}
        assert {int(p.obj.StructParents) for p in file.pages} <= set(held)
        links = [a for p in file.pages for a in p.obj.get("/Annots", [])]
        assert links
        # an element inside an <a> would make a second annotation that is no Link (PDF/UA-1, 7.18.5)
        assert {str(held[int(a.StructParent)].S) for a in links} == {"/Link"}
        assert all(a.Contents for a in links)
        alts = [
            str(o.Alt) for o in file.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == pikepdf.Name.Figure
        ]
        assert any("Score between" in a for a in alts)
        assert any("Heat map" in a for a in alts)
        assert any(a.startswith("Targets: 5 assessed") for a in alts)


@pytest.mark.needs_pango
@pytest.mark.parametrize(
    "what", [{"hosts": 20, "long_names": True, "hostile": True}, {"hosts": 6, "right_to_left": True, "hostile": True}]
)
def test_hostile_and_very_long_text_is_printed_as_text(what: dict[str, Any], tmp_path: Path) -> None:
    """Markup is shown, hidden characters are spelled out, nothing stops the report."""
    made = _make(tmp_path, make(**what))
    text = "".join("\n".join(made.pages).split())
    assert "<bonmouseover=window.pwned=1>" in text
    assert "U+202E" in text
    made.file.close()


@pytest.mark.needs_pango
def test_all_unknown_is_never_shown_as_good(tmp_path: Path) -> None:
    """0 to 100 percent, no open failure, and the reasons; nothing says that there is nothing to fix."""
    made = _make(tmp_path, make(8, mood="all-unknown"))
    text = "\n".join(made.pages)
    assert "0.0 to 100.0 %" in text
    assert "could not be judged" in text
    assert "Nothing to fix" not in text
    assert "✓ Pass" in text  # the column is there, and counts nothing
    made.file.close()


@pytest.mark.needs_pango
def test_an_empty_audit_makes_a_report_that_says_so(tmp_path: Path) -> None:
    """No target, no rule, no division by zero."""
    audit = make(1)
    audit |= {"findings": [], "targets": [], "rules": {}, "sources": []}
    audit["score"] |= {"lower": None, "upper": None}
    audit["coverage"] |= {
        "population": 0,
        "collected": 0,
        "by_platform": {},
        "unreachable": [],
        "stale": [],
        "excluded": [],
    }
    made = _make(tmp_path, audit)
    assert "No score" in made.pages[0]
    made.file.close()


@pytest.mark.needs_pango
def test_letter_paper_is_an_option(tmp_path: Path) -> None:
    """612 by 792 points on every page, cover included, and no page more than there must be."""
    require(program("pdftotext"), "pdftotext is missing; apt-get install poppler-utils")
    audit = make(2)
    summary = summarise(audit)
    pdf.render(audit, summary, "0" * 64, tmp_path / "x.pdf", {"audit.json": b"{}"}, paper="letter")
    text = subprocess.run(
        ["pdftotext", str(tmp_path / "x.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "How much was looked at" in text.split("\f")[1]
    with pikepdf.open(tmp_path / "x.pdf") as file:
        assert {(round(float(p.mediabox[2])), round(float(p.mediabox[3]))) for p in file.pages} == {(612, 792)}


def test_a_host_section_is_bounded_and_groups_what_is_unknown_for_one_reason() -> None:
    """Many unknown rules with one reason are one row; rows over the limit are counted in words."""
    audit = make(2, mood="all-unknown", lost=0, per_platform=200)
    for page in host_pages(summarise(audit)):
        assert len(page.lines) <= ROWS_PER_HOST
        assert sum(len(line.rules) for line in page.lines) + page.left_out == page.host.tally.unknown
        reasons = [line.reason for line in page.lines if len(line.rules) >= GROUP_FROM]
        assert len(reasons) == len(set(reasons)) > 0
    failing = make(1, per_platform=400)
    for finding in failing["findings"]:
        finding["status"] = "fail"
    page = host_pages(summarise(failing))[0]
    assert (len(page.lines), page.left_out) == (
        ROWS_PER_HOST,
        page.host.tally.fail + page.host.tally.waived - ROWS_PER_HOST,
    )


def test_the_same_audit_is_the_same_bytes(tmp_path: Path) -> None:
    """No moment of making and no random number is in it: made again, it is the same. It tells how far it is."""
    audit, told = make(1), []

    def step(stage: str, done: int, of: int) -> None:
        told.append((stage, done, of))

    first, again = (write(audit, ["pdf"], tmp_path / name, step=step)[0].path for name in "ab")
    assert told == 2 * [("rendering", 0, 1), ("rendering", 1, 2)]
    assert first is not None
    assert again is not None
    assert first.read_bytes() == again.read_bytes()
