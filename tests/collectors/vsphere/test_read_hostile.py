"""`read` takes whatever a stored capture holds: it never raises, and what it cannot understand is a gap."""

import json
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.collectors.vsphere.decode import content
from auditor.collectors.vsphere.schema import HOST
from auditor.collectors.vsphere.schema_vm import VM
from auditor.collectors.vsphere.soap import NotSoap, parse
from auditor.facts import facts_model
from tests.collectors.vsphere.bodies import body, reading

PLATFORMS = ["esxi", "dvs", "vcenter", "vm"]
SCALAR = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
JSON = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every value in plain JSON data."""
    found = [at] if at else []
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        found += places(value, (*at, key))
    return found


PLACES = {platform: places(body(platform)) for platform in PLATFORMS}


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_mutilated_capture_never_raises(platform: str, data: st.DataObject) -> None:
    """A few values replaced by anything, or taken out: the result still fits the model, and can be stored."""
    mutant: Any = body(platform)
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.sampled_from(PLACES[platform]))
        holder = mutant
        try:
            for key in where[:-1]:
                holder = holder[key]
            if data.draw(st.booleans()):
                holder[where[-1]] = data.draw(JSON)
            else:
                del holder[where[-1]]
        except (KeyError, IndexError, TypeError):
            continue
    snapshot = reading(platform, mutant)
    facts_model(platform).model_validate(dict(snapshot.facts))
    json.dumps([dict(snapshot.facts), dict(snapshot.gaps)])


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=60, deadline=None)
@given(data=JSON)
def test_anything_at_all_is_a_snapshot_full_of_gaps(platform: str, data: Any) -> None:
    """A body that is no body has gaps, and no fact that a rule could pass on."""
    snapshot = reading(platform, data)
    assert snapshot.gaps
    assert not snapshot.facts.get("services")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_answer_are_refused(data: bytes) -> None:
    """Random bytes are NotSoap or an element, never another error."""
    try:
        parse(data)
    except NotSoap:
        pass


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(sorted({**HOST, **VM})))
def test_elements_of_any_form_are_decoded_or_told(kind: str, value: str, path: str) -> None:
    """An object with a strange value: read, or an error of its path."""
    allowed = "".join(c for c in value if c.isprintable())
    name = "".join(c for c in kind if c.isalnum())
    value_text = f"<val xsi:type={quoteattr(name)}>{escape(allowed)}<x>{escape(allowed)}</x></val>"
    text = (
        '<objects xmlns="urn:vim25" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<obj type="HostSystem">h</obj><propSet><name>{path}</name>{value_text}</propSet></objects>'
    )
    found = content(parse(text.encode("utf-8", "replace")), {**HOST, **VM})
    assert found["id"] == "h"
    assert (path in found["props"]) != (path in found["errors"])


def test_an_overlong_value_is_a_gap() -> None:
    """Text of a size that nothing is configured with is not taken over."""
    data = body("esxi")
    data["props"]["config.option"]["Annotations.WelcomeMessage"] = "x" * 100_000
    snapshot = reading("esxi", data)
    assert "advanced[Annotations.WelcomeMessage]" in snapshot.gaps
    assert "Annotations.WelcomeMessage" not in snapshot.facts["advanced"]


def test_a_gap_of_an_option_stands_under_the_spelling_of_the_rules() -> None:
    """The host spells the key in another letter case: the gap is found all the same."""
    data = body("esxi")
    data["props"]["config.option"]["Config.Etc.Issue"] = None
    data["props"]["config.option"].pop("Config.Etc.issue")
    assert "advanced[Config.Etc.issue]" in reading("esxi", data).gaps
