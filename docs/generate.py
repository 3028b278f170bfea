"""Writes the generated parts of the documentation. `python docs/generate.py` after a change; tests/test_docs.py checks.

A generated part stands in its page between `<!-- begin NAME ... -->` and `<!-- end NAME -->`; the rest of the page is
written by hand.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Union, get_args, get_origin

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

import typer  # noqa: E402  needs the path above

from auditor.cli.app import app  # noqa: E402
from auditor.collectors.linux.wanted import SUDO_COMMANDS  # noqa: E402
from auditor.facts import PLATFORMS, FactModel, facts_model  # noqa: E402
from auditor.facts.semantics import Compare  # noqa: E402
from auditor.rulebook.families import FAMILIES  # noqa: E402
from auditor.rulebook.operators import NESTED, OPERATORS  # noqa: E402
from auditor.rulebook.paths import item_type, strip_optional  # noqa: E402
from docs.kickstart import kickstart  # noqa: E402
from docs.markdown import cell, table  # noqa: E402
from docs.rulepages import baselines, framework_pages, rule_pages, write_rule_pages  # noqa: E402

DOCS = ROOT / "docs"
_BEGIN = "<!-- begin {name}: made by docs/generate.py, do not edit -->"
_PART = r"<!-- begin {name}:[^>]*-->\n.*?<!-- end {name} -->"


# -- commands


def commands() -> str:
    """Every command with its arguments and options, as the parser has them."""
    root: Any = typer.main.get_command(app)
    parts = ["### auditor\n\n" + _parameters(root)]
    parts += [_command(path, command) for path, command in leaves(root, ())]
    return "\n\n".join(parts)


def leaves(group: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(path, command) of every command below `group`, in its order."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


def _command(path: tuple[str, ...], command: Any) -> str:
    usage = " ".join(["auditor", *path, "[OPTION]...", *_argument_names(command)])
    about = "\n".join(line.strip() for line in (command.help or "").strip().splitlines())
    return f"### auditor {' '.join(path)}\n\n{about}\n\n```text\n{usage}\n```\n\n{_parameters(command)}"


def _argument_names(command: Any) -> list[str]:
    return [p.metavar or p.name.upper() for p in command.params if p.param_type_name == "argument"]


def _parameters(command: Any) -> str:
    rows = []
    for p in command.params:
        if p.param_type_name == "argument":
            names = f"`{p.metavar or p.name.upper()}`"
        else:
            value = "" if p.is_flag else f" {p.metavar or p.name.rstrip('_').upper()}"
            names = ", ".join(f"`{name}{value}`" for name in (*p.opts, *p.secondary_opts))
        default = "" if p.default in (None, False, ()) or callable(p.default) else f"`{p.default}`"
        needed = "needed" if p.required else default
        rows.append((names, cell(p.help or ""), needed))
    rows.append(("`--help`", "Show this and leave.", ""))
    return table(("argument or option", "meaning", "default"), rows)


# -- the rule language


def operators() -> str:
    """Every operator with its argument and meaning."""
    rows = [(f"`{o.name}`", o.shape, cell(o.about), f"`{cell(o.words.format('...'))}`") for o in OPERATORS.values()]
    nested = {
        "each": "Every member of a list, or every value of a mapping, meets the constraint inside.",
        "count": "The number of members meets the constraint inside.",
    }
    rows += [(f"`{name}`", "constraint", nested[name], f"`{text.format('...')}`") for name, text in NESTED.items()]
    rows += [
        ("`present`", "`true`", "There is a value, whatever it is.", "`present`"),
        ("`absent`", "`true`", "There is no value; stands alone.", "`absent`"),
    ]
    return table(("operator", "argument", "passes when", "in a report"), rows)


def families() -> str:
    """Every family of rules."""
    return table(("family", "name"), [(f"`{key}`", cell(name)) for key, name in FAMILIES.items()])


# -- facts


def facts() -> str:
    """Every fact path of every platform."""
    done: dict[type[FactModel], str] = {}
    parts = []
    for platform in PLATFORMS:
        model = facts_model(platform)
        if model in done:
            parts.append(f"## {platform}\n\nThe same facts as [{done[model]}](#{done[model]}).")
            continue
        done[model] = platform
        intro = " ".join(_words(sys.modules[model.__module__].__doc__ or ""))
        rows = [(f"`{path}`", kind, cell(about), compared) for path, kind, about, compared in _rows(model, "")]
        parts.append(f"## {platform}\n\n{intro}\n\n" + table(("path", "type", "meaning", "compared"), rows))
    return "\n\n".join(parts)


def _words(text: str) -> list[str]:
    return text.split()


def _rows(model: type[FactModel], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in model.model_fields.items():
        path = f"{prefix}.{name}" if prefix else name
        inner, collection = strip_optional(field.annotation), item_type(field.annotation)
        while collection and (deeper := item_type(collection[0])) and _is_model(deeper[0]):
            path, collection = f"{path}[*]", deeper
        about = field.description or ""
        if _is_model(inner):
            yield path, "group", about or _doc(inner), ""
            yield from _rows(inner, path)
        elif collection and _is_model(collection[0]):
            kind = "mapping" if collection[1] else "list"
            yield f"{path}[*]", kind, about or _doc(collection[0]), _compared(field)
            yield from _rows(collection[0], f"{path}[*]")
        else:
            yield path, type_words(field.annotation), about, _compared(field)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, FactModel)


def _doc(model: type[FactModel]) -> str:
    return (model.__doc__ or "").strip().split("\n\n")[0]


def type_words(annotation: Any) -> str:
    """A type in words: `list of text`, `integer or text`."""
    kind, origin = strip_optional(annotation), get_origin(strip_optional(annotation))
    args = [a for a in get_args(kind) if a is not type(None)]
    if origin in (list, set, frozenset):
        return f"list of {type_words(args[0])}" if args else "list"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"mapping to {type_words(args[1])}"
    if origin is Union or type(kind).__name__ == "UnionType":
        return " or ".join(type_words(a) for a in args)
    if args:
        return " or ".join(f"`{a}`" for a in args)
    return {bool: "boolean", int: "integer", float: "number", str: "text"}.get(kind, "anything")


def _compared(field: Any) -> str:
    found = next((m for m in (*field.metadata, *_metadata(field.annotation)) if isinstance(m, Compare)), Compare())
    words: list[str] = [] if found.kind == "value" else [found.kind]
    if found.tolerance:
        words.append(f"within {found.tolerance:g} {found.unit}".strip())
    if found.fold:
        words.append("keys in any letter case" if item_type(field.annotation) else "in any letter case")
    return ", ".join(words)


def _metadata(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    for part in get_args(annotation):
        yield from _metadata(part)


# -- sudo


def sudoers() -> str:
    """The lines of a sudoers file that close the gaps of an account without root."""
    lines = [f"audit ALL=(root) NOPASSWD: {escaped(command)}" for command in SUDO_COMMANDS.values()]
    return "```text\n" + "\n".join(lines) + "\n```"


def escaped(command: str) -> str:
    """A command as sudoers(5) wants it: a backslash before what has a meaning there; `""` where no argument is meant.

    Without `""` a command may be run with any argument, and `iptables-save` writes a file or runs
    a program when it is told to.
    """
    command = re.sub(r"(?<!\\)([,:=])", r"\\\1", command)  # some lines carry their backslashes already
    return command if " " in command or command.endswith('""') else f'{command} ""'


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "commands": ("reference/commands.md", commands),
    "operators": ("reference/rules.md", operators),
    "families": ("reference/rules.md", families),
    "facts": ("reference/facts.md", facts),
    "baselines": ("reference/baselines.md", baselines),
    "frameworks": ("reference/frameworks.md", framework_pages),
    "kickstart": ("how-to/golden-profiles.md", kickstart),
    "sudoers": ("how-to/least-privilege.md", sudoers),
}


def page(path: Path) -> str:
    """What a page should be: its own text with every generated part made anew."""
    if path.parent.name == "rules":
        return rule_pages()[str(path.relative_to(DOCS))]
    text = path.read_text(encoding="utf-8")
    for name, (file, make) in PARTS.items():
        if DOCS / file == path:
            made = f"{_BEGIN.format(name=name)}\n\n{make()}\n\n<!-- end {name} -->"
            parts = re.split(_PART.format(name=name), text, flags=re.DOTALL)
            if len(parts) != 2:
                raise SystemExit(f"{path}: the part {name} stands there {len(parts) - 1} times")
            text = made.join(parts)
    return text


def pages() -> list[Path]:
    """The pages with generated parts, and those that are generated as a whole."""
    return sorted({*(DOCS / file for file, _ in PARTS.values()), *(DOCS / name for name in rule_pages())})


if __name__ == "__main__":
    write_rule_pages(DOCS)
    for _path in pages():
        _path.write_text(page(_path), encoding="utf-8")
