"""One line of a live switch is changed: exactly that rule's finding flips, and what is declared to lean on it.

The switches are simulated and synthetic; the way to them is the real one: SSH, fetch, read, judge. Each flip is one
collection, and the device is as it was afterwards.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flips.nxos_leaf_flips import LEAF
from tests.flips.nxos_switch import Change, Switch, Verdicts, added, switched_on
from tests.flips.nxos_vsm_flips import VSM
from tests.simulators.nxos import texts
from tests.simulators.nxos.agent import snmpd

SILENT = "nexus1000v-snmp-default-silent"


@pytest.fixture(scope="module")
def vsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    with switched_on(texts.answers(), tmp_path_factory.mktemp("vsm"), "nexus1000v") as switch:
        yield switch


@pytest.fixture(scope="module")
def leaf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    with switched_on(texts.leaf_answers(), tmp_path_factory.mktemp("leaf"), "nxos") as switch:
        yield switch


@pytest.fixture(scope="module")
def good_vsm(vsm: Switch) -> Verdicts:
    """What every rule says before anything is changed."""
    return vsm.verdicts()


@pytest.fixture(scope="module")
def good_leaf(leaf: Switch) -> Verdicts:
    """The same of the physical switch."""
    return leaf.verdicts()


def check(switch: Switch, good: Verdicts, rule: str, change: Change, others: set[str]) -> None:
    """The rule was content before; now it fails, or is unknown, and only the named others differ from before.

    A subject that comes or goes, and passes where it is, is no difference.
    """
    assert {status for (name, _), status in good.items() if name == rule} & {"pass", "notapplicable"}
    with switch.changed(change):
        found = switch.verdicts()
    differing = {key for key in good.keys() | found.keys() if good.get(key, "pass") != found.get(key, "pass")}
    assert {name for name, _ in differing} == {rule} | others
    assert {found.get(key) for key in differing if key[0] == rule} & {"fail", "unknown"}


@pytest.mark.parametrize("rule", VSM)
def test_a_changed_line_of_a_supervisor_flips_its_finding(vsm: Switch, good_vsm: Verdicts, rule: str) -> None:
    """A change on the Nexus 1000V is seen through a real collection, in that rule and what leans on it."""
    change, others = VSM[rule]
    check(vsm, good_vsm, f"nexus1000v-{rule}", change, {f"nexus1000v-{other}" for other in others})


@pytest.mark.parametrize("rule", LEAF)
def test_a_changed_line_of_a_switch_flips_its_finding(leaf: Switch, good_leaf: Verdicts, rule: str) -> None:
    """A change on the physical switch is seen through a real collection, in that rule and what leans on it."""
    change, others = LEAF[rule]
    check(leaf, good_leaf, rule, change, others)


def test_changes_that_mean_nothing_flip_nothing(leaf: Switch, good_leaf: Verdicts) -> None:
    """A description, another order of lines and a comment change no finding."""
    with leaf.changed(added("! a comment\ninterface Ethernet1/1\n  description another one")):
        assert leaf.verdicts() == good_leaf


@pytest.mark.needs_snmpd
def test_a_known_community_on_the_agent_flips_its_finding(tmp_path: Path) -> None:
    """A live SNMP agent that begins to answer `public` flips the finding that is proved from outside."""
    found = {}
    for community in ("", "public"):
        folder = tmp_path / (community or "none")
        folder.mkdir()
        with (
            snmpd(folder, community=community) as agent,
            switched_on(texts.answers(), folder, "nexus1000v", agent) as vsm,
        ):
            found[community] = vsm.verdicts()
    differing = {key for key in found[""] if found[""][key] != found["public"][key]}
    assert differing == {(SILENT, None)}
    assert (found[""][SILENT, None], found["public"][SILENT, None]) == ("pass", "fail")
