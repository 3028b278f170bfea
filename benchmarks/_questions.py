"""What is asked of the service: the pages and lists of a week, the deep ends of lists too."""

import json
import re
from collections.abc import Mapping, Sequence
from html import unescape

from benchmarks._readers import Connection

MORE = re.compile(r'href="([^"]*[?&;]after=[^"]+)"')
BESIDE = "beside: "  # the usual way, for those that are named like it


def questions(connection: Connection, targets: int, run: str, depth: int = 25) -> dict[str, Sequence[str]]:
    """Paths by a name; walks to the deep ends of some lists to know where those are."""
    some = range(1, targets, max(1, targets // 97))
    rules = [f"{platform}-rule-{number:03d}" for platform in ("vm", "linux", "esxi") for number in (1, 7, 24, 43)]
    found: dict[str, Sequence[str]] = {
        "overview": ["/"],
        "runs": ["/runs"],
        "run": [f"/runs/{run}"],
        "run, changes": [f"/runs/{run}/changes"],
        "run, unread": [f"/runs/{run}/unread"],
        "run, sources": [f"/runs/{run}/sources"],
        "targets": ["/targets"],
        "targets, by label": [f"/targets?label=site%3D{site}" for site in ("ams", "fra", "lon", "nyc")],
        "targets, by part of name": [f"/targets?name={number:03d}" for number in range(0, 500, 17)],
        "targets, by drift": ["/targets?sort=drift", "/targets?sort=name"],
        "targets, deep": walked(connection, "/targets", depth),
        "target": [f"/targets/{number}" for number in some],
        "target, facts": [f"/targets/{number}?tab=facts" for number in some],
        "target, history": [f"/targets/{number}?tab=history" for number in some],
        "findings": ["/findings"],
        "findings, by severity": ["/findings?severity=low&status=fail", "/findings?severity=high&status=unknown"],
        "findings, by rule": [f"/findings?rule={rule}" for rule in rules],
        "findings, by label": ["/findings?label=site%3Dams", "/findings?label=site%3Dfra%2Cteam%3Dnet"],
        "findings, waived": ["/findings?waived=yes", "/findings?waived=no"],
        "findings, deep": walked(connection, "/findings", depth),
        "finding": [*finding_paths(connection)],
        "rules": ["/rules"],
        "rule": [f"/rules/{rule}" for rule in rules],
        "drift": ["/drift"],
        "waivers": ["/waivers"],
        "journal": ["/journal"],
        "reports": ["/reports"],
        "inventory": ["/inventory"],
        "api targets": ["/api/v1/targets"],
        "api targets, by label": ["/api/v1/targets?label=site%3Dams", "/api/v1/targets?label=team%3Dnet"],
        "api targets, by name": ["/api/v1/targets?name=0042", "/api/v1/targets?name=esxi-4"],
        "api targets, deep": cursors(connection, "/api/v1/targets", depth),
        "api findings": ["/api/v1/findings"],
        "api findings, by severity": ["/api/v1/findings?severity=critical&status=fail"],
        "api findings, by rule": [f"/api/v1/findings?rule={rule}" for rule in rules],
        "api findings, deep": cursors(connection, "/api/v1/findings", depth),
        "api runs": ["/api/v1/runs"],
    }
    return found


def limited(run: str) -> dict[str, Sequence[str]]:
    """What somebody asks whom a scope limits to a tenth of it."""
    return {
        f"limited: {path}": [path]
        for path in (
            "/",
            f"/runs/{run}",
            "/targets",
            "/findings",
            "/rules",
            "/drift",
            "/api/v1/targets",
            "/api/v1/findings",
        )
    }


def usual(targets: int) -> Mapping[str, Sequence[str]]:
    """The usual way, by the name of what it is beside."""
    deep = [str(targets * place // 10) for place in range(5, 9)]
    return {
        "targets": ["/beside/targets"],
        "targets, deep": [f"/beside/targets?offset={offset}" for offset in deep],
        "findings": ["/beside/findings"],
        "findings, deep": [f"/beside/findings?offset={2 * int(offset)}" for offset in deep],
        "rules": ["/beside/rules"],
    }


def walked(connection: Connection, path: str, depth: int) -> list[str]:
    """The pages at the end of a walk along `next`."""
    seen = []
    for _ in range(depth):
        more = [unescape(one) for one in MORE.findall(connection.get(path).decode())]
        if not more:
            break
        path = more[-1] if more[-1].startswith("/") else path.partition("?")[0] + more[-1]
        seen.append(path)
    return seen[-4:]


def cursors(connection: Connection, path: str, depth: int) -> list[str]:
    """The pages at the end of a walk along `next`, in great steps, each as large as a page usually is."""
    after, seen = "", []
    for _ in range(depth):
        after = json.loads(connection.get(f"{path}?limit=500&after={after}"))["next"]
        if after is None:
            break
        seen.append(f"{path}?after={after}")
    return seen[-4:]


def finding_paths(connection: Connection) -> list[str]:
    """Pages of some findings."""
    links = re.findall(r'href="(/targets/[0-9]+/findings/[^"]+)"', connection.get("/findings").decode())
    return sorted({unescape(one) for one in links})[:40]
