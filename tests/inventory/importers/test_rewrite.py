"""An inventory after an import says what the import says, and is otherwise what it was."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import ConflictError, InputError
from auditor.inventory.importers.apply import opened, plan, replace
from auditor.inventory.importers.compare import compare
from auditor.inventory.importers.csvfile import read_csv, written
from auditor.inventory.importers.entry import ORIGIN, Entry, Imported, imported
from auditor.inventory.importers.rewrite import rewritten
from auditor.inventory.model import InventoryForm
from auditor.yamlfile import parse

TEXT = """\
# of the whole estate
defaults: {timeout: 60s, deadline: 5m}      # one call; one source
sources:
  # the first
  - {name: flowing, kind: esxi, address: "192.0.2.1", labels: {site: 'ams'}}   # kept
  - name: blocky   # in lines
    kind: esxi
    labels:
      imported-from: csv:a.csv   # whose it is
      site: ams
      # why
      team: "0640"
    address: old.example.org
    # the end of blocky

# the last
  - name: gone
    kind: esxi
    address: 192.0.2.3
    labels: {imported-from: "csv:a.csv"}
    # below it
# before the excluded
excluded:
  - {target: x, reason: "No longer"}
"""
ORIGIN_OF = "csv:a.csv"


def found(*entries: Entry, origin: str = ORIGIN_OF, managed: tuple[str, ...] = ("site", "team")) -> Imported:
    return imported(origin, entries, managed=managed)


def forms(text: str) -> InventoryForm:
    return InventoryForm.model_validate({key: value for key, value in (parse(text).data or {}).items() if value})


def test_only_what_changes_is_touched() -> None:
    """Values, labels, new keys, a removal and an addition: every other line is byte for byte what it was."""
    changes = found(
        Entry("flowing", "esxi", "192.0.2.9", 8443, labels={"site": "fra", "tier": "no"}),
        Entry("blocky", "esxi", "new.example.org", credential="root", labels={"team": "12:30"}),
        Entry("new", "esxi", "192.0.2.7", labels={"site": "# {x}: y"}),
    )
    difference = compare(changes, forms(TEXT).sources)
    assert [one.name for one in difference.added] == ["new"]
    assert difference.gone == ("gone",)
    assert rewritten(TEXT, "i.yaml", difference, {}, remove=True) == (
        TEXT.replace(
            """"192.0.2.1", labels: {site: 'ams'}}""",
            """192.0.2.9, port: 8443, labels: {site: fra, tier: "no"}}""",
        )
        .replace("      site: ams\n", "")
        .replace('"0640"', '"12:30"')
        .replace("old.example.org\n", "new.example.org\n    credential: root\n")
        .replace(
            """\
  - name: gone
    kind: esxi
    address: 192.0.2.3
    labels: {imported-from: "csv:a.csv"}
""",
            "",
        )
        .replace(
            "    credential: root\n",
            "    credential: root\n  - name: new\n    kind: esxi\n    address: 192.0.2.7\n"
            '    labels: {site: "# {x}: y", imported-from: "csv:a.csv"}\n',
        )
    )


def test_what_is_gone_stays_unless_it_is_to_be_removed() -> None:
    """Without `remove` the text is the same; an entry that another import or a hand made is never gone."""
    difference = compare(
        found(Entry("blocky", "esxi", "old.example.org", labels={"site": "ams", "team": "0640"})), forms(TEXT).sources
    )
    assert difference.gone == ("gone",)
    assert rewritten(TEXT, "i.yaml", difference, {}, remove=False) == TEXT
    assert compare(found(origin="csv:b.csv"), forms(TEXT).sources).gone == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet",
        "sources:\n",
        "sources: []  # none\n",
        "sources:   \nexcluded: []\n",
        "sources: [{name: a, kind: esxi, address: b}]\n",
        "sources:\n- {name: a, kind: esxi, address: b}\n",
        "sources:\r\n- name: a\r\n  kind: esxi\r\n  address: b\r\n# c\r\n",
        "defaults: {timeout: 5s}",
    ],
)
def test_the_first_entries_of_an_inventory(text: str) -> None:
    """In whatever way the list was begun, what is added is read back, and the line ends are the file's."""
    old = forms(text).sources
    difference = compare(found(Entry("n1", "esxi", "192.0.2.1"), Entry("n2", "esxi", "192.0.2.2")), old)
    result = rewritten(text, "i.yaml", difference, {"esxi": {"timeout": "9s", "labels": {"a": "b"}}}, remove=False)
    assert [one.name for one in forms(result).sources] == [*(one.name for one in old), "n1", "n2"]
    assert forms(result).sources[-1].labels == {"a": "b", ORIGIN: ORIGIN_OF}
    assert ("\r\n" in text) == ("\r\n" in result)
    assert result.count("\n") == result.count("\r\n") or "\r\n" not in text


@pytest.mark.parametrize(
    "text",
    [
        "x: &l {site: ams}\nsources:\n  - {name: a, kind: esxi, address: b, labels: *l}\n",
        "sources:\n  - name: a\n    kind: esxi\n    address: |-\n      b\n",
        "sources:\n  - {name: a, kind: esxi, address: new, labels: &l {site: ams}}\n"
        "  - {name: c, kind: esxi, address: d, labels: *l}\n",
        "sources:\n  - {name: a, kind: esxi, address: &a b}\n  - {name: c, kind: esxi, address: *a}\n",
    ],
)
def test_what_cannot_be_changed_alone_is_refused(text: str) -> None:
    """An anchor that others use, or a block of text: a message, never another entry changed along."""
    old = InventoryForm.model_validate({"sources": parse(text).data["sources"]}).sources
    difference = compare(found(Entry("a", "esxi", "new", labels={"site": "fra"})), old)
    with pytest.raises(InputError, match="too intricate"):
        rewritten(text, "i.yaml", difference, {}, remove=False)


names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cf", "Cn", "Co", "Zs")), max_size=12)
entries = st.builds(
    Entry,
    names,
    st.sampled_from(["esxi", "vcenter", "nexus1000v"]),
    st.from_regex(r"[a-z0-9][a-z0-9.-]{0,12}", fullmatch=True),
    st.none() | st.integers(1, 65535),
    st.none() | texts.filter(bool),
    st.dictionaries(names, texts, max_size=3),
)
lists = st.lists(entries, max_size=5, unique_by=lambda one: one.name)


@settings(max_examples=50, deadline=None)
@given(lists, lists, st.booleans())
def test_an_import_is_whole_and_loses_nothing(before: list[Entry], after: list[Entry], remove: bool) -> None:
    """Whatever the texts hold: afterwards there is no difference left, and no entry that it did not own is gone."""
    text = rewritten(
        "# top\nsources:\n  - {name: -, kind: esxi, address: a}\n", "i", compare(found(*before), []), {}, remove=False
    )
    text = text.replace("name: -,", "name: By-hand.0123456789.x,")
    old = forms(text).sources
    names_of = {key for one in (*before, *after) for key in one.labels}
    second = found(*after, managed=tuple(names_of))
    result = rewritten(text, "i", compare(second, old), {}, remove=remove)
    left = compare(second, forms(result).sources)
    assert (left.added, left.changed) == ((), ())
    assert bool(left.gone) == (not remove and bool({one.name for one in before} - {one.name for one in after}))
    kept = [one.name for one in forms(result).sources]
    assert len(kept) == len(set(kept))
    assert set(kept) == {
        "By-hand.0123456789.x",
        *(one.name for one in after),
        *([] if remove else [one.name for one in before]),
    }
    assert result.startswith("# top\n")


@settings(max_examples=50, deadline=None)
@given(lists)
def test_an_import_of_what_was_exported_is_no_difference(before: list[Entry]) -> None:
    """CSV out and in again, whatever the labels hold: formulas, delimiters, quotes."""
    text = rewritten("", "i", compare(found(*before), []), {}, remove=False)
    old = forms(text).sources if before else []
    back = read_csv(written(old), "x.csv", ORIGIN_OF)
    assert compare(back, old).empty
    assert len(back.entries) == len(before)


def test_the_file_is_replaced_whole_with_its_mode(tmp_path: Path) -> None:
    """Through a link too. What changed since it was read is left alone, and so is what could not be used."""
    file, link = tmp_path / "real.yaml", tmp_path / "inventory.yaml"
    file.write_text(TEXT)
    file.chmod(0o640)
    link.symlink_to(file)
    inventory = opened(link)
    changes = found(Entry("new", "esxi", "192.0.2.7"), Entry("gone", "esxi", "192.0.2.3"))
    _, text = plan(inventory, changes, {})
    replace(inventory, text)
    assert link.is_symlink()
    assert file.read_text() == text != TEXT
    assert file.stat().st_mode & 0o777 == 0o640
    with pytest.raises(ConflictError, match="changed meanwhile"):
        replace(inventory, TEXT)
    with pytest.raises(InputError, match=r"the entry 'w' could not be used.*known_hosts"):
        plan(opened(link), found(Entry("w", "linux", "192.0.2.8")), {})
    assert file.read_text() == text
    assert sorted(os.listdir(tmp_path)) == ["inventory.yaml", "real.yaml"]
