"""audit.pdf: front (cover, answers, hosts), findings per host, and back (rules, what could not be judged, method).

The three are rendered apart and joined; hosts above CHUNK go through several processes, 25 hosts at a time. The front
comes last, because it prints the page of each host.
"""

import multiprocessing
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.reporting import charts, chosen, drift, heat, heat_picture, period
from auditor.reporting.html import verdict
from auditor.reporting.pages import asset, environment
from auditor.reporting.pdf_engine import Part, render_part, render_sized, weasyprint
from auditor.reporting.pdf_join import Entry, join
from auditor.reporting.pdf_view import HostPage, RuleCard, host_pages, rule_cards
from auditor.reporting.priority import FORMULA
from auditor.reporting.render import Paper, Step, quiet
from auditor.reporting.summary import Summary
from auditor.reporting.words import framework, instant, short

CATALOGUES = ("nist-800-53", "pci-dss", "iso-27001", "cis-controls", "sox")  # printed control by control
SMALL = 3  # hosts with findings; up to here findings and the rest flow without a page break
ONE_DOCUMENT = 100  # hosts; above, memory would grow by 3 MB a host
TAGGED = 300  # hosts; a tagged join holds 1.4 MB a host in memory
CHUNK = 25  # hosts a process lays out at a time: about 130 MB
JOBS = 2
CHUNKS_PER_POOL = 8 * JOBS  # a new pool then; max_tasks_per_child stops for ever on Python 3.11


def render(
    audit: Mapping[str, Any],
    summary: Summary,
    digest: str,
    out: Path,
    attachments: Mapping[str, bytes],
    *,
    paper: Paper = "a4",
    step: Step = quiet,
) -> str:
    """Write `out`; returns a note (`12 pages`). Raises PdfUnavailable where WeasyPrint cannot be loaded."""
    weasyprint()
    pages, cards = host_pages(summary), rule_cards(summary)
    tagged = len(pages) <= TAGGED
    css = style(paper, audit["run"])
    common = {
        "audit": audit,
        "drift": drift.view(audit),
        "changes": drift.changes(audit),
        "limits": chosen.limits(audit),
        "period": period.view(audit),
        "framework": (audit.get("selection") or {}).get("framework"),
        "run": audit["run"],
        "coverage": audit["coverage"],
        "rules": audit["rules"],
        "s": summary,
        "verdict": verdict(summary),
        "digest": digest,
        "formula": FORMULA,
        "host_pages": pages,
        "with_page": {p.host.index for p in pages},
        "with_card": {c.rule for c in cards},
        "cards": cards,
        "catalogues": CATALOGUES,
    }
    with tempfile.TemporaryDirectory(prefix="auditor-pdf-") as scratch:
        folder = Path(scratch)
        small = len(pages) <= SMALL
        of = 2 if small else 2 + len(_chunks(pages))  # front, back, and the chunks between
        findings = [] if small else _render_hosts(pages, common, css, folder, tagged, step)
        rest = {**common, "chunk": pages if small else [], "first": True}
        back = render_part(_page("pdf_back.html.j2", rest), css, folder / "back.pdf", tagged)
        step("rendering", of - 1, of)
        heat_rows = heat.rows(summary)
        drawings = {
            "coverage_bar": charts.coverage_bar(audit["coverage"]),
            "range_bar": charts.range_bar(summary.score["lower"], summary.score["upper"]),
            "severity_bars": {k: charts.tally_bar(t, k.capitalize()) for k, t in summary.severities.items()},
            "platform_bars": {p.name: charts.tally_bar(p.tally, p.name) for p in summary.platforms},
            "heat_maps": heat_picture.pictures(heat_rows, summary.families),
        }

        def front_html(length: int) -> str:
            at: dict[str, int] = {}
            start = length
            for part in (*findings, back):
                at |= {anchor: start + page + 1 for anchor, page in part.anchors.items()}
                start += part.pages
            return _page("pdf_front.html.j2", {**common, **drawings, "page_of": at})

        guess = 3 + len(summary.hosts) // 40
        front = render_sized(front_html, css, folder / "front.pdf", tagged, guess)
        files = [front.path, *(p.path for p in findings), back.path]
        names = {f"h-{h.index}": short(h.name, 60) for h in summary.hosts} | {f"r-{r}": r for r in audit["rules"]}
        count = join(
            files,
            out,
            _outline(summary, cards, period_in="period" in audit),
            attachments,
            tagged=tagged,
            described=names,
            made_at=instant(audit["run"]["finished_at"]) or datetime(2000, 1, 1, tzinfo=UTC),
        )
    return f"{count} pages"


def style(paper: Paper, run: Mapping[str, Any]) -> str:
    """The style sheet of the PDF, on A4 or Letter, with what stands at the head and foot of each page."""
    size, height = {"a4": ("A4", "297mm"), "letter": ("Letter", "11in")}[paper]
    head = "Configuration audit" + (f", {short(run['organisation'], 60)}" if run["organisation"] else "")
    margins = "".join(
        f"@{place}{{content:{css_string(text)}}}"
        for place, text in (
            ("top-left", head),
            ("top-right", f"Run {run['id']}"),
            ("bottom-left", short(run["classification"], 90)),
        )
    )
    light = asset("tokens.css").split("@media", 1)[0]
    return f"{light}\n{asset('pdf.css')}\n@page{{size:{size};{margins}}}\n.cover{{height:{height}}}"


def css_string(text: str) -> str:
    """A CSS string in which every character but letters, digits and blanks is written as its code."""
    return '"' + "".join(c if c.isascii() and (c.isalnum() or c == " ") else f"\\{ord(c):x} " for c in text) + '"'


def _page(template: str, values: Mapping[str, Any]) -> str:
    return environment().get_template(template).render(values)


def _chunks(pages: Sequence[HostPage]) -> list[Sequence[HostPage]]:
    size = len(pages) if len(pages) <= ONE_DOCUMENT else CHUNK
    return [pages[i : i + size] for i in range(0, len(pages), size)] if pages else []


def _render_hosts(
    pages: Sequence[HostPage], common: Mapping[str, Any], css: str, folder: Path, tagged: bool, step: Step
) -> list[Part]:
    chunks = _chunks(pages)
    jobs = [
        (
            _page("pdf_hosts.html.j2", {**common, "chunk": chunk, "first": i == 0}),
            css,
            folder / f"hosts{i:04d}.pdf",
            tagged,
        )
        for i, chunk in enumerate(chunks)
    ]
    # a daemonic process (a task of a worker) may not have children: then one after the other
    done: list[Part] = []
    if len(jobs) <= 1 or multiprocessing.current_process().daemon:
        for job in jobs:
            done.append(render_part(*job))
            step("rendering", len(done), len(jobs) + 2)
        return done
    for i in range(0, len(jobs), CHUNKS_PER_POOL):
        with ProcessPoolExecutor(JOBS, mp_context=multiprocessing.get_context("spawn")) as pool:
            for part in pool.map(_render_job, jobs[i : i + CHUNKS_PER_POOL]):
                done.append(part)
                step("rendering", len(done), len(jobs) + 2)
    return done


def _render_job(job: tuple[str, str, Path, bool]) -> Part:
    return render_part(*job)


def _outline(summary: Summary, cards: Sequence[RuleCard], *, period_in: bool) -> list[Entry]:
    hosts = [Entry(short(h.name, 80), f"h-{h.index}") for h in sorted(summary.hosts, key=lambda h: h.name)]
    return [
        Entry("Summary", "summary"),
        Entry("What to fix first", "fix"),
        *([Entry("The period", "period")] if period_in else []),
        Entry("Drift", "drift"),
        Entry("Where", "where"),
        Entry("Hosts", "hosts"),
        Entry("Findings by host", "findings", hosts),
        Entry("Rules with something open", "rules", [Entry(short(c.rule, 80), f"r-{c.rule}") for c in cards]),
        Entry("What could not be judged", "unjudged"),
        Entry("Waivers", "waivers"),
        Entry(
            "By framework",
            "frameworks",
            [Entry(framework(name), f"fw-{i}") for i, name in enumerate(summary.frameworks)],
        ),
        Entry("Sources", "sources"),
        Entry("Method", "method"),
    ]
