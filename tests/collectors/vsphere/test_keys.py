"""Rules and collector agree on the options that judgement needs."""

import re

import pytest

from auditor.collectors.vsphere.keys import HOST_KEYS, VCENTER_KEYS
from auditor.resources import folder


@pytest.mark.parametrize(("fact", "keys"), [("advanced", HOST_KEYS), ("settings", VCENTER_KEYS)])
def test_every_option_a_shipped_rule_names_is_asked_for_singly(fact: str, keys: tuple[str, ...]) -> None:
    """An option that a rule judges is asked for when bulk leaves it out, and gapped under the rule's spelling."""
    named: set[str] = set()
    for file in sorted(folder("rules").glob("baselines/*.yaml")):
        if file.stem == "vsphere-4-hardening":
            continue  # those hosts are too old to be asked: stored captures hold what they have
        named |= set(re.findall(rf"(?<![\w.]){fact}\[([^\]]+)\]", file.read_text()))
    assert named <= set(keys)


def test_keys_are_named_once() -> None:
    """No key stands twice, in any letter case."""
    for keys in (HOST_KEYS, VCENTER_KEYS):
        assert len({key.casefold() for key in keys}) == len(keys)
