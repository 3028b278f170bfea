"""A static Ansible inventory becomes sources: groups and chosen variables become labels.

No script is run, no template evaluated, no vault opened, and of the variables only those named here are looked at.
"""

from pathlib import PurePath
from typing import Any

from auditor.errors import InputError
from auditor.inventory.importers.ansible_text import read_ini, read_yaml
from auditor.inventory.importers.entry import Entry, Imported, LeftOut, imported, short, source_name
from auditor.inventory.importers.groups import BUILT_IN, Tree
from auditor.inventory.importers.mapping import IGNORE, Mapping

GROUP = "group."  # `group.web: "yes"`: a host stands in several groups, a label has one value
_REMOTE = (
    "ssh",
    "smart",
    "paramiko",
    "paramiko_ssh",
    "network_cli",
    "ansible.netcommon.network_cli",
    "ansible.builtin.ssh",
)
_NETWORK_OS = {"nxos": "nxos", "cisco.nxos.nxos": "nxos"}
_SPECIAL = ("{{", "{%", "$ANSIBLE_VAULT")


def read_ansible(text: str, file: str, origin: str, kind: str, mapping: Mapping) -> Imported:
    """The sources of an inventory in INI or YAML. Raises InputError or InputErrors with file and line."""
    if text.startswith("#!"):
        mend = "Nothing is executed: give the output of `ansible-inventory --list --yaml`."
        raise InputError("this is a program, not a static inventory", where=file, mend=mend)
    if text.startswith("$ANSIBLE_VAULT"):
        raise InputError(
            "this file is encrypted", where=file, mend="Give an inventory without secrets; none is needed."
        )
    tree = (read_yaml if _is_yaml(text, file) else read_ini)(text, file)
    return imported(origin, *_sources(tree, kind, mapping), (mapping.labels or {}).values(), (GROUP,))


def _is_yaml(text: str, file: str) -> bool:
    if (suffix := PurePath(file).suffix.lower()) in (".yml", ".yaml", ".json"):
        return True
    begins = next((line.strip() for line in text.splitlines() if line.strip() and line.strip()[0] not in "#;"), "")
    return suffix != ".ini" and (begins == "---" or begins.endswith(":") or begins.startswith("{"))


def _sources(tree: Tree, kind: str, mapping: Mapping) -> tuple[list[Entry], list[LeftOut]]:
    memberships, depth = tree.memberships()
    entries, left_out = [], []
    for host, groups in memberships.items():
        try:
            found = _source(tree, host, groups - set(BUILT_IN), tree.variables(host, groups, depth), kind, mapping)
        except _NotASource as why:
            left_out.append(LeftOut(host, str(why)))
        else:
            entries.append(found)
    return entries, left_out


class _NotASource(Exception):
    pass


def _source(tree: Tree, host: str, groups: set[str], said: dict[str, str], kind: str, mapping: Mapping) -> Entry:
    place = tree.places[host]
    connection = said.get("ansible_connection", "ssh")
    network = _NETWORK_OS.get(said.get("ansible_network_os", ""), "")
    mapped = sorted({mapping.kinds[group] for group in groups if group in mapping.kinds})
    if IGNORE in mapped:
        raise _NotASource("one of its groups is to be ignored")
    if len(mapped) > 1:
        what = f"the groups of {short(host)} make it {' and '.join(mapped)}"
        raise InputError(what, where=place, mend="Map one of its groups, not both.")
    kind = mapped[0] if mapped else network or kind
    if not mapped and connection != "local" and connection not in _REMOTE:
        raise _NotASource(f"it is reached by {short(connection)}, which no source is")
    if not mapped and not network and "ansible_network_os" in said:
        raise _NotASource(f"its system {short(said['ansible_network_os'])} is not known; map one of its groups")
    address = said.get("ansible_host") or host
    if any(mark in address for mark in _SPECIAL):
        raise _NotASource("its address is a template or encrypted, and nothing is evaluated")
    extra: dict[str, Any] = {"connection": "local"} if connection == "local" and kind == "linux" else {}
    labels = {f"{GROUP}{group}": "yes" for group in sorted(groups)}
    for variable, label in (mapping.labels or {}).items():
        if (value := said.get(variable)) and not any(mark in value for mark in _SPECIAL):
            labels[label] = value.strip()
    return Entry(
        source_name(host, place),
        kind,
        "" if extra else address,
        None if extra else _port(said.get("ansible_port"), host, kind),
        mapping.credentials.get(said.get("ansible_user", "")),
        labels,
        extra,
        place,
        assumed=not (mapped or network),
    )


def _port(text: str | None, host: str, kind: str) -> int | None:
    """The port, for those kinds that are reached by it: for the others Ansible's is another one."""
    if text is None or kind != "linux":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise _NotASource(f"its port {short(text)} is no number")
    return int(text)
