"""Commands, inventories and rule files that the documentation shows are ones that Auditor takes."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer

from auditor.cli.app import app
from auditor.collectors import kinds
from auditor.inventory.load import load_inventory
from auditor.library import load_file
from tests.docpages import DOCS, FENCE, PAGES, ROOT, SAMPLES, ids

_STARTS = ("./dev run", "auditor", "/opt/auditor/bin/auditor")


def shown_commands(path: Path) -> list[str]:
    """Lines of a page's code blocks that call `auditor` or `./dev run`."""
    lines = []
    for language, block in FENCE.findall(path.read_text(encoding="utf-8")):
        if language in ("", "sh"):
            joined = block.replace("\\\n", " ")
            for line in joined.splitlines():
                plain = re.sub(r"^(?:\$ |AUDITOR_\w+=\S+ )*", "", line.strip())
                if plain.startswith(_STARTS):
                    lines.append(re.split(r" \|\|? | > ", plain)[0])
    return lines


COMMANDS = [(ids(path), line) for path in PAGES for line in shown_commands(path)]


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=[f"{page}: {line[:60]}" for page, line in COMMANDS])
def test_commands_that_are_shown_parse(page: str, line: str) -> None:
    """A command in a code block is one that the command line understands."""
    words = shlex.split(line, comments=True)
    words = (words[2:] or ["demo"]) if words[0] == "./dev" else words[1:]
    command: Any = typer.main.get_command(app)
    name = "auditor"
    while True:
        try:
            context = command.make_context(name, list(words))
        except typer.Exit:
            return  # --help, --version
        rest = [*getattr(context, "_protected_args", ()), *context.args]
        if not hasattr(command, "commands") or not rest:
            return
        name, command, words = command.resolve_command(context, rest)


def test_the_first_commands_are_among_those() -> None:
    """The check above sees the commands of README and tutorial, so it cannot pass by finding none."""
    shown = {line for _, line in COMMANDS}
    assert any(line.startswith("./dev run audit -i inventory.yaml --save") for line in shown)
    assert len([page for page, _ in COMMANDS if page == "docs/tutorial/first-audit.md"]) > 4


def blocks(path: Path) -> list[str]:
    """YAML blocks of a page."""
    return [block for language, block in FENCE.findall(path.read_text(encoding="utf-8")) if language == "yaml"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every file and variable that the inventories of the pages name."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("VC_PASSWORD", "ESX_PASSWORD", "VSM_PASSWORD", "VSM_AUTH", "VSM_PRIV"):
        monkeypatch.setenv(name, "an invented secret")
    (tmp_path / ".ssh").mkdir()
    for name in ("vc.pem", "esx-lone.pem", "hosts", ".ssh/audit", "passphrase"):
        (tmp_path / name).write_text("stand-in\n")
    shutil.copytree(SAMPLES / "vsm", tmp_path / "captures-branch")
    return tmp_path


def test_inventories_that_are_shown_load(home: Path) -> None:
    """README's inventory, and the one that the how-to page builds up part by part, are taken as they stand."""
    (shown,) = blocks(ROOT / "README.md")
    parts = [part for part in blocks(DOCS / "how-to" / "inventory.md") if not part.startswith("    ")]
    sources = [part.removeprefix("sources:\n") for part in parts if not part.startswith(("credentials", "excluded"))]
    rest = [part for part in parts if part.startswith(("credentials", "excluded"))]
    built = "".join([*rest, "sources:\n", *sources]).replace("/run/secrets/audit-key", "passphrase")
    for number, inventory in enumerate((shown, built)):
        file = home / f"{number}.yaml"
        file.write_text(inventory)
        assert load_inventory(file).sources
    assert {source.kind for source in load_inventory(home / "1.yaml").sources} == set(kinds()) - {"nxos"}


def test_rule_files_that_are_shown_load(tmp_path: Path) -> None:
    """Whole rule files in the pages have the form of rule files."""
    whole = [block for path in PAGES for block in blocks(path) if block.startswith("baseline:")]
    assert whole
    for number, block in enumerate(whole):
        file = tmp_path / f"{number}.yaml"
        file.write_text(block)
        assert load_file(file).id
