"""Static Ansible inventories in both forms."""

import pytest

from auditor.errors import InputError
from auditor.inventory.importers.ansible import read_ansible
from auditor.inventory.importers.compare import compare
from auditor.inventory.importers.entry import Imported
from auditor.inventory.importers.mapping import Mapping
from auditor.inventory.importers.rewrite import rewritten
from auditor.inventory.model import InventoryForm
from auditor.yamlfile import parse

INI = """\
# the front
lone.example.org ansible_user=audit

[web]
web[01:03].example.org ansible_port=2222 http_port=80   # three
odd ansible_host=192.0.2.9 ansible_password='s3 cret'

[db:vars]
site = fra
ansible_user=root

[db]
db-[a:b]:22

[prod:children]
web
db

[prod:vars]
site=ams

[windows]
win1 ansible_connection=winrm
t1 ansible_host="{{ lookup('pipe', 'id') }}"
"""
YAML = """\
all:
  hosts:
    lone.example.org: {ansible_user: audit}
  children:
    prod:
      vars: {site: ams}
      children:
        web:
          hosts:
            web[01:03].example.org: {ansible_port: 2222, http_port: 80}
            odd: {ansible_host: 192.0.2.9, ansible_password: !vault s3cret}
        db:
          hosts:
            db-[a:b]: {ansible_port: 22}
          vars: {site: fra, ansible_user: root}
    windows:
      hosts:
        win1: {ansible_connection: winrm}
        t1: {ansible_host: "{{ lookup('pipe', 'id') }}"}
"""
MAPPING = Mapping(labels={"site": "site"}, credentials={"root": "db-root"})


def read(text: str, file: str = "hosts") -> Imported:
    return read_ansible(text, file, "ansible:hosts", "linux", MAPPING)


@pytest.mark.parametrize(("text", "file"), [(INI, "hosts"), (YAML, "hosts.yml"), (YAML, "hosts")])
def test_both_forms_say_the_same(text: str, file: str) -> None:
    """Ranges, ports, groups as labels with those around them, the innermost variable; no secret, no template."""
    found = read(text, file)
    told = {one.name: (one.address, one.port, one.credential, dict(one.labels)) for one in found.entries}
    web = {"group.prod": "yes", "group.web": "yes", "site": "ams"}
    db = {"group.db": "yes", "group.prod": "yes", "site": "fra"}
    assert told == {
        "lone.example.org": ("lone.example.org", None, None, {}),
        **{f"web0{n}.example.org": (f"web0{n}.example.org", 2222, None, web) for n in (1, 2, 3)},
        "odd": ("192.0.2.9", None, None, web),
        "db-a": ("db-a", 22, "db-root", db),
        "db-b": ("db-b", 22, "db-root", db),
    }
    assert sorted(one.name for one in found.left_out) == ["t1", "win1"]
    assert "s3" not in repr(found)


def test_a_host_that_left_its_group_loses_the_label() -> None:
    """Rights hang on labels: one of this import that no longer holds goes, one that was added by hand stays."""
    text = rewritten("", "i", compare(read("[web]\na\n"), []), {}, remove=False).replace(
        "{group.web", "{own: x, group.web"
    )
    old = parse(text).validate(InventoryForm).sources
    (changed,) = compare(read("[db]\na\n"), old).changed
    assert [(one.key, one.after) for one in changed.changes] == [("labels.group.db", "yes"), ("labels.group.web", None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#!/bin/sh\necho {}\n", "hosts: this is a program"),
        ("$ANSIBLE_VAULT;1.1;AES256\n6161\n", "hosts: this file is encrypted"),
        ("[a]\nn[1:999999999]\n", "hosts:2: [1:999999999]"),
        ("[a]\nn[1:400][1:400]\n", "more than 100,000 hosts"),
        ("[a]\nn[1:\n", "hosts:2: the range"),
        ("[a:children]\nb\n[b:children]\na\n", "stands inside itself"),
        ("[a:children]\nnone\n", "hosts:2: there is no group 'none'"),
        ("[a]\nh ansible_host='x\n", "hosts:2: a quote"),
        ("[a]\nh s3cret\n", "hosts:2: this is no variable"),
        ("[a]\nh ansible_host='x: {y}'\n", "hosts:2: 'x: {y}' is no address"),
        ("a+b ansible_host=192.0.2.1\na-b\n", "two entries are called 'a-b'"),
        ("---\n_meta: {}\n", "this is no Ansible inventory"),
        ("all:\n  hosts:\n    - a\n", "hosts:2: here a mapping is wanted"),
    ],
)
def test_what_is_refused_says_where(text: str, said: str) -> None:
    """Scripts, vaults, endless ranges, rings, two hosts of one name; a value that may be a secret is not shown."""
    with pytest.raises(InputError) as caught:
        read(text)
    assert said in str(caught.value)
    assert "s3cret" not in str(caught.value)
