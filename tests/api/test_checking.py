"""Rules and intentions are looked at before they judge a host; waivers are taken along as a file, each his own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.api.context import Context
from auditor.service.requesting import asked
from auditor.store import waivers
from auditor.store.engine import Store
from auditor.waivers import Scope
from auditor.yamlfile import parse
from tests.api.caller import signed_in
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import people
from tests.store.access.people import journal

V1 = "/api/v1"
RULES = """baseline: tried
title: Tried
version: "1"
rules:
  - id: linux-name-wanted
    title: The host has the wanted name
    severity: high
    applies_to: {platform: linux}
    expect: {hostname: good}
    family: CFG-HARDEN
    references: {nist-800-53: [CM-6]}
    rationale: A test needs a verdict that is known beforehand.
    fix: Nothing to fix here.
    examples:
      - {facts: {hostname: good}, result: pass}
      - {facts: {hostname: bad}, result: fail}
      - {facts: {}, result: fail}
      - {gaps: [hostname], result: unknown}
"""
PROFILE = """golden: web
title: Web
for: {platform: linux}
facts:
  roles: [own-kernel]
  sysctl:
    kernel.randomize_va_space: {runtime: 0, persisted: 0}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Store]]:
    """A service with a waiver for each of two sites."""
    folder: Path = tmp_path_factory.mktemp("checking")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        store = made(f"sqlite:///{folder}/a.sqlite")
        people(store)
        for site in ("ams", "fra"):
            scope = Scope((), ("site", site), "")
            wished = asked("", "linux-name-wanted", scope, None, f"because of {site}", "zoe", "2099-12-31", "UTC")
            with store.writing() as connection:
                waivers.request(connection, wished, "zoe")
        with served(Context(store)) as port:
            yield port, store
        store.close()


def test_a_baseline_is_checked_with_its_examples(world: tuple[int, Store]) -> None:
    """Good, with an example that is wrong, and one that cannot be read; each fault with its line."""
    port, store = world
    caller = signed_in(port, store, "auditor")
    good = caller.ask("POST", f"{V1}/rules/check", {"text": RULES}).json
    assert (good["good"], good["rules"], good["examples"], good["faults"]) == (True, 1, 4, [])
    assert good["mutants"] > 0
    wrong = RULES.replace("hostname: bad}, result: fail", "hostname: bad}, result: pass")
    told = caller.ask("POST", f"{V1}/rules/check", {"text": wrong}).json
    assert (told["good"], told["faults"][0].startswith("baseline:")) == (False, True)
    faulty = caller.ask("POST", f"{V1}/rules/check", {"text": RULES.replace("severity: high", "severity: grave")})
    assert (faulty.status, faulty.json["errors"][0]["pointer"]) == (422, "line 7")
    assert signed_in(port, store, "viewer").ask("POST", f"{V1}/rules/check", {"text": RULES}).status == 403


def test_an_intention_is_judged_and_two_baselines_are_compared(world: tuple[int, Store]) -> None:
    """What fails before any host has it; files are no names."""
    port, store = world
    caller = signed_in(port, store, "auditor")
    found = caller.ask("POST", f"{V1}/golden/judge", {"text": PROFILE, "baselines": ["linux-kernel"]}).json
    assert {one["status"] for one in found["findings"] if one["rule"] == "linux-kernel-aslr"} == {"fail"}
    assert "unknown" in {one["status"] for one in found["findings"]}  # what the profile does not say
    path = f"{V1}/rules-conflicts?first=linux-kernel&second="
    assert caller.ask("GET", f"{path}linux-kernel").json["conflicts"] == []
    assert caller.ask("GET", f"{path}no-such-one").status == 422
    assert caller.ask("GET", f"{path}x.yaml").status == 422


def test_waivers_are_taken_along_within_a_scope(world: tuple[int, Store]) -> None:
    """As a file that is read again; each export stands in the journal."""
    port, store = world
    answer = signed_in(port, store, "auditor-ams").ask("GET", f"{V1}/waivers-file")
    (mine,) = parse(answer.text).data["waivers"]
    assert mine["justification"] == "because of ams"
    assert len(parse(signed_in(port, store, "auditor").ask("GET", f"{V1}/waivers-file").text).data["waivers"]) == 2
    assert [actor for actor, action, _ in journal(store) if action == "waivers exported"] == ["auditor-ams", "auditor"]
