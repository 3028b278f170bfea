"""Whatever is wrong with what a person gives: status 2, one message with file, line and mend, and nothing written."""

import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.cli.demo import SAMPLES
from auditor.errors import InputError
from auditor.library import load_file
from auditor.selection import Selection
from tests.cli.running import Done, auditor

LOCAL = "sources:\n  - {name: here, kind: linux, connection: local}\n"
RULE = """baseline: mine
title: Rules of a test
version: "1"
parameters:
  limit: {type: integer, title: A limit, default: 3}
rules:
  - id: linux-test-x
    title: The kernel is one that a test wants
    severity: high
    applies_to: {platform: linux}
    expect:
      hostname: {present: true}
    family: CFG-HARDEN
    references: {nist-800-53: [CM-6]}
    rationale: A test needs a verdict that is known beforehand.
    fix: Nothing to fix here.
"""


def refused(folder: Path, *arguments: object, env: dict[str, str] | None = None) -> str:
    """The message of a command that must end with status 2 and leave every file as it was."""
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    done: Done = auditor(folder, *arguments, env=env)
    assert done.status == 2, (done.status, done.err[-2000:])
    assert "Traceback" not in done.err
    assert done.out == ""
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before
    return done.err


def bomb() -> str:
    """Nine aliases to nine aliases, nine levels deep: 387 million values."""
    lines, last = ["a: &a [x,x,x,x,x,x,x,x,x]"], "a"
    for name in "bcdefghi":
        lines.append(f"{name}: &{name} [{','.join([f'*{last}'] * 9)}]")
        last = name
    return "\n".join(lines) + "\n"


VC = "{name: vc, kind: vcenter, address: a, credential: c"
CREDENTIAL = "credentials: {c: {username: u, password: {env: HOME}}}\nsources:\n  - "
# id: (bytes of the inventory, parts of the message)
INVENTORIES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "wrong-key": (b"sources:\n  - {name: a, kind: linux, conection: local}\n", ("i.yaml:2", "conection", "connection")),
    "wrong-key-crlf": (b"sources:\r\n  - {name: a, kind: linux, conection: local}\r\n", ("i.yaml:2", "'connection'")),
    "wrong-key-bom": (b"\xef\xbb\xbfsources:\n  - {name: a, kind: linux, conection: local}\n", ("i.yaml:2",)),
    "unknown-kind": (b"sources:\n  - name: a\n    kind: solaris\n", ("i.yaml:3", "solaris", "Known kinds")),
    "no-ca-file": (f"{CREDENTIAL}{VC}, tls: {{ca_file: no.pem}}}}".encode(), ("i.yaml:3", "no.pem")),
    "no-credential": (f"sources:\n  - {VC}}}".encode(), ("i.yaml:2", "no credential 'c'", "Known credentials")),
    "empty-credential": (
        f"credentials: {{c: {{username: u}}}}\nsources:\n  - {VC}}}".encode(),
        ("i.yaml:1", "nothing"),
    ),
    "unset-variable": (
        CREDENTIAL.replace("HOME", "NOT_SET_HERE").encode() + f"{VC}}}".encode(),
        ("i.yaml:1", "NOT_SET_HERE is not set", "export"),
    ),
    "nul-in-secret-path": (
        f'credentials:\n  c: {{username: u, password: {{file: "a\\0b"}}}}\nsources:\n  - {VC}}}'.encode(),
        ("i.yaml:2", "cannot be read"),
    ),
    "nul-in-population": (LOCAL.encode()[:-2] + b', population: {file: "a\\0b"}}\n', ("population", "cannot be read")),
    "no-sources": (b"sources: []\n", ("i.yaml:1", "no sources", "Add a source")),
    "empty-file": (b"", ("i.yaml", "not an inventory", "sources:")),
    "only-a-comment": (b"# nothing yet\n", ("i.yaml", "not an inventory")),
    "a-list": (b"- a\n", ("i.yaml", "not an inventory")),
    "no-captures": (b"sources:\n  - {name: a, kind: replay, captures: .}\n", ("i.yaml:2", "no index.json")),
    "binary": (bytes(range(256)) * 8, ("i.yaml", "UTF-8")),
    "nul": (b'a: 1\nsources:\n  - {name: "a\0b"}\n', ("i.yaml:3", "not valid YAML")),
    "tab": (b"sources:\n\t- {name: a}\n", ("i.yaml:2", "\\t", "indentation")),
    "duplicate-key": (LOCAL.encode() + b"sources: []\n", ("i.yaml:3", "stands twice", "Keep one")),
    "duplicate-source": (LOCAL.encode() + LOCAL.encode()[9:], ("i.yaml:3", "stands twice", "rename")),
    "bomb": (bomb().encode(), ("i.yaml", "expanded too far", "without aliases")),
    "eats-itself": (b"sources: &a\n  - *a\n", ("i.yaml", "too deep")),
    "deep": (b"[" * 4000 + b"]" * 4000, ("i.yaml", "not valid YAML")),
    "two-documents": (LOCAL.encode() + b"---\na: b\n", ("i.yaml:3", "another document")),
    "too-long": (b"# " + b"x" * (40 << 20), ("i.yaml", "larger than 32 MiB", "Split it")),
    "no-number": (b"sources:\n  - {name: a, kind: linux, connection: local, port: !!int abc}\n", ("i.yaml:2", "port")),
    "long-number": (LOCAL.encode()[:-2] + b", port: " + b"1" * 5000 + b"}\n", ("i.yaml:2", "port")),
    "only-a-sign": (b"sources:\n  - {name: -_, kind: linux, connection: local}\n", ("i.yaml:2", "name")),
    "python-object": (b"sources: !!python/object/apply:os.system ['touch owned']\n", ("i.yaml:1", "sources")),
}


@pytest.mark.parametrize("name", INVENTORIES)
def test_a_bad_inventory(tmp_path: Path, name: str) -> None:
    """The message names the file, the line where one is known, and what to do."""
    content, parts = INVENTORIES[name]
    (tmp_path / "i.yaml").write_bytes(content)
    message = refused(tmp_path, "collect" if len(name) % 2 else "audit", "-i", "i.yaml", "-o", "out")
    assert [part for part in parts if part not in message] == [], message
    assert len(message) < 3000


def test_an_inventory_that_is_a_folder_or_not_there(tmp_path: Path) -> None:
    """Neither is a fault of ours."""
    assert "Is a directory" in refused(tmp_path, "audit", "-i", ".", "-o", "out")
    assert "none.yaml" in refused(tmp_path, "audit", "-i", "none.yaml", "-o", "out")


@pytest.mark.parametrize(
    "source",
    [
        "{name: a, kind: linux, connection: local, credential: {username: x, password: hunter2}}",
        "{name: a, kind: linux, connection: local, password: hunter2}",
        "{name: a, kind: nexus1000v, address: h, ssh: {credential: {password: hunter2}, known_hosts: h}}",
        "{name: a, kind: nexus1000v, address: h, ssh: hunter2}",
        "{name: a, kind: nexus1000v, address: h, ssh: {credential: c, known_hosts: h}, snmp: {community: hunter2}}",
        "{name: a, kind: vcenter, address: h, tls: hunter2}",
        "{name: a, kind: vcenter, address: h, credential: [hunter2]}",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path, source: str) -> None:
    """A password written where a name or a group of keys belongs is refused without being printed."""
    (tmp_path / "i.yaml").write_text(f"credentials: {{c: {{password: {{env: HOME}}}}}}\nsources:\n  - {source}\n")
    message = refused(tmp_path, "audit", "-i", "i.yaml", "-o", "out")
    assert "i.yaml:3" in message
    assert "hunter2" not in message


def test_an_output_that_cannot_be_a_folder(tmp_path: Path) -> None:
    """A file, a place below a file, a kernel file system and a name that is too long: before any source is asked."""
    (tmp_path / "i.yaml").write_text(LOCAL)
    (tmp_path / "file").touch()
    for n, place in enumerate(("file", "file/below", "/proc/auditor-test", "/dev/null", "x" * 300)):
        message = refused(tmp_path, ("audit", "collect")[n % 2], "-i", "i.yaml", "-o", place)
        assert "nothing can be written there" in message
        assert "-o" in message


def test_a_folder_that_holds_captures_already(tmp_path: Path) -> None:
    """Captures are never mixed."""
    (tmp_path / "i.yaml").write_text(LOCAL)
    shutil.copytree(SAMPLES / "vsm", tmp_path / "old")
    assert "holds captures already" in refused(tmp_path, "collect", "-i", "i.yaml", "-o", "old")


def test_a_key_that_is_too_short(tmp_path: Path) -> None:
    """A bad key of the fingerprints is a mistake of the set-up, not of every source."""
    (tmp_path / "i.yaml").write_text(LOCAL)
    for command in ("audit", "collect"):
        message = refused(tmp_path, command, "-i", "i.yaml", "-o", "out", env={"AUDITOR_HMAC_KEY": "short"})
        assert "AUDITOR_HMAC_KEY" in message


Spoil = Callable[[dict[str, Any]], object]
INDEXES: dict[str, Spoil | str] = {
    "empty": "",
    "truncated": '{"schema": "auditor-captures/1", "sources": [{"name',
    "not-ours": '{"schema": "other/1"}',
    "a-list": "[]",
    "deep": "[" * 5000,
    "no-sources": lambda index: index.update(sources=[]),
    "no-captures": lambda index: index.pop("captures"),
    "sources-as-text": lambda index: index.update(sources="x"),
    "time-as-text": lambda index: index["captures"][0].update(taken_at="yesterday"),
    "labels-as-list": lambda index: index["captures"][0].update(labels=[1]),
    "file-elsewhere": lambda index: index["captures"][0].update(file="../../etc/passwd"),
    "file-with-nul": lambda index: index["captures"][0].update(file="a\0b"),
    "twice": lambda index: index["captures"].append(index["captures"][0]),
    "source-twice": lambda index: index["sources"].append(index["sources"][0]),
    "strange-capture": lambda index: index["captures"][0].update(source="nobody"),
}


@pytest.mark.parametrize("name", INDEXES)
def test_a_bad_captures_folder(tmp_path: Path, name: str) -> None:
    """An index that was cut, edited or never ours is refused as a whole, and so is a folder without one."""
    shutil.copytree(SAMPLES / "vsphere", tmp_path / "captures")
    path, spoil = tmp_path / "captures" / "index.json", INDEXES[name]
    if isinstance(spoil, str):
        path.write_text(spoil)
    else:
        index = json.loads(path.read_text())
        spoil(index)
        path.write_text(json.dumps(index))
    message = refused(tmp_path, "audit", "--from", "captures", "-o", "out")
    assert "captures" in message
    assert "ollect" in message  # the mend


def test_a_folder_without_index(tmp_path: Path) -> None:
    """A collection that was never finished is not judged."""
    shutil.copytree(SAMPLES / "vsphere", tmp_path / "captures")
    (tmp_path / "captures" / "index.json").unlink()
    assert "no captures here" in refused(tmp_path, "audit", "--from", "captures", "-o", "out")


# id: (text replaced in RULE, its replacement, parts of the message)
RULES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "unknown-parameter": ("{present: true}", "{equals: $limti}", ("mine.yaml:12", "limti")),
    "bad-regex": ("{present: true}", "{matches: '(['}", ("mine.yaml:12", "([")),
    "backreference": ("{present: true}", r"{matches: '(a)\1'}", ("mine.yaml:12", "regular expression")),
    "bad-path": ("hostname: {", "hostnam: {", ("mine.yaml:12", "did you mean 'hostname'")),
    "bad-operator": ("present: true", "equal: 1", ("mine.yaml:12", "unknown operator 'equal'")),
    "unknown-platform": ("platform: linux", "platform: toaster", ("mine.yaml:10", "toaster")),
    "bad-version": ("platform: linux", "platform: linux, version: '=>7'", ("mine.yaml:10", "version condition")),
    "unknown-key": ("severity: high", "severety: high", ("mine.yaml:9", "severety", "severity")),
    "unknown-family": ("CFG-HARDEN", "CFG-SOFT", ("mine.yaml:13", "CFG-SOFT")),
    "wrong-default": ("default: 3", "default: three", ("mine.yaml:5", "three")),
    "missing-include": ("rules:", "include: [{baseline: nowhere}]\nrules:", ("mine.yaml:6", "nowhere")),
}


@pytest.mark.parametrize("name", RULES)
def test_a_bad_rule_file(tmp_path: Path, name: str) -> None:
    """One message with the line of the rule's key that is wrong."""
    old, new, parts = RULES[name]
    assert old in RULE
    (tmp_path / "mine.yaml").write_text(RULE.replace(old, new))
    with pytest.raises(InputError) as caught:
        Selection({}).activate(load_file(tmp_path / "mine.yaml"))
    assert [part for part in parts if part not in str(caught.value)] == [], caught.value


def test_a_bad_rule_file_ends_every_command_that_loads_it(tmp_path: Path) -> None:
    """Named by -b or found by AUDITOR_RULES: the same message, and no source is asked."""
    (tmp_path / "i.yaml").write_text(LOCAL)
    (own := tmp_path / "own").mkdir()
    (own / "mine.yaml").write_text(RULE.replace("{present: true}", "{equals: $limti}"))
    named = refused(tmp_path, "audit", "-i", "i.yaml", "-b", "own/mine.yaml", "-o", "out")
    found = refused(tmp_path, "audit", "-i", "i.yaml", "-o", "out", env={"AUDITOR_RULES": str(own)})
    for message in (named, found):
        assert "mine.yaml:12" in message
        assert "limti" in message


def test_a_rules_folder_that_is_not_there(tmp_path: Path) -> None:
    """AUDITOR_RULES that names nothing is an error, never "no rules"."""
    (tmp_path / "i.yaml").write_text(LOCAL)
    message = refused(tmp_path, "audit", "-i", "i.yaml", "-o", "out", env={"AUDITOR_RULES": "/no/such/folder"})
    assert "AUDITOR_RULES" in message
    assert "/no/such/folder" in message


@pytest.mark.parametrize("number", ["nan", "-1", "101", "inf"])
def test_a_limit_that_is_no_percentage(tmp_path: Path, number: str) -> None:
    """A limit that nothing could ever miss is not taken."""
    (tmp_path / "i.yaml").write_text(LOCAL)
    option = "--max-unknown" if number in ("nan", "101") else "--min-coverage"
    assert option in refused(tmp_path, "audit", "-i", "i.yaml", option, number, "-o", "out")


def test_an_interrupted_collection_leaves_no_index(tmp_path: Path) -> None:
    """Ctrl-C while a source hangs: the command ends, and what it left is not judged."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        port = server.getsockname()[1]
        (tmp_path / "hosts").touch()
        (tmp_path / "i.yaml").write_text(
            "credentials: {c: {username: u, password: {env: HOME}}}\nsources:\n  - {name: here, kind: linux, "
            f"connection: local}}\n  - {{name: mute, kind: linux, address: 127.0.0.1, port: {port}, credential: c, "
            "known_hosts: hosts}\n"
        )
        command = [sys.executable, "-m", "auditor", "collect", "-i", "i.yaml", "-o", "captures", "--log", "text"]
        process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        with server.accept()[0]:  # by now the collection waits for a word of this source
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert "no captures here" in refused(tmp_path, "audit", "--from", "captures", "-o", "out")
