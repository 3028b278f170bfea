"""Command lines of `auditor`, taken as the command line takes them."""

import importlib.util
from collections.abc import Iterable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import typer

from auditor.cli.app import app
from auditor.settings.form import Settings, variable
from auditor.settings.load import OTHERS

ROOT = Path(__file__).parents[2]
KNOWN = {*map(variable, Settings.model_fields), *OTHERS}


def check(words: Iterable[str]) -> None:
    """Fail unless `auditor WORDS` would be understood."""
    command: Any = typer.main.get_command(app)
    rest, name = list(words), "auditor"
    while True:
        context = command.make_context(name, list(rest))
        rest = [*getattr(context, "_protected_args", ()), *context.args]
        if not hasattr(command, "commands"):
            assert not rest
            return
        assert rest, "a command lacks"
        name, command, rest = command.resolve_command(context, rest)


def script(path: str) -> Any:
    """A script of the project as a module, whatever its name ends in."""
    loader = SourceFileLoader(Path(path).stem, str(ROOT / path))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
