"""The two ways in which a static Ansible inventory is written. Nothing is executed, templated or decrypted."""

import re
import shlex
from typing import Any

from auditor.errors import InputError, Place
from auditor.inventory.importers.entry import short
from auditor.inventory.importers.groups import Group, Tree
from auditor.inventory.importers.hostranges import hosts
from auditor.yamlfile import Document, Loc, parse

_SECTION = re.compile(r"\[([^\[\]:]+)(?::([a-z]+))?\]\s*(?:[#;].*)?\Z")
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)\Z", re.DOTALL)
_PORT = re.compile(r"(.*\]|[^:]+):(\d{1,5})\Z")
_IPV6_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::(\d{1,5}))?\Z")


def read_ini(text: str, file: str) -> Tree:
    """An inventory in INI form. Raises InputError with file and line."""
    tree, group, part = Tree(), "ungrouped", "hosts"
    tree.group(group)
    for number, line in enumerate(text.splitlines(), 1):
        stripped, place = line.strip(), Place(file, number)
        if not stripped or stripped[0] in "#;":
            continue
        if stripped.startswith("[") and (match := _SECTION.match(stripped)):
            group, part = match[1].strip(), match[2] or "hosts"
            if part not in ("hosts", "vars", "children"):
                raise InputError(f"unknown kind of section {short(part)}", where=place, mend="Known: vars, children.")
            tree.group(group)
        elif part == "vars":
            name, value = _variable(stripped, place)
            tree.group(group).variables[name] = value
        elif part == "children":
            child = stripped.partition("#")[0].strip()
            tree.group(group).children[child] = place
        else:
            _host_line(tree, group, stripped, place)
    return tree


def _host_line(tree: Tree, group: str, line: str, place: Place) -> None:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        raise InputError("a quote does not close", where=place, mend="Close it, or take it out.") from None
    if not words:
        return
    pattern, variables = words[0], dict(_variable(word, place) for word in words[1:])
    if match := _IPV6_PORT.match(pattern) if pattern.count(":") > 1 else None:
        names, port = [match[1]], match[2]
    elif match := _PORT.match(pattern):
        names, port = list(hosts(match[1], place)), match[2]
    else:
        names, port = list(hosts(pattern, place)), None
    for name in names:
        tree.host(name, group, {**({"ansible_port": port} if port else {}), **variables}, place)


def _variable(word: str, place: Place) -> tuple[str, str]:
    match = _VARIABLE.match(word)
    if match is None:  # the value may be a secret: it is not shown
        raise InputError("this is no variable", where=place, mend="Write variables as name=value, after the host.")
    value = match[2].strip()
    return match[1], value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def read_yaml(text: str, file: str) -> Tree:
    """An inventory in YAML form. Raises InputError with file and line."""
    document, tree = parse(text, file), Tree()
    data = document.data
    if not isinstance(data, dict) or "_meta" in data:
        mend = "Write `all:`, then `hosts:` and `children:`; of a script, give `ansible-inventory --list --yaml`."
        raise InputError("this is no Ansible inventory in YAML", where=file, mend=mend)
    for name, body in data.items():
        _group(tree, name, body, (name,), document)
    return tree


def _group(tree: Tree, name: str, body: Any, loc: Loc, document: Document) -> None:
    group = tree.group(name)
    for key, part in _mapping(body, loc, document).items():
        where = (*loc, key)
        if key == "hosts":
            for pattern, variables in _mapping(part, where, document).items():
                said = _texts(_mapping(variables, (*where, pattern), document))
                for host in hosts(pattern, document.place((*where, pattern))):
                    tree.host(host, name, said, document.place((*where, pattern)))
        elif key == "vars":
            group.variables.update(_texts(_mapping(part, where, document)))
        elif key == "children":
            for child, inner in _mapping(part, where, document).items():
                group.children[child] = document.place((*where, child))
                _group(tree, child, inner, (*where, child), document)
        else:
            raise document.error(where, f"unknown key {short(key)}", "A group has hosts, vars and children.")


def _mapping(value: Any, loc: Loc, document: Document) -> dict[str, Any]:
    if value is None or value == {}:
        return {}
    if not isinstance(value, dict):
        raise document.error(loc, "here a mapping is wanted", "Write `name:` and what belongs to it below.")
    return value


def _texts(variables: dict[str, Any]) -> dict[str, str]:
    """Variables that are plain values, as text; of lists and mappings none is used."""
    return {key: str(value) for key, value in variables.items() if isinstance(value, str | int | float)}


__all__ = ["Group", "Tree", "read_ini", "read_yaml"]
