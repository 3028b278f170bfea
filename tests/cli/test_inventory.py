"""`auditor inventory`, as a process: what would change, what changes, what is gone."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from auditor.inventory.population import read_population
from auditor.store.migrate import ready_store
from auditor.store.sql import table_of
from auditor.store.tables import JournalRow
from tests.cli.running import Done, auditor
from tests.service.test_gone import night
from tests.simulators.vsphere.fake import FakeVCenter
from tests.simulators.vsphere.fake.values import vim

INVENTORY = "# ours\nsources:\n  - {name: here, kind: linux, connection: local}  # this machine\n"
HOSTS = "name,kind,address,labels\nesx1,esxi,192.0.2.1,site=ams\nesx2,esxi,192.0.2.2,site=fra\n"


def inventory(folder: Path, *arguments: object, **more: str) -> Done:
    return auditor(folder, "inventory", *arguments, "-i", "i.yaml", env=more)


def test_an_import_is_shown_before_it_is_applied(tmp_path: Path) -> None:
    """0 nothing to do, 1 differences, like a diff; only --apply writes, and only --remove-gone takes out."""
    file, listed = tmp_path / "i.yaml", tmp_path / "h.csv"
    file.write_text(INVENTORY)
    listed.write_text(HOSTS)
    shown = inventory(tmp_path, "import", "csv", "h.csv")
    assert (shown.status, shown.err) == (1, "")
    assert "+ esx1  esxi  192.0.2.1  site=ams\n" in shown.out
    assert "csv:h.csv: 2 new, 0 changed, 0 gone, 0 the same, 0 left out; nothing was written\n" in shown.out
    assert file.read_text() == INVENTORY
    assert inventory(tmp_path, "import", "csv", "h.csv", "--apply").status == 0
    assert file.read_text().startswith(INVENTORY)
    again = inventory(tmp_path, "import", "csv", "h.csv", "-f", "json")
    assert (again.status, json.loads(again.out)["same"]) == (0, 2)
    listed.write_text(HOSTS.replace("esx2,esxi,192.0.2.2", "esx3,esxi,192.0.2.3").replace("192.0.2.1", "192.0.2.9"))
    kept = inventory(tmp_path, "import", "csv", "h.csv", "--apply", "-f", "json")
    said = json.loads(kept.out)
    assert (kept.status, said["gone"], said["changed"]) == (
        1,
        ["esx2"],
        [{"name": "esx1", "changes": [{"key": "address", "before": "192.0.2.1", "after": "192.0.2.9"}]}],
    )
    assert "esx2" in file.read_text()
    assert inventory(tmp_path, "import", "csv", "h.csv", "--apply", "--remove-gone").status == 0
    assert "esx2" not in file.read_text()
    assert inventory(tmp_path, "check").out == "i.yaml: 3 sources (esxi, linux)\n"
    assert [one["name"] for one in json.loads(inventory(tmp_path, "show", "-f", "json").out)] == [
        "here",
        "esx1",
        "esx3",
    ]
    (tmp_path / "out.csv").write_bytes(inventory(tmp_path, "show", "-f", "csv").out.encode())
    assert inventory(tmp_path, "import", "csv", "out.csv", "--origin", "csv:h.csv").status == 0


def test_what_is_wrong_is_told_with_its_place_and_writes_nothing(tmp_path: Path) -> None:
    """A fault in the list, an entry that could not be used, no such file or kind: status 2, and the file as it was."""
    file = tmp_path / "i.yaml"
    file.write_text(INVENTORY)
    (tmp_path / "bad.csv").write_text(HOSTS + "a b,esxi,x,\n")
    (tmp_path / "linux.csv").write_text("name,address\nweb1,192.0.2.8\n")
    (tmp_path / "m.yaml").write_text("new: {linux: {connection: ssh, known_hosts: hosts}}\n")
    (tmp_path / "hosts").write_text("")
    bad = inventory(tmp_path, "import", "csv", "bad.csv", "--apply")
    assert (bad.status, bad.err.startswith("auditor: bad.csv:4: 'a b' is no name"), bad.out) == (2, True, "")
    unusable = inventory(tmp_path, "import", "csv", "linux.csv", "--apply")
    assert (unusable.status, "known_hosts" in unusable.err, "--mapping" in unusable.err) == (2, True, True)
    preview = inventory(tmp_path, "import", "csv", "linux.csv")
    assert (preview.status, "+ web1" in preview.out, "cannot be applied" in preview.err) == (1, True, True)
    for arguments in (
        ("import", "csv", "none.csv"),
        ("import", "xls", "x"),
        ("import", "netbox", "http://x", "--token-env", "PATH"),
    ):
        assert inventory(tmp_path, *arguments).status == 2
    assert file.read_text() == INVENTORY
    assert inventory(tmp_path, "import", "csv", "linux.csv", "--mapping", "m.yaml", "--apply").status == 0
    assert "known_hosts: hosts" in file.read_text()


def test_a_vcenter_is_compared_with_its_population(tmp_path: Path) -> None:
    """New hosts are taken over, vanished ones stay until they are taken out; guests are only proposed."""
    with FakeVCenter(hosts=2, vms=1) as sim:
        assert sim.estate is not None
        tree = next(one.tree for one in sim.estate.things.values() if one.kind is vim.VirtualMachine)
        tree["guest"].guestFamily, tree["guest"].ipAddress = "linuxGuest", "192.0.2.44"
        source = (
            f"kind: vcenter, address: {sim.host}, port: {sim.port}, credential: c, "
            f"tls: {{ca_file: {sim.ca_file}}}, population: {{file:"
        )
        text = (
            f"credentials: {{c: {{username: {sim.username}, password: {{env: VC}}}}}}\nsources:\n"
            f"  - {{name: vc1, {source} vc1.txt}}}}\n  - {{name: vc2, {source} vc2.txt}}}}\n"
        )
        (tmp_path / "i.yaml").write_text(text)
        (tmp_path / "vc1.txt").write_text("esx-99.example.test\nan old machine\tvm\n")
        shown = inventory(tmp_path, "import", "vcenter", "vc1", VC=sim.password)
        assert (shown.status, shown.err) == (1, "")
        assert "+ vc1/esx-01.example.test  esxi\n" in shown.out
        assert "- vc1/esx-99.example.test  esxi  not shown any more; it stays\n" in shown.out
        assert "linux  192.0.2.44" in shown.out
        assert (tmp_path / "vc1.txt").read_text().startswith("esx-99")
        done = inventory(tmp_path, "import", "vcenter", "vc*", "--apply", "-f", "json", VC=sim.password)
        said = json.loads(done.out)
        assert (done.status, said["applied"]) == (1, True)
        assert {"host": "esx-01.example.test", "sources": ["vc1", "vc2"]} in said["shared"]
        names = {one.name for one in read_population(tmp_path / "vc1.txt", "esxi")}
        assert {"esx-01.example.test", "esx-02.example.test", "esx-99.example.test", "an old machine", "vc1"} <= names
        assert inventory(tmp_path, "import", "vcenter", "vc1", "--apply", "--remove-gone", VC=sim.password).status == 0
        names = {one.name for one in read_population(tmp_path / "vc1.txt", "esxi")}
        assert ("esx-99.example.test" in names, "an old machine" in names) == (False, True)
        assert inventory(tmp_path, "import", "vcenter", "vc2", VC=sim.password).status == 0
        wrong = inventory(tmp_path, "import", "vcenter", "vc*", "--apply", VC="wrong-canary")
        assert (wrong.status, "wrong-canary" in wrong.err + wrong.out) == (2, False)


def test_what_is_gone_is_listed_until_it_is_retired(tmp_path: Path) -> None:
    """By name, source, time and counts, status 1; after `retire` nothing is, and the journal says who and why."""
    store = ready_store(f"sqlite:///{tmp_path}/.state/auditor.sqlite")
    night(store, 0, {"a": ["h1", "h2"]})
    night(store, 1, {"a": ["h1"]})
    listed = auditor(tmp_path, "inventory", "gone")
    assert listed.status == 1
    assert "h2" in listed.out
    assert "1 passed" in listed.out
    (one,) = json.loads(auditor(tmp_path, "inventory", "gone", "-f", "json").out)
    assert (one["source"], one["name"], one["last_run"], one["counts"]["passed"]) == ("a", "h2", "night-0", 1)
    missing = auditor(tmp_path, "inventory", "retire", "nobody", "--reason", "never was")
    assert (missing.status, "no run knows" in missing.err) == (2, True)
    done = auditor(tmp_path, "inventory", "retire", "a/h2", "--reason", "sold")
    assert (done.status, done.out) == (0, "a/h2: retired; its history stays\n")
    assert auditor(tmp_path, "inventory", "gone").out == "nothing is gone\n"
    with store.reading() as connection:
        row = connection.execute(select(table_of(JournalRow))).one()
    assert (row.action, row.object, json.loads(row.detail)["reason"]) == ("inventory.retire", "a/h2", "sold")
    store.close()


@pytest.mark.parametrize("arguments", [("check",), ("show",)])
def test_a_faulty_inventory_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """With file and line, and status 2."""
    (tmp_path / "i.yaml").write_text("sources:\n  - {name: a, kind: esxi, adress: x}\n")
    done = inventory(tmp_path, *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("auditor: i.yaml:2: ")
