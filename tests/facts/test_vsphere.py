"""Facts of hosts, switches and vCenters as rules see them."""

import pytest

from auditor.facts import FoldedDict, facts_model, plain
from auditor.facts.base import FactModel, folded_fields


@pytest.mark.parametrize("platform", ["esxi", "dvs", "vcenter", "vm"])
def test_facts_that_are_not_there_are_absent(platform: str) -> None:
    """A model without values has no scalar at all: nothing is a default that a rule could take for a setting."""

    def scalars(value: object) -> list[object]:
        if isinstance(value, dict):
            return [found for inner in value.values() for found in scalars(inner)]
        return [] if isinstance(value, list) else [value]

    assert scalars(plain(facts_model(platform)())) == []


@pytest.mark.parametrize(("platform", "field"), [("esxi", "advanced"), ("vcenter", "settings")])
def test_option_keys_are_found_in_any_letter_case(platform: str, field: str) -> None:
    """Option names are compared without case, and keep their type."""
    assert folded_fields(facts_model(platform)) == (field,)
    found = plain(
        facts_model(platform).model_validate({field: {"Config.Etc.issue": "x", "A.b": True, "N": 5, "T": "5"}})
    )[field]
    assert isinstance(found, FoldedDict)
    assert found.find("config.etc.ISSUE") == "x"
    assert (found.find("a.b"), found.find("n"), found.find("t")) == (True, 5, "5")


@pytest.mark.parametrize("platform", ["esxi", "dvs", "vcenter", "vm"])
def test_every_part_says_what_it_is(platform: str) -> None:
    """Each model below the facts has a description for the reference."""
    seen: set[type[FactModel]] = set()

    def visit(model: type[FactModel]) -> None:
        seen.add(model)
        for info in model.model_fields.values():
            for inner in (info.annotation, *getattr(info.annotation, "__args__", ())):
                if isinstance(inner, type) and issubclass(inner, FactModel) and inner not in seen:
                    visit(inner)

    visit(facts_model(platform))
    assert all(model.__doc__ for model in seen)
