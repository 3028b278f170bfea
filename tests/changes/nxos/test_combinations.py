"""Changes put together at random, each line also the other way round: nothing comes otherwise than foretold.

The simulated switch is asked without a network here, so that there can be many; the way over SSH is test_fidelity's.
`python -m tests.changes.nxos.test_combinations 5 300` tries three hundred with seed 5.
"""

import random
import re
import sys
from collections.abc import Iterator

import pytest

from auditor.collectors.nexus1000v import read
from auditor.domain import Capture
from auditor.errors import InputError
from auditor.evidence import redaction
from tests.changes.nxos import captures
from tests.changes.nxos.lab import Outcome, compared, foretold
from tests.changes.nxos.leaf_changes import LEAF
from tests.changes.nxos.vsm_changes import VSM
from tests.simulators.nxos import texts
from tests.simulators.nxos.machine import Machine

_BLOCKS = re.compile(r"^banner.*?\n(?:#|\^C)\n|^-----BEGIN.*?^-----END[^\n]*\n", re.S | re.M)


@pytest.fixture(scope="module", autouse=True)
def _key() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setenv(redaction.KEY_VARIABLE, "a key that only these tests use 0123")
    redaction.redactor.cache_clear()
    yield
    patch.undo()
    redaction.redactor.cache_clear()


def blocks(text: str) -> list[list[str]]:
    """Lines of the first level, each with what stands under it."""
    found: list[list[str]] = []
    for line in text.split("\n"):
        if line.startswith(" ") and found:
            found[-1].append(line)
        elif line.strip() and not line.startswith(("!", "version", "vdc", "boot", "exit", "int ", "no shut")):
            found.append([line])
    return found


def turned(line: str) -> str:
    """The other way round."""
    return line.removeprefix("no ") if line.startswith("no ") else f"no {line}"


def pool(*, vsm: bool) -> list[str]:
    """Every block of every change and of the configuration, and each of its lines turned round."""
    changes = [text for name, text in (VSM if vsm else LEAF).items() if "whole" not in name and "banner" not in name]
    found = ["\n".join(block) for text in changes for block in blocks(text)]
    for text in (*changes, _BLOCKS.sub("", texts.RUNNING if vsm else texts.LEAF)):
        for head, *below in blocks(text):
            found.append(turned(head))
            found += [f"{head}\n  {turned(line.strip())}" for line in below if not line.startswith("    ")]
    return found


def combination(chooser: random.Random, parts: list[str]) -> str:
    """Up to three blocks; indented and left by `exit`, or flat as they are often pasted."""
    chosen = [chooser.choice(parts) for _ in range(chooser.randint(1, 3))]
    if chooser.random() < 0.4:
        return "\n".join(line.strip() for part in chosen for line in part.split("\n"))
    return "\n".join(f"{part}\nexit" if "\n" in part else part for part in chosen)


def outcome(capture: Capture, text: str, *, vsm: bool) -> Outcome | None:
    """Foretold and applied; None for what the predictor refuses."""
    try:
        found = captures.edited(capture, text)
    except InputError:
        return None
    answers = texts.answers() if vsm else texts.leaf_answers()
    machine = Machine(texts.RUNNING if vsm else texts.LEAF, answers, vsm=vsm)
    for line in ("configure terminal", *text.split("\n")):
        machine.type(line)
    after = read(captures.capture_of(captures.shown(machine), capture.platform))
    return compared(read(capture), foretold(capture, found), after, found)


def tried(seed: int, count: int, *, vsm: bool) -> Iterator[tuple[str, Outcome]]:
    """Combinations that were not refused."""
    chooser, parts = random.Random(seed), pool(vsm=vsm)
    capture = captures.vsm() if vsm else captures.leaf()
    for _ in range(count):
        text = combination(chooser, parts)
        found = outcome(capture, text, vsm=vsm)
        if found is not None:
            yield text, found


@pytest.mark.parametrize("vsm", [False, True])
def test_changes_together_come_as_foretold(vsm: bool) -> None:
    """No fact comes otherwise than foretold without a word, whatever is put together."""
    found = list(tried(2026, 18, vsm=vsm))
    assert len(found) > 10
    assert [(text, one.wrong) for text, one in found if one.wrong] == []
    assert [(text, one.untold) for text, one in found if one.untold] == []
    assert sum(one.exact for _, one in found) > 30


if __name__ == "__main__":
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    for vsm in (False, True):
        found = list(tried(seed, count, vsm=vsm))
        print(f"{len(found)} combinations: {sum(one.exact for _, one in found)} facts exact, "
              f"{sum(len(one.unknown) for _, one in found)} said unknown, "
              f"{sum(len(one.wrong) for _, one in found)} silently wrong")  # fmt: skip
        for text, one in found:
            if one.wrong or one.untold:
                print(f"---\n{text}\n   wrong {one.wrong[:5]}\n   untold {one.untold[:5]}")
