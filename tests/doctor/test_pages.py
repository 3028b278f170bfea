"""The pages about rights say what collectors send and doctor names: what is copied from them is exact."""

import re

from auditor.collectors.nexus1000v import commands
from auditor.collectors.vsphere.privileges import NEEDED
from auditor.doctor.model import Check
from auditor.doctor.rights import FIRST_RULE
from tests.docpages import DOCS

RIGHTS = (DOCS / "how-to" / "least-privilege.md").read_text()
PAGE = (DOCS / "how-to" / "doctor.md").read_text()


def test_the_role_of_a_switch_permits_what_is_sent() -> None:
    """Every command of the collector has its rule and no other has one; numbers are used once, below doctor's own."""
    wanted = {commands.RUNNING, commands.ALL, *commands.IDENTITY, *commands.COMMON, *commands.OF_VSM}
    wanted |= {*commands.OF_SWITCH, "terminal length *", "terminal width *", "show clock", "show accounting log"}
    found = re.findall(r"rule (\d+) permit command ([^\n`]+)", RIGHTS)
    assert {command for _, command in found} == wanted
    numbers = [int(number) for number, _ in found]
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) < FIRST_RULE


def test_the_roles_of_a_vcenter_hold_what_is_asked_for() -> None:
    """Every privilege that is looked for stands in the role that doctor names, in both ways to make it."""
    for role in ("auditor-host", "auditor-deep"):
        (govc,) = re.findall(rf"^govc role\.create {role} (.+)$", RIGHTS, re.MULTILINE)
        (shell,) = re.findall(rf"^New-VIRole -Name {role} .*-Id (\S+)\)$", RIGHTS, re.MULTILINE)
        assert govc.split() == shell.split(",")
    assert set(govc.split()) == set(NEEDED) - {"System.Read"}


def test_the_page_tells_every_key_of_the_json() -> None:
    """Keys and states of the JSON form."""
    keys = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert keys == list(Check._fields)
    assert all(f"`{state}`" in PAGE for state in ("well", "warn", "wrong", "skipped"))
