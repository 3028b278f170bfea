"""The heat map as pictures for paper, with the same numbers in words."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from auditor.reporting.charts import FONT, HEIGHT, KIND_WORDS, Picture, hatched, picture
from auditor.reporting.heat import Row
from auditor.reporting.pages import light_tokens
from auditor.reporting.words import short

ROWS = 34  # rows in one picture at most, so that it fits a page
LABEL, WIDTH, LINE, HEAD = 128.0, 680.0, 21.0, 88.0


def pictures(rows: Sequence[Row], families: Mapping[str, str]) -> list[Picture]:
    """Pictures of at most ROWS rows each, 680 units wide."""
    top = max((h.urgent for row in rows for h in row.hosts), default=0)
    count = -(-len(rows) // ROWS)
    size = -(-len(rows) // max(count, 1))  # equal pictures, not a full one and a rest of two rows
    return [_one(rows[i : i + size], list(families), max(top, 4)) for i in range(0, len(rows), max(size, 1))]


def _one(rows: Sequence[Row], families: list[str], top: int) -> Picture:
    t = light_tokens()
    columns = ["High and up", *families]
    pitch = min(62.0, (WIDTH - LABEL - 20) / len(columns))
    turn = -42 if pitch > 40 else -68  # degrees; steep labels keep clear of each other
    most = max(len(row.hosts) for row in rows)
    step = min(12.0, (pitch - 6) / most)
    body = []
    for c, name in enumerate(columns):
        x = LABEL + c * pitch + 4
        body.append(
            f'<text transform="translate({x:.1f} {HEAD - 8:.0f}) rotate({turn})" font-size="8.5" '
            f'{FONT} fill="{t["soft"]}">'
            f"{escape(name)}</text>"
        )
    for r, row in enumerate(rows):
        y = HEAD + r * LINE
        body.append(
            f'<text x="0" y="{y + 12:.1f}" font-size="9.5" {FONT} fill="{t["ink"]}">'
            f"{escape(short(row.label, 20))}</text>"
        )
        body.append(f'<path d="M0 {y + 18.5:.1f}H{WIDTH:.0f}" stroke="{t["line"]}" stroke-width="0.7"/>')
        body += _bars(row, y, step, pitch, top, t)
    alt = "Heat map of hosts by control family. " + " ".join(_words(row, families) for row in rows)
    return picture(WIDTH, HEAD + len(rows) * LINE, "".join(body), alt)


def _runs(kinds: Sequence[bool]) -> list[tuple[int, int]]:
    """Start and length of each run of true: neighbours share one hatched box, or the hatching would close up."""
    out: list[tuple[int, int]] = []
    for i, on in enumerate(kinds):
        if on and out and sum(out[-1]) == i:
            out[-1] = (out[-1][0], out[-1][1] + 1)
        elif on:
            out.append((i, 1))
    return out


def _bars(row: Row, y: float, step: float, pitch: float, top: int, t: Mapping[str, str]) -> list[str]:
    gap = step * 0.2
    out = []
    for i, host in enumerate(row.hosts):
        if host.read:
            height = min(16, max(1, round(16 * host.urgent / top)))
            out.append(_bar(LABEL + i * step, y, step, height, t["base"]))
    for i, n in _runs([not h.read for h in row.hosts]):
        out.append(hatched(LABEL + i * step, y + 1, n * step - gap, 16, t["fail"], 4.0))
    for f, cells in enumerate(row.cells, 1):
        left = LABEL + f * pitch
        for i, cell in enumerate(cells):
            if cell.kind not in ("unknown", "none"):
                colour = t["rule"] if cell.kind == "clear" else t[cell.kind]
                out.append(_bar(left + i * step, y, step, HEIGHT[cell.kind], colour))
        for i, n in _runs([c.kind == "unknown" for c in cells]):
            out.append(hatched(left + i * step, y + 1, n * step - gap, 16, t["unknown"], 4.0))
    return out


def _bar(x: float, y: float, step: float, height: int, colour: str) -> str:
    return f'<rect x="{x:.2f}" y="{y + 17 - height:.1f}" width="{step * 0.8:.2f}" height="{height}" fill="{colour}"/>'


def _words(row: Row, families: list[str]) -> str:
    parts = []
    for f, name in enumerate(families):
        tally = row.tally(f)
        bad = [f"{tally[k]} {w}" for k, w in KIND_WORDS.items() if tally[k] and k != "clear"]
        if bad:
            parts.append(f"{name} {', '.join(bad)}")
    return f"{short(row.label, 60)}, {len(row.hosts)} hosts: {'; '.join(parts) or 'nothing open'}."
