"""Four RHEL hosts on paper: releases 8 and 9, one set up well and one badly. All of it is synthetic.

Their content stands in `rhel-hosts/`: sections `== PATH MODE [OWNER GROUP] [@RELEASE]` for files (a folder ends in a
slash), `== :NAME` for what else the host would say; `:packages`, `:units`, `:sysctl` add to the base.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from auditor import __version__
from auditor.collectors.linux.frame import parse
from auditor.collectors.linux.redact import redact
from auditor.domain import Capture, Member, Source
from auditor.evidence.captures import CaptureFolder
from tests.simulators.linux.rhel import Entry, Host, stream

CONTENT = Path(__file__).parent / "rhel-hosts"
SAMPLES = Path(__file__).resolve().parents[3] / "auditor/samples/rhel"
SOURCE = "rhel-synthetic"
WHEN = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
QUALITIES, RELEASES = ("good", "poor"), (8, 9)


def host(release: int, quality: str) -> Host:
    """The host of this release (8 or 9), set up `good` or `poor`."""
    made = Host(f"rhel-{release}-{quality}", {}, (), {}, {})
    for name in ("base.txt", f"{quality}.txt"):
        for head, lines in _sections(name, release):
            _take(made, head, lines)
    made.told["meta"] = made.told["meta"].replace(f"rhel{release}.example", f"{made.name}.example")
    if quality == "good":
        _events(made)
    return made


def _sections(name: str, release: int) -> Iterator[tuple[list[str], list[str]]]:
    text = (CONTENT / name).read_text()
    for block in re.split(r"(?m)^== ", text)[1:]:
        first, *lines = block.splitlines()
        words = first.split()
        if (wanted := words[-1]).startswith("@"):
            if wanted != f"@{release}":
                continue
            words.pop()
        yield words, lines


def _take(made: Host, head: list[str], lines: list[str]) -> None:
    name = head[0]
    if name == ":packages" and head[1:] == ["-"]:
        made.packages = tuple(line for line in made.packages if line.split()[0] not in lines)
    elif name == ":packages":
        made.packages = (*made.packages, *lines)
    elif name == ":units":
        made.units |= {unit: (state, active) for unit, state, active in map(str.split, lines)}
    elif name == ":sysctl":
        made.sysctl |= dict(line.split(None, 1) for line in lines)
    elif name.startswith(":"):
        made.told[name[1:]] = "\n".join(lines)
    else:
        mode, owner, group = [*head[1:], *["644", "root", "root"][len(head) - 1 :]][:3]
        folder = name.endswith("/")
        text = "".join(f"{line}\n" for line in lines)
        made.files[name.rstrip("/")] = Entry(text, mode, owner, group, folder)


def _events(made: Host) -> None:
    """Audit rules for every kind of event, merged by augenrules and loaded: as auditctl -l prints them."""
    text = (CONTENT / "30-events.rules").read_text()
    made.files["/etc/audit/rules.d/30-events.rules"] = Entry(text, "600")
    folder = [path for path in sorted(made.files) if path.startswith("/etc/audit/rules.d/")]
    merged = [line for path in folder for line in made.files[path].text.splitlines()]
    last = [line for line in merged if line.startswith("-e ")]
    made.files["/etc/audit/audit.rules"] = Entry(
        "\n".join([*(set_ for set_ in merged if set_ not in last), *last]), "600"
    )
    made.told["auditctl_l"] = "\n".join(_printed(line) for line in text.splitlines())


def _printed(line: str) -> str:
    """A rule in the spelling of auditctl -l."""
    if line.startswith("-w "):
        return re.sub(r"/ -p", " -p", line)
    calls = re.findall(r"-S (\S+)", line)
    rest = re.sub(r" -S \S+| -F arch=\w+", "", line)
    rest = re.sub(r"auid!=\w+", "auid!=-1", re.sub(r"-k (\S+)", r"-F key=\1", rest)).replace("-a always,exit", "")
    arch = re.search(r"-F arch=\w+ ?", line)
    return f"-a always,exit {arch[0] if arch else ''}-S {','.join(calls) or 'all'}{rest}"


def capture(release: int, quality: str) -> Capture:
    """What `fetch` would have made of the host's answer, marked synthetic."""
    made = host(release, quality)
    answer = parse(stream(made))
    records = {key: asdict(record) for key, record in redact(answer.records).items()}
    body = {"records": records, "complete": answer.complete, "lost": ""}
    return Capture(SOURCE, made.name, "linux", WHEN, body, synthetic=True)


def write(folder: Path) -> None:
    """A captures folder with all four hosts."""
    writer = CaptureFolder(folder)
    found = [capture(release, quality) for release in RELEASES for quality in QUALITIES]
    for one in found:
        writer.add(one)
    members = tuple(Member(one.target, "linux") for one in found)
    writer.finish([(Source(SOURCE, "linux"), members, ())], __version__, WHEN)
    folder.chmod(0o755)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if sys.argv[1:] else SAMPLES)
