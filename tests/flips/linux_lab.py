"""A booted Linux host whose settings are really changed, and the verdicts of every shipped rule before and after.

In the container that a lab host is, rules about the kernel do not apply. So this one calls itself a machine of its own:
what it reads of /proc/sys is still the kernel of the machine below, and a value is changed by a mount over its file.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from auditor.domain import Finding, Snapshot, Status
from auditor.rulebook.compile import compile_rule
from tests.collectors.linux.helpers import snapshot, ssh_source
from tests.conftest import require
from tests.rules.shipped import shipped_rules
from tests.simulators.linux import lab

Verdicts = dict[str, dict[str | None, Status]]
Pair = tuple[Status | None, Status | None]
Flips = dict[tuple[str, str | None], Pair]
Step = str | Callable[[lab.LabHost], object]
PASS, FAIL, UNKNOWN, NOT_APPLICABLE = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOTAPPLICABLE


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.LabHost]:
    """A lab host that calls itself a machine of its own; booted once for the module, each test leaves it as it was."""
    made = lab.root()
    require(made, "no Debian archive is known here to make a lab host from")
    assert made is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_HMAC_KEY", "a key of these tests, 32 letters")
        with lab.LabHost(made, tmp_path_factory.mktemp("lab")) as booted:
            booted.call_itself_a_machine()
            yield booted


def collect(host: lab.LabHost, user: str = "root", become: str | None = None) -> Snapshot:
    """What the collector reads of the host now, through its own sshd."""
    source = ssh_source(host.address, 22, host.known_hosts, host.user_key, user, become=become)
    return asyncio.run(snapshot(source))


def verdicts(seen: Snapshot, parameters: Mapping[str, object] | None = None) -> Verdicts:
    """Status by rule and subject, of all shipped rules for Linux, by their default parameters and those given here."""
    found: Verdicts = {}
    for judge in _judges(repr(sorted((parameters or {}).items())), parameters or {}):
        for finding in judge(seen):
            found.setdefault(finding.rule, {})[finding.subject] = finding.status
    return found


_COMPILED: dict[str, list[Callable[[Snapshot], tuple[Finding, ...]]]] = {}


def _judges(key: str, parameters: Mapping[str, object]) -> list[Callable[[Snapshot], tuple[Finding, ...]]]:
    """All rules, compiled once for each set of parameters."""
    if key not in _COMPILED:
        shipped = shipped_rules("linux").values()
        _COMPILED[key] = [compile_rule(rule, {**defaults, **parameters}).judge for rule, defaults in shipped]
    return _COMPILED[key]


def flips(before: Verdicts, after: Verdicts) -> Flips:
    """What differs: (rule, subject) -> (status before, status after), None where there was no such finding."""
    pairs = {(rule, subject) for side in (before, after) for rule, found in side.items() for subject in found}
    both = {(r, s): (before.get(r, {}).get(s), after.get(r, {}).get(s)) for r, s in pairs}
    return {key: pair for key, pair in both.items() if pair[0] != pair[1]}


@contextmanager
def changed(host: lab.LabHost, do: Step, undo: Step) -> Iterator[None]:
    """The host with `do` done to it, and `undo` afterwards, whatever happens. A text is a shell command in the host."""
    try:
        _take(host, do)
        yield
    finally:
        _take(host, undo)


def _take(host: lab.LabHost, step: Step) -> None:
    if callable(step):
        step(host)
    else:
        host.inside(["sh", "-ec", step])


def kept(host: lab.LabHost, *paths: str) -> Callable[[lab.LabHost], None]:
    """An `undo` that gives these files back the text, mode and owner they have now, and takes away those not there."""
    before = [_remembered(host.tree / path.lstrip("/")) for path in paths]

    def undo(_: lab.LabHost) -> None:
        for give_back in before:
            give_back()

    return undo


def _remembered(there: Path) -> Callable[[], None]:
    """Puts a path back as it is now. A link to an absolute path leads out of the lab here: it is never followed."""
    link = there.readlink() if _leads_out(there) else None
    was = (there.read_bytes(), there.stat()) if link is None and there.exists() else None

    def give_back() -> None:
        if _leads_out(there) or was is None:
            there.unlink(missing_ok=True)
        if link is not None:
            there.symlink_to(link)
        elif was is not None:
            there.write_bytes(was[0])
            there.chmod(was[1].st_mode & 0o7777)
            os.chown(there, was[1].st_uid, was[1].st_gid)

    return give_back


def _leads_out(there: Path) -> bool:
    return there.is_symlink() and there.readlink().is_absolute()
