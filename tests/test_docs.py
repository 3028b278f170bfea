"""The documentation says everything that there is, and nothing that is not there any more."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel

from auditor.cli.app import app
from auditor.collectors import collector_for, kinds
from auditor.document import Cover, document
from auditor.inventory.load import load_inventory
from auditor.inventory.model import (
    CredentialForm,
    Defaults,
    ExcludedForm,
    InventoryForm,
    NamesForm,
    PopulationForm,
    SourceForm,
)
from auditor.library import load_baselines
from auditor.pipeline import Plan, audit
from auditor.reporting.exports.csv import COLUMNS
from auditor.resources import folder
from auditor.rulebook import schema
from auditor.rulebook.constraints import MODIFIERS
from auditor.rulebook.operators import NESTED, OPERATORS
from auditor.runners import SerialRunner
from auditor.selection import choose
from auditor.settings.form import Settings, variable
from docs import generate
from tests.docpages import DOCS, FENCE, PAGES, ROOT, SAMPLES, ids

_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


def text(name: str) -> str:
    """A page of docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next one of its level or above."""
    level = heading.split(" ")[0]
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading!r}"
    return found[1]


def named(names: Any, page: str) -> set[str]:
    """Those of `names` that do not stand in `page` between backticks."""
    return {name for name in names if f"`{name}`" not in page}


# -- generated parts


@pytest.mark.parametrize("path", generate.pages(), ids=ids)
def test_generated_parts_are_what_the_code_says_now(path: Path) -> None:
    """Commands, operators, facts, rules and sudoers lines in the pages are made from the code as it is."""
    assert path.read_text(encoding="utf-8") == generate.page(path), "run .venv/bin/python docs/generate.py"


def test_every_command_and_option_is_described() -> None:
    """A command or option that a user can type stands on the page of commands."""
    page, root = text("reference/commands.md"), typer.main.get_command(app)
    for path, command in generate.leaves(root, ()):
        part = section(page, f"### auditor {' '.join(path)}")
        missing = {name for p in command.params for name in p.opts if name[0] == "-" and f"`{name}" not in part}
        assert not missing, path


def test_every_operator_modifier_and_key_of_a_rule_is_described() -> None:
    """Whatever a rule file may hold stands on the page of the rule language."""
    page = text("reference/rules.md")
    assert not named([*OPERATORS, *NESTED, "present", "absent"], section(page, "## Constraints"))
    assert not named(MODIFIERS, section(page, "## Modifiers"))
    assert not named(schema.Baseline.model_fields, section(page, "## Keys of a file"))
    assert not named(schema.Parameter.model_fields, section(page, "## Keys of a file"))
    assert not named(get_args(get_args(schema.Include.model_fields["where"].annotation)[0]), page)
    assert not named([*schema.Rule.model_fields, *schema.AppliesTo.model_fields], section(page, "## Keys of a rule"))
    assert not named(schema.Example.model_fields, section(page, "## Examples"))


def test_every_shipped_rule_is_listed() -> None:
    """Each shipped baseline stands on the page of baselines, each rule has a heading on the page of its part."""
    overview = text("reference/baselines.md")
    for loaded in load_baselines([folder("rules")]).values():
        assert section(overview, f"## {loaded.id}").strip()
        for rule in loaded.baseline.rules:
            assert "- Fix: " in section(text(f"rules/{loaded.id}.md"), f"## {rule.id}")


# -- settings, inventory, documents


def test_every_setting_is_described() -> None:
    """Each key of auditor.toml, and each AUDITOR_* variable that code, script or tests look at, stands on its page."""
    files = [ROOT / "dev", ROOT / ".ci" / "run", ROOT / "tests" / "conftest.py"]
    files += [path for top in ("auditor", "workers", ".ci/dev") for path in (ROOT / top).rglob("*.py")]
    found = {name for path in files for name in re.findall(r"\bAUDITOR_[A-Z][A-Z_]*[A-Z]\b", path.read_text())}
    assert found
    assert not named(
        {*found, *Settings.model_fields, *map(variable, Settings.model_fields)}, text("reference/settings.md")
    )


def option_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Keys of a kind's own options, nested ones with their path."""
    for name, field in model.model_fields.items():
        inner = [a for a in (field.annotation, *get_args(field.annotation)) if isinstance(a, type)]
        nested = next((a for a in inner if issubclass(a, BaseModel)), None)
        if nested:
            yield from option_keys(nested, f"{prefix}{name}.")
        else:
            yield prefix + name


def test_every_kind_of_source_and_key_of_an_inventory_is_described() -> None:
    """The page of the inventory has each kind, and each key where it belongs."""
    page = text("reference/inventory.md")
    assert not named(kinds(), section(page, "## sources"))
    assert not named(InventoryForm.model_fields, page)
    for heading, form in (
        ("## defaults", Defaults),
        ("## credentials", CredentialForm),
        ("## sources", SourceForm),
        ("## excluded", ExcludedForm),
    ):
        assert not named(form.model_fields, section(page, heading))
    assert not named([f"population.{key}" for key in PopulationForm.model_fields], section(page, "## sources"))
    assert not named([f"resolve_names.{key}" for key in NamesForm.model_fields], section(page, "## sources"))
    headings = re.findall(r"^### (.*)$", page, re.MULTILINE)
    for kind in kinds():
        (heading,) = [one for one in headings if kind in one.split(" and ")]
        assert not named(option_keys(collector_for(kind).Options), section(page, f"### {heading}"))


_NAMES = {"rules": "{rule}", "coverage.by_platform": "{platform}"}
_OPAQUE = ("labels", "references", "parameters", "actual")


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Every key of a document as its page writes it: `targets[].gaps[].path`, `rules.{rule}.title`."""
    if isinstance(value, dict) and path.rpartition(".")[2] not in _OPAQUE:
        for key, inner in value.items():
            below = f"{path}.{_NAMES.get(path, key)}".removeprefix(".")
            if path not in _NAMES:
                yield below
            yield from keys(inner, below)
    elif isinstance(value, list) and path.rpartition(".")[2] not in _OPAQUE:
        for inner in value:
            yield from keys(inner, f"{path}[]")


def undescribed(found: Iterable[str], page: str) -> set[str]:
    """Keys without a line of their own or of their members."""
    return {key for key in found if not any(f"`{key}{end}" in page for end in ("`", "[].", ".{"))}


def test_every_key_of_the_audit_document_is_described() -> None:
    """Each key that an audit of the samples writes stands on the page of audit.json, and so does each CSV column."""
    inventory = load_inventory(SAMPLES / "inventory.yaml")
    stored = [source for source in inventory.sources if source.kind == "replay"]
    run = audit(Plan(stored, choose(())), SerialRunner())
    page = text("reference/audit-json.md")
    found = set(keys(document(run, Cover("0"))))
    assert {"targets[].gaps[].path", "coverage.unreachable[].reason", "rules.{rule}.manual.steps"} <= found
    assert not undescribed(found, page)
    assert not named(COLUMNS, section(page, "## audit.csv"))


def test_every_key_of_a_captures_index_is_described() -> None:
    """Each key of the samples' indexes stands on the page of the captures folder."""
    page = text("reference/captures.md")
    for index in SAMPLES.glob("*/index.json"):
        assert not undescribed(keys(json.loads(index.read_text())), page)


# -- what a reader follows


def anchors(page: str) -> set[str]:
    """Anchors of a page's headings, made as forges make them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_relative_links_lead_somewhere(path: Path) -> None:
    """No page links to a file or heading that is not there."""
    dead = []
    for link in _LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            dead.append(link)
    assert not dead


def test_index_leads_to_every_page() -> None:
    """Each page of docs/ is linked from docs/README.md, pages of rules from the page of baselines."""
    index = set(_LINK.findall(text("README.md")))
    index |= {link.removeprefix("../") for link in _LINK.findall(text("reference/baselines.md"))}
    assert {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")} - {"README.md"} - index == set()


# -- what must not stand there

_HOSTS = re.compile(r"https?://([^/\s)`]+)")
_PATHS = re.compile(r"(?<![\w.])/(?:work|home|Users|tmp)/\w")


@pytest.mark.parametrize("path", [*PAGES, *sorted(DOCS.rglob("*.py"))], ids=ids)
def test_no_page_names_a_registry_or_a_machine(path: Path) -> None:
    """Pages link to no host but examples, and no page holds a path of somebody's machine."""
    plain = path.read_text(encoding="utf-8")
    foreign = {host for host in _HOSTS.findall(plain) if not re.search(r"(?:^|\.)example\.(?:org|test)$", host)}
    assert not foreign
    assert not _PATHS.findall(plain)
