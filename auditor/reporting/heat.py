"""The heat map: rows of hosts (cluster or site) against families of controls. Pure numbers; drawing is elsewhere."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from auditor.reporting.summary import Host, Summary
from auditor.reporting.words import SEVERITIES, platform_word

ROW = 25  # hosts in one row; a larger group is cut into rows
UNJUDGED_SHARE = 0.25  # from this share of unknown results on, a cell is shown as not judged


@dataclass(frozen=True, slots=True)
class Cell:
    """One family on one host: worst open severity, or `unknown`, `clear`, `none` (no rule applies)."""

    kind: str
    open: int  # open failures
    unknown: int


@dataclass(frozen=True, slots=True)
class Row:
    """Hosts of one group; cells[family][host]."""

    group: str
    part: str  # which hosts of a large group, as `1 to 25`; empty for a whole group
    hosts: list[Host]
    cells: list[list[Cell]]

    @property
    def label(self) -> str:
        """Group and part in one text."""
        return f"{self.group}, {self.part}" if self.part else self.group

    def tally(self, family: int) -> Counter[str]:
        """How many hosts are of which kind."""
        return Counter(c.kind for c in self.cells[family])


def rows(summary: Summary) -> list[Row]:
    """Rows by group; hosts without a group are put together by platform. Within a row, hosts go by name."""
    groups: defaultdict[str, list[Host]] = defaultdict(list)
    for host in summary.hosts:
        groups[group_of(host)].append(host)
    out = []
    for group, members in sorted(groups.items()):
        members.sort(key=lambda h: h.name)
        for start in range(0, len(members), ROW):
            part = members[start : start + ROW]
            span = "" if len(members) <= ROW else f"{start + 1} to {start + len(part)}"
            out.append(Row(group, span, part, _cells(part, list(summary.families), summary)))
    return out


def group_of(host: Host) -> str:
    """Cluster or site; the platform where there is none."""
    return str(host.target.get("group") or platform_word(host.target["platform"]))


def _cells(hosts: list[Host], families: list[str], summary: Summary) -> list[list[Cell]]:
    return [[_cell(host, family, summary) for host in hosts] for family in families]


def _cell(host: Host, family: str, summary: Summary) -> Cell:
    worst, failing, unknown, judged = len(SEVERITIES), 0, 0, 0
    for result in host.results:
        if summary.family_of.get(result.rule) != family or result.status in ("notapplicable", "notchecked"):
            continue
        judged += 1
        if result.status == "fail":
            if not result.waived:
                failing += 1
                worst = min(worst, SEVERITIES.index(result.severity))
        elif result.status != "pass":
            unknown += 1
    if not judged:
        return Cell("none", 0, 0)
    if unknown and unknown >= UNJUDGED_SHARE * judged and (not failing or unknown == judged):
        return Cell("unknown", failing, unknown)
    if failing:
        return Cell(SEVERITIES[worst], failing, unknown)
    return Cell("clear" if not unknown else "unknown", 0, unknown)
