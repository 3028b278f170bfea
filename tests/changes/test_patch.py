"""A JSON patch on facts: what it sets, what follows from that and is unknown, and what of it is refused."""

from dataclasses import replace
from typing import Any

import pytest

from auditor.changes.factedits import patch_edits, with_edits
from auditor.domain import ABSENT
from auditor.errors import InputError, faults_in
from tests.changes.making import AT, RULE, SSH, basis, capture, checked, patch


def edited(*operations: Any, name: str = "rhel-9-good", folder: str = "rhel") -> Any:
    before = basis(name, folder).target.snapshot
    assert before is not None
    found = patch_edits(capture(name, folder), patch(*operations), before)
    return found, with_edits(before, found.edits)


def test_what_a_patch_sets_is_set_and_its_line_is_the_source() -> None:
    """add, replace and remove; ~1 and ~0 stand for what they stand for; the reading itself stays what it was."""
    before = basis().target.snapshot
    assert before is not None
    found, after = edited(
        ("test", SSH, "no"),
        ("replace", SSH, "yes"),
        ("remove", "/packages/aide"),
        ("add", "/banners/~1etc~1issue/text", "hello ~"),
    )
    assert after.facts["sshd"]["effective"]["permitemptypasswords"] == "yes"
    assert "aide" not in after.facts["packages"]
    assert after.facts["banners"]["/etc/issue"]["text"] == "hello ~"
    assert after.sources["sshd.effective[permitemptypasswords]"] == "p.json:3"
    assert [one.value for one in found.edits] == ["yes", ABSENT, "hello ~"]
    assert before.facts["sshd"]["effective"]["permitemptypasswords"] == "no"
    assert "aide" in before.facts["packages"]


def test_what_follows_from_a_fact_that_was_set_is_unknown() -> None:
    """In the same model, and in the same member of a map: whether a parameter agrees with its file, nobody can tell."""
    found, _ = edited(("replace", "/sysctl/kernel.randomize_va_space/runtime", "0"))
    unknown = {one.path for one in found.unknown}
    assert {f"sysctl[kernel.randomize_va_space].{name}" for name in ("agrees", "contradicted")} <= unknown
    assert all("kernel.randomize_va_space" in path for path in unknown)
    found, _ = edited(
        ("replace", "/sysctl/kernel.randomize_va_space/runtime", "0"),
        ("replace", "/sysctl/kernel.randomize_va_space/agrees", False),
    )
    assert "sysctl[kernel.randomize_va_space].agrees" not in {one.path for one in found.unknown}


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (("replace", "/hostnam", "x"), "no fact of linux"),
        (("replace", "hostname", "x"), "no JSON pointer"),
        (("move", "/hostname", "x"), "move is not taken"),
        (("increase", "/hostname", "x"), "one of add"),
        (("add", "/hostname"), "without a value"),
        (("replace", "/packages/nothing", "1"), "is not there"),
        (("remove", "/packages/nothing"), "is not there"),
        (("test", "/hostname", "another"), "test failed"),
        (("replace", "/dns/servers/0", "192.0.2.1"), "no fact of linux"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(operation: Any, said: str) -> None:
    """Every one of them at once, and nothing is foretold."""
    with pytest.raises(InputError) as problem:
        edited(("replace", SSH, "yes"), operation, operation)
    faults = faults_in(problem.value)
    assert [str(one.where) for one in faults] == ["p.json:3", "p.json:4"]
    assert all(said in one.what for one in faults)


@pytest.mark.parametrize("value", [{"a": 1}, [1], 1.5, "many"])
def test_a_value_that_fits_no_fact_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match=r"p\.json:2"):
        edited(("replace", "/sshd/max_startups_full", value))


def test_a_gap_is_closed_by_what_is_set() -> None:
    """Of a fact that was not read; what lies beside it stays unread."""
    before = basis().target.snapshot
    assert before is not None
    gaps = {"sshd.effective": "not allowed", "hostname": "not allowed"}
    one = replace(before, gaps=gaps)
    found = patch_edits(capture("rhel-9-good"), patch(("add", "/hostname", "web01")), one)
    assert with_edits(one, found.edits).gaps == {"sshd.effective": "not allowed"}


def test_5_000_operations_are_taken_and_one_more_is_refused() -> None:
    many = [("replace", "/hostname", f"h{n}") for n in range(5_000)]
    assert checked(patch(*many), at=AT).document["summary"]["targets_affected"] == 1
    packages = [("add", f"/packages/p{n}", "1") for n in range(4_999)]
    with pytest.raises(InputError, match=r"p\.json:3002"):  # one among many that fits no fact
        checked(patch(*packages[:3_000], ("replace", "/sshd/max_startups_full", "many"), *packages[3_000:]))
    with pytest.raises(InputError, match="more than 5000 operations"):
        checked(patch(*many, ("replace", "/hostname", "x")))


def test_a_platform_without_a_predictor_of_its_own_kind_takes_a_patch() -> None:
    """A switch, as a host."""
    found = checked(patch(("replace", "/hostname", "n1k")), bases=(basis("vsm", "vsm"),))
    assert [x["path"] for x in found.document["targets"][0]["facts"] if not x["derived"]] == ["hostname"]
    assert RULE not in str(found.document)
