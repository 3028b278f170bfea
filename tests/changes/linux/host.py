"""Changes that are foretold from a capture, then truly made on a booted host, and what came of both."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from auditor.changes import linux as predictor
from auditor.changes.candidate import Candidate
from auditor.changes.load import candidate_of
from auditor.changes.model import Edited, Unpredicted
from auditor.collectors import linux
from auditor.domain import Capture, Snapshot
from tests.collectors.linux.helpers import collect, differences, ssh_source
from tests.simulators.linux.lab import LabHost

Parts = tuple[str, ...]
# What differs between two readings of a host that nobody changed, by nature.
VOLATILE = (
    (r"daemons\[\w+\]\.(began|newest_change)", "times"),
    (r"listeners\[udp [^\]]+ (3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[4-6]\d{4})\]", "ports of clients"),
    (r"sysctl\[kernel\.(ns_last_pid|random\.|pty\.nr|tainted|hung_task)", "counters of the machine below"),
    (r"sysctl\[fs\.(file-nr|inode-nr|inode-state|dentry-state|aio-nr)", "counters of the machine below"),
)


@dataclass(frozen=True)
class Case:
    """One change: the candidate, and how an engineer makes it."""

    name: str
    candidate: Callable[[LabHost], Candidate]
    make: Callable[[LabHost], object]
    unknown: tuple[str, ...] = ()  # facts that must be said to be unknown


@dataclass
class Result:
    """What became of one change: facts that came as foretold, that were said to be unknown, and the others."""

    name: str
    exact: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    gaps: set[str] = field(default_factory=set)
    unexplained: set[str] = field(default_factory=set)  # changed as foretold, and no line is named as the reason


def one_file(path: str, text: str) -> Candidate:
    """`--as PATH`."""
    return candidate_of(path.rsplit("/", 1)[1], text.encode(), path)


def predicted(capture: Capture, candidate: Candidate) -> tuple[Capture, Edited]:
    """The capture as the candidate would leave it."""
    assert not predictor.refusal("linux", candidate)
    edited = predictor.edit(capture, predictor.clean(candidate))
    return replace(capture, body=edited.body), edited


def read(capture: Capture, unknown: Iterable[Any] = ()) -> Snapshot:
    """The snapshot of a capture; what nobody can foretell is a gap."""
    seen = linux.read(capture)
    return replace(seen, gaps={**seen.gaps, **{one.path: one.reason for one in unknown}})


_MODULES = "kernel/fs/cramfs/cramfs.ko:\nkernel/fs/udf/udf.ko.xz:\nkernel/net/dccp/dccp.ko:\n"
_WRITABLE = {"fs/protected_fifos": 1, "fs/protected_hardlinks": 1, "fs/protected_regular": 2,
             "fs/protected_symlinks": 1, "kernel/kptr_restrict": 0}  # fmt: skip
# What auditctl answers of a kernel of its own: the lab's has none. Of its grammar this knows nothing.
_AUDITCTL = """#!/bin/sh
S=/run/audit-state; [ -e $S ] || { echo 1 >$S; : >$S.rules; }
case $1 in
-l) if [ -s $S.rules ]; then cat $S.rules; else echo No rules; fi;;
-s) printf 'enabled %s\\nfailure 1\\nloginuid_immutable 0 unlocked\\n' "$(cat $S)";;
-R) while IFS= read -r l; do
  [ "$(cat $S)" != 2 ] || { echo The audit system is in immutable mode >&2; exit 1; }
  case $l in ''|'#'*|-b*|-f*|--*) ;; -D) : >$S.rules;; -e*) echo "${l#-e }" >$S;;
  *) printf '%s\\n' "$l" >>$S.rules;; esac; done <$2;;
esac
"""


def prepare(host: LabHost) -> None:
    """Give it what a machine of its own has: modules on disk, parameters of the kernel that it may set, auditctl."""
    host.call_itself_a_machine()
    release = host.inside(["uname", "-r"]).strip()
    host.put(f"/usr/lib/modules/{release}/modules.dep", _MODULES)
    host.put(f"/usr/lib/modules/{release}/modules.builtin", "kernel/fs/squashfs/squashfs.ko\n")
    for key, value in _WRITABLE.items():
        there = "/run/" + key.replace("/", "-")
        host.inside(["sh", "-ec", f"echo {value} > {there}; mount --bind {there} /proc/sys/{key}"])
    host.put("/usr/local/lib/auditctl", _AUDITCTL, 0o755)
    host.inside(["mount", "--bind", "/usr/local/lib/auditctl", "/usr/sbin/auditctl"])
    host.inside(["sh", "-ec", "sysctl --system >/dev/null 2>&1 || true; augenrules --load >/dev/null"])


def look(host: LabHost) -> Capture:
    """What the collector gets of the host now, through its own sshd."""
    found = asyncio.run(collect(ssh_source(host.address, 22, host.known_hosts, host.user_key)))
    assert isinstance(found, Capture), found
    return found


def parts(path: str) -> Parts:
    """A fact path in its parts: `sysctl[net.ipv4.ip_forward].runtime`, or `sysctl.x.runtime` where names allow it."""
    return tuple(a or b for a, b in re.findall(r"([^.\[\]]+)|\[([^\]]*)\]", path))


def covers(gap: Parts, path: Parts) -> bool:
    """Whether one is the other, or stands above or below it."""
    n = min(len(gap), len(path))
    return gap[:n] == path[:n]


def shown(path: Parts) -> str:
    """Parts as a path, every one after the first in brackets unless it is a plain name."""
    return path[0] + "".join(f".{p}" if p.isidentifier() and n else f"[{p}]" for n, p in enumerate(path[1:]))


def volatile(path: str) -> bool:
    """Whether a fact changes by itself."""
    return any(re.match(pattern, path) for pattern, _ in VOLATILE)


def compared(one: Snapshot, other: Snapshot) -> Iterator[tuple[Parts, Any, Any]]:
    """Facts that differ, gaps counted as values."""
    for path, a, b in differences(dict(one.facts), dict(other.facts)):
        yield parts(path), a, b
    for path in {*one.gaps} ^ {*other.gaps}:
        yield parts(path), path in one.gaps or "read", path in other.gaps or "read"


def walk(host: LabHost, batches: Sequence[Sequence[Case]]) -> list[Result]:
    """Foretell and make the changes of each batch, one reading for all; each batch begins where the last ended."""
    results: list[Result] = []
    prepare(host)
    before = look(host)
    for batch in batches:
        foretold = before
        own: list[Edited] = []
        unknown: list[Unpredicted] = []
        for case in batch:
            candidate = case.candidate(host)
            foretold, edited = predicted(foretold, candidate)
            own.append(edited)
            unknown += edited.unknown
        for case in batch:
            case.make(host)
        after = look(host)
        results += judged(batch, own, read(before), read(foretold, unknown), read(after))
        before = after
    return results


def judged(
    batch: Sequence[Case], own: Sequence[Edited], before: Snapshot, foretold: Snapshot, after: Snapshot
) -> list[Result]:
    """The results of a batch: each fact goes to the change that spoke of it."""
    found = [
        Result(case.name, gaps={one.path for one in edited.unknown}) for case, edited in zip(batch, own, strict=True)
    ]
    said = [parts(one.path) for edited in own for one in edited.unknown]
    reasons = {parts(why.path) for edited in own for why in edited.why if why.path}
    silent = {parts(path) for path in foretold.gaps}

    def mine(path: Parts) -> Result:
        spoken = [
            max((len(p) for p in map(parts, (*(w.path for w in e.why if w.path), *(u.path for u in e.unknown)))
                 if covers(p, path)), default=0)
            for e in own
        ]  # fmt: skip
        return found[spoken.index(max(spoken))]

    for path, expected, actual in compared(foretold, after):
        name = shown(path)
        known = volatile(name) or any(covers(gap, path) for gap in said)
        if any(covers(gap, path) for gap in said) or (path in silent and path not in map(parts, after.gaps)):
            mine(path).unknown.add(name)
        elif not known and not any(gap == path[: len(gap)] for gap in silent if gap in map(parts, after.gaps)):
            mine(path).wrong.append(f"{name}: foretold {expected!r:.300}, is {actual!r:.300}")
    for path, _, _ in compared(before, after):
        name = shown(path)
        if not volatile(name) and not any(covers(gap, path) for gap in said):
            mine(path).exact.add(name)
            if not any(path[: len(reason)] == reason for reason in reasons):
                mine(path).unexplained.add(name)
    for result, case in zip(found, batch, strict=True):
        result.exact -= {w.split(": foretold")[0] for w in result.wrong}
        result.wrong += [f"{fact}: not said to be unknown" for fact in case.unknown if fact not in result.gaps]
    return found


def table(results: Sequence[Result]) -> str:
    """Counts, for a note: by change, and of all."""
    rows = [f"{'change':58} exact unknown wrong"]
    rows += [f"{r.name[:58]:58} {len(r.exact):5} {len(r.unknown):7} {len(r.wrong):5}" for r in results]
    return "\n".join(rows)


def counted(results: Sequence[Result]) -> str:
    """The sum of it, in a sentence for a note."""
    whole = [r for r in results if not r.unknown and not r.wrong]
    partly = [r for r in results if r.unknown and not r.wrong]
    return (
        f"{len(results)} changes: {len(whole)} foretold whole, {len(partly)} with something said unknown, "
        f"{sum(bool(r.wrong) for r in results)} silently wrong; facts that changed: "
        f"{sum(len(r.exact) for r in results)} exact, {sum(len(r.unknown) for r in results)} said unknown, "
        f"{sum(len(r.wrong) for r in results)} wrong"
    )
