"""Spoilt captures, many of them: `python -m tests.adversary.fuzz --rounds 2000 --seed 1 [--more FOLDER]`.

Each round takes a sample capture, spoils some of its texts and values, reads it and judges every shipped rule. A reader
that raises, a rule that breaks, facts that are no JSON, and a round that takes too long are faults; the counts are
printed. `--more` adds NX-OS configurations from a folder. The same seed gives the same rounds.
"""

import argparse
import copy
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from auditor.cli.demo import SAMPLES
from auditor.collectors import collector_for
from auditor.domain import Capture, Snapshot, Status
from auditor.evidence.captures import read_capture, read_index
from tests.adversary.samples import rules

Spoil = Callable[[random.Random, str], Any]
SLOW = 20.0  # seconds of processor time; a round with a line of ten megabytes takes the longest
JUNK: tuple[Any, ...] = (None, True, -1, 10**30, 1.5, "", "\x00", "\ud800", [], {}, [[]], {"": None}, "a" * 70_000)
WORDS = (
    "% Permission denied",
    "% Invalid command at '^' marker.",
    "Zugriff verweigert",
    "Permission non accordée",
    "拒绝访问",
)


def _cut(r: random.Random, text: str) -> str:
    return text[: r.randrange(len(text) + 1)]


def _lines(change: Callable[[random.Random, list[str]], list[str]]) -> Spoil:
    def spoil(r: random.Random, text: str) -> str:
        return "\n".join(change(r, text.split("\n")))

    return spoil


def _insert(what: Callable[[random.Random], str]) -> Spoil:
    def spoil(r: random.Random, text: str) -> str:
        at = r.randrange(len(text) + 1)
        return text[:at] + what(r) + text[at:]

    return spoil


def _without(letters: str) -> Spoil:
    return lambda r, text: "".join(c for c in text if c not in letters or r.random() < 0.5)


SPOILS: dict[str, Spoil] = {
    "cut": _cut,
    "CRLF": lambda _, text: text.replace("\n", "\r\n"),
    "CR": lambda _, text: text.replace("\n", "\r"),
    "NUL": _insert(lambda _: "\x00"),
    "half a character": _insert(lambda _: "\ud800"),
    "direction mark": _insert(lambda _: "\u202e"),
    "brace": _insert(lambda r: r.choice("{}[]()\"'\\;#!^")),
    "no braces": _without("{}()[]\"'"),
    "no blanks": _without(" \t"),
    "refusal inside": _insert(lambda r: "\n" + r.choice(WORDS) + "\n"),
    "lines twice": _lines(lambda _, lines: [*lines, *lines]),
    "lines shuffled": _lines(lambda r, lines: r.sample(lines, len(lines))),
    "lines lost": _lines(lambda r, lines: [one for one in lines if r.random() < 0.7]),
    "line repeated": _lines(lambda r, lines: lines + [r.choice(lines)] * 200),
    "bits turned": lambda r, text: "".join(chr(ord(c) ^ 1) if r.random() < 0.01 and ord(c) < 128 else c for c in text),
    "numbers huge": lambda r, text: "".join(c * r.choice((1, 1, 40)) if c.isdigit() else c for c in text[:20_000]),
    "banner ends": _insert(lambda r: r.choice(["\nbanner motd #\n", "\n!\nbanner motd ^C x ^C\n", "\n^C\n", " !\n"])),
    "other value": lambda r, _: copy.deepcopy(r.choice(JUNK)),
    "long line": lambda _, text: text + "\n" + (text[:50] or "x") * 200_000,
}
RARE = {"long line": 0.02}  # how often, of the times it is drawn


@dataclass
class Tally:
    """What a run found."""

    rounds: Counter[str] = field(default_factory=Counter)
    spoils: Counter[str] = field(default_factory=Counter)
    gaps: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)


def samples(more: Path | None = None) -> list[Capture]:
    """The synthetic captures that ship, and those made of the configurations in `more`."""
    folders = sorted(path.parent for path in SAMPLES.glob("*/index.json"))
    stored = [read_capture(one, entry) for one in folders for entry in read_index(one).captures]
    found = [one for one in stored if isinstance(one, Capture)]
    (switch,) = [one for one in found if one.platform == "nexus1000v"]
    for file in sorted(more.rglob("*.c*f*")) if more else ():
        body = copy.deepcopy(dict(switch.body))
        running = body["commands"]["show running-config"]
        text = file.read_text(errors="replace")
        body["commands"]["show running-config"] = {**running, "text": text} if isinstance(running, Mapping) else text
        found.append(replace(switch, target=file.name, platform="nxos", body=body))
    return found


def fuzz(captures: list[Capture], rounds: int, seed: int) -> Tally:
    """Spoil, read and judge `rounds` captures, the platforms in turn."""
    tally, dice = Tally(), random.Random(seed)
    by_platform: dict[str, list[Capture]] = {}
    for one in captures:
        by_platform.setdefault(one.platform, []).append(one)
    platforms = sorted(by_platform)
    for number in range(rounds):
        capture = dice.choice(by_platform[platforms[number % len(platforms)]])
        _round(replace(capture, body=_spoilt(dice, capture.body, tally)), tally, f"seed {seed}, round {number}")
    return tally


def _spoilt(dice: random.Random, body: Any, tally: Tally) -> Any:
    body = copy.deepcopy(body)
    for _ in range(dice.choice((1, 1, 2, 5, 20))):
        places = list(_leaves(body))
        if not places:
            break
        holder, key = dice.choice(places)
        name = dice.choice(list(SPOILS))
        if dice.random() > RARE.get(name, 1.0):
            continue
        value = holder[key]
        if not isinstance(value, str):
            name = "other value"
        holder[key] = SPOILS[name](dice, value if isinstance(value, str) else "")
        tally.spoils[name] += 1
        if dice.random() < 0.05:
            del holder[key]
            tally.spoils["taken away"] += 1
    return body


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a body: (what holds it, its key)."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _leaves(value[key])


def _round(capture: Capture, tally: Tally, name: str) -> None:
    platform = capture.platform
    tally.rounds[platform] += 1
    began = time.process_time()
    try:
        snapshot = collector_for(platform).read(capture)
        tally.gaps[platform] += len(snapshot.gaps)
        json.dumps([snapshot.facts, dict(snapshot.gaps), dict(snapshot.sources)], default=dict)
        _judge(snapshot, tally)
    except Exception as problem:  # that is what is looked for
        tally.faults.append(f"{name}, {platform} {capture.target}: {type(problem).__name__}: {str(problem)[:200]}")
    spent = time.process_time() - began
    tally.slowest = max(tally.slowest, spent)
    if spent > SLOW:
        tally.faults.append(f"{name}, {platform} {capture.target}: took {spent:.0f} seconds of processor time")


def _judge(snapshot: Snapshot, tally: Tally) -> None:
    if not snapshot.sources:
        tally.failures[snapshot.platform] += 1
        return
    seen: set[str] = set()
    for platform, rule in rules():
        if platform == snapshot.platform and rule.rule.id not in seen:
            seen.add(rule.rule.id)
            for finding in rule.judge(snapshot):
                tally.findings[finding.status.value] += 1
                if finding.status is Status.ERROR:
                    tally.faults.append(f"{rule.rule.id}: {finding.reason}")


def main() -> int:
    """Print the counts; status 1 when there is a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.adversary.fuzz")
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--more", type=Path)
    given = parser.parse_args()
    captures = samples(given.more)
    tally = fuzz(captures, given.rounds, given.seed)
    for name in ("rounds", "spoils", "gaps", "failures", "findings"):
        counts = getattr(tally, name)
        sys.stdout.write(
            f"{name:9} {counts.total():8}  " + ", ".join(f"{k} {v}" for k, v in sorted(counts.items())) + "\n"
        )
    sys.stdout.write(
        f"captures {len(captures)}, slowest round {tally.slowest:.1f} s of processor time, seed {given.seed}\n"
    )
    for fault in tally.faults[:20]:
        sys.stdout.write(f"FAULT {fault}\n")
    sys.stdout.write(f"{len(tally.faults)} faults\n")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
