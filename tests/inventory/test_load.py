"""Inventories: what they become, and what each fault in them says."""

import os
from pathlib import Path

import pytest

from auditor.errors import InputError
from auditor.inventory.load import OpenInventory, load_inventory

LOCAL = "{name: here, kind: linux, connection: local}"


def write(folder: Path, text: str) -> Path:
    """An inventory file."""
    path = folder / "inventory.yaml"
    path.write_text(text)
    return path


def test_defaults_are_overridden_per_source(tmp_path: Path) -> None:
    """Durations are seconds; a source's own value wins over the default."""
    text = f"defaults: {{timeout: 30s, deadline: 2m}}\nsources:\n  - {LOCAL}\n"
    text += "  - {name: there, kind: linux, connection: local, deadline: 1h, labels: {site: ams, rack: 7}}\n"
    here, there = load_inventory(write(tmp_path, text)).sources
    assert (here.timeout, here.deadline, there.timeout, there.deadline) == (30, 120, 30, 3600)
    assert there.labels == {"site": "ams", "rack": "7"}


def test_paths_are_relative_to_the_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file named in an inventory is looked for beside it, wherever the command is run."""
    (tmp_path / "ca.pem").write_text("x")
    (tmp_path / "pop.txt").write_text("# who\nesx1\nDVS0\tdvs\n")
    monkeypatch.setenv("VC_PASSWORD", "s3cret-of-the-test")
    text = (
        "credentials: {vc: {username: u, password: {env: VC_PASSWORD}}}\nsources:\n"
        "  - {name: vc, kind: vcenter, address: a, credential: vc, tls: {ca_file: ca.pem}, population: {file: pop.txt}}"
    )
    source = load_inventory(write(tmp_path, text)).sources[0]
    assert source.options.tls.ca_file == tmp_path / "ca.pem"
    assert [(m.name, m.platform) for m in source.population] == [("esx1", "esxi"), ("DVS0", "dvs")]
    assert source.credential is not None
    assert source.credential.secret("password") == "s3cret-of-the-test"
    assert "s3cret" not in repr(source)


@pytest.mark.parametrize("wanted", [True, False])
def test_machines_count_only_where_the_source_says_so(tmp_path: Path, wanted: bool) -> None:
    """A population file that names machines is of no account for them once `vms` is taken back."""
    (tmp_path / "pop.txt").write_text("esx1\nweb01\tvm\n")
    vms = "vms: true, " if wanted else ""
    text = f"sources:\n  - {{name: vc, kind: vcenter, address: a, {vms}population: {{file: pop.txt}}}}"
    (source,) = load_inventory(write(tmp_path, text)).sources
    assert [member.name for member in source.population] == (["esx1", "web01"] if wanted else ["esx1"])


def test_population_file_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    """The first run writes it."""
    text = "sources:\n  - {name: here, kind: linux, connection: local, population: {file: pop.txt}}"
    source = load_inventory(write(tmp_path, text)).sources[0]
    assert (source.population, source.population_file) == ((), str(tmp_path / "pop.txt"))


VC = "{name: vc, kind: vcenter, address: a, credential: vc"
FAULTS = [
    ("sources:\n  - {name: a, kind: linux, conection: local}", ":2", "unknown key 'conection'", "connection"),
    ("sources:\n  - name: a\n    kind: solaris", ":3", "unknown kind of source 'solaris'", "Known kinds: esxi"),
    ("sources: []", ":1", "no sources", "Add a source"),
    ("{}", "", "no sources", ""),
    ("- a", "", "not an inventory", "sources:"),
    (f"sources:\n  - {LOCAL}\n  - {LOCAL}", ":3", "stands twice", "rename"),
    ("sources:\n  - {name: a, kind: linux}", ":2", "", ""),
    (f"sources:\n  - {VC}}}", ":2", "there is no credential 'vc'", "Known credentials: none"),
    (f"credentials: {{vc: {{username: u}}}}\nsources:\n  - {VC}}}", ":1", "resolves to nothing", "password"),
    (
        f"credentials:\n  vc:\n    password: {{env: NOT_SET_HERE}}\nsources:\n  - {VC}}}",
        ":3",
        "NOT_SET_HERE is not set",
        "export",
    ),
    (
        f"credentials:\n  vc:\n    password: {{file: none.txt}}\nsources:\n  - {VC}}}",
        ":3",
        "none.txt cannot be read",
        "",
    ),
    ("credentials:\n  vc:\n    password: hunter2\n", ":3", "a secret is a reference", "never the secret itself"),
    ("credentials:\n  vc:\n    password: {vault: a}\n", ":3", "not yet from a vault", ""),
    (
        f"credentials: {{vc: {{password: {{env: HOME}}}}}}\nsources:\n  - {VC}, tls: {{ca_file: no.pem}}}}",
        ":3",
        "there is no file",
        "no.pem",
    ),
    ("sources:\n  - {name: a, kind: replay, captures: nowhere}", ":2", "no index.json", "nowhere"),
    (f"defaults: {{deadline: soon}}\nsources:\n  - {LOCAL}", ":1", "60s, 5m or 1h", "soon"),
    (f"sources:\n  - {LOCAL}\nexcluded:\n  - {{target: x, reason: old, until: 2027-02-31}}", ":4", "date", ""),
    (
        "sources:\n  - {name: a, kind: linux, connection: local, population: {file: bad.txt}}",
        "bad.txt:1",
        "unknown platform 'toaster'",
        "Known platforms",
    ),
]


@pytest.mark.parametrize(
    ("text", "where", "what", "mend"), FAULTS, ids=[f[2][:30] or str(n) for n, f in enumerate(FAULTS)]
)
def test_fault_is_one_message_with_line_and_mend(tmp_path: Path, text: str, where: str, what: str, mend: str) -> None:
    """Every fault names file and line and how to mend it; no secret that was written by mistake is repeated whole."""
    os.environ.pop("NOT_SET_HERE", None)
    (tmp_path / "bad.txt").write_text("x\ttoaster\n")
    with pytest.raises(InputError) as caught:
        load_inventory(write(tmp_path, text))
    message = str(caught.value)
    assert "inventory.yaml" in message or "bad.txt" in message
    assert [part for part in (where, what, mend) if part not in message] == []


def test_secret_written_into_an_inventory_is_not_repeated(tmp_path: Path) -> None:
    """The message about a password that stands in the file does not print it."""
    with pytest.raises(InputError) as caught:
        load_inventory(write(tmp_path, "credentials:\n  vc:\n    password: hunter2\n"))
    assert "hunter2" not in str(caught.value)


def test_several_faults_are_named_at_once(tmp_path: Path) -> None:
    """A file is mended in one go."""
    text = "sources:\n  - {name: a, kind: nope}\n  - {name: b, kind: nada}\n"
    with pytest.raises(InputError) as caught:
        load_inventory(write(tmp_path, text))
    assert "'nope'" in str(caught.value)
    assert "'nada'" in str(caught.value)


@pytest.mark.parametrize("key", ["key_file: id", "key: {file: id}", "private_key: id"])
def test_private_key_may_be_spelled_as_people_do(tmp_path: Path, key: str) -> None:
    """A key's path is found beside the inventory, under any of its usual names."""
    (tmp_path / "id").write_text("x")
    text = f"credentials: {{c: {{username: u, {key}}}}}\nsources:\n  - {VC.replace('vc}', 'c}')}}}".replace(
        "credential: vc", "credential: c"
    )
    credential = load_inventory(write(tmp_path, text)).sources[0].credential
    assert credential is not None
    assert credential.secret("key_file") == str(tmp_path / "id")


def test_what_is_declared_is_known_without_reading_a_secret(tmp_path: Path) -> None:
    """Who only asks what is declared needs no secret; a source that is made to be talked to does, and only that one."""
    text = (
        "credentials: {a: {username: reader, password: {env: NO_SUCH_VARIABLE_HERE}}}\nsources:\n"
        f"  - {{name: far, kind: esxi, address: 127.0.0.1, credential: a}}\n  - {LOCAL}\n"
    )
    path = write(tmp_path, text)
    far, _ = load_inventory(path, secrets=False).sources
    assert far.credential is not None
    assert (far.credential.username, far.credential.secret("password")) == ("reader", None)
    opened = OpenInventory(path)
    assert opened.source("here").kind == "linux"
    with pytest.raises(InputError, match="NO_SUCH_VARIABLE_HERE is not set"):
        opened.source("far")
    with pytest.raises(InputError, match="no source 'gone' in it any more"):
        opened.source("gone")
