"""CSV as people and spreadsheets write it."""

import pytest

from auditor.errors import InputError
from auditor.inventory.importers.compare import compare
from auditor.inventory.importers.csvfile import read_csv, written
from auditor.inventory.model import InventoryForm


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_header_decides(delimiter: str, end: str) -> None:
    """Columns in any order, any of four delimiters, a byte order mark, either line end, quoted cells."""
    lines = [
        ["Address", "NAME", "kind", "port", "labels"],
        ["192.0.2.1", "a", "", "22", '"site=ams;why=a\\;b\\=c"'],
        [""],
        ["::1", "b", "esxi", "", ""],
    ]
    text = "\ufeff" + end.join(delimiter.join(line) for line in lines)
    found = read_csv(text, "x.csv", "csv:x.csv")
    assert [(one.name, one.kind, one.address, one.port, dict(one.labels)) for one in found.entries] == [
        ("a", "linux", "192.0.2.1", 22, {"site": "ams", "why": "a;b=c"}),
        ("b", "esxi", "::1", None, {}),
    ]
    assert found.managed == {"site", "why"}
    assert [one.place.line for one in found.entries if one.place] == [2, 4]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("name,adress\n", 1, "unknown column 'adress'"),
        ("name\n", 1, "no column 'address'"),
        ("name,address,name\n", 1, "stands twice"),
        ("name,address\na,b,c\n", 2, "3 cells"),
        ('name,address\n"a,b\n', 2, "not valid CSV"),
        ("name,address\na,b\na,c\n", 3, "two entries are called 'a'"),
        ("name,address\na: {x},b\n", 2, "is no name of a source"),
        ('name,address\n"a\n- {name: b",c\n', 2, "is no name of a source"),
        ("name,address\na,b # c\n", 2, "is no address"),
        ("name,address\na,host:22\n", 2, "is no address"),
        ("name,address,port\na,b,٣\n", 2, "is no port"),
        ("name,address,port\na,b,99999\n", 2, "is no port"),
        ("name,address,kind\na,b,windows\n", 2, "unknown kind"),
        ("name,address,labels\na,b,site\n", 2, "has no value"),
        ("name,address,labels\na,b,a=b=c\n", 2, "two values"),
        ("name,address,labels\na,b,a=1;a=2\n", 2, "stands twice"),
        ("name,address,labels\na,b,imported-from=x\n", 2, "set by the import"),
        ("name,address,labels\na,b,a=\u202eevil\n", 2, "is no value"),
    ],
)
def test_a_fault_names_its_line(text: str, line: int, said: str) -> None:
    """Hostile or mistaken: file, line and what is wrong; the text itself only escaped."""
    with pytest.raises(InputError) as caught:
        read_csv(text, "x.csv", "o")
    assert f"x.csv:{line}: " in str(caught.value)
    assert said in str(caught.value)
    assert str(caught.value).isascii()


def test_a_kind_that_nobody_named_changes_none() -> None:
    """The default is for new entries: a list without kinds does not make a host out of a vCenter."""
    old = InventoryForm.model_validate({"sources": [{"name": "vc", "kind": "vcenter", "address": "192.0.2.1"}]}).sources
    found = read_csv("name,address\nvc,192.0.2.1\nnew,192.0.2.2\n", "x.csv", "o")
    assert compare(found, old).changed == ()
    assert [one.kind for one in compare(found, old).added] == ["linux"]
    assert compare(read_csv("name,address,kind\nvc,192.0.2.1,esxi\n", "x.csv", "o"), old).changed


@pytest.mark.parametrize("text", ["=cmd", "+1", "-1", "@x", "'=x", "'x"])
def test_no_cell_is_a_formula(text: str) -> None:
    """What a spreadsheet would compute has a quote before it in what is written, and has none when it is read again."""
    (old,) = InventoryForm.model_validate(
        {"sources": [{"name": "a", "kind": "esxi", "address": "b", "credential": text}]}
    ).sources
    assert f",'{text}," in written([old])
    assert read_csv(written([old]), "x.csv", "o").entries[0].credential == text
