"""The subcommands of ./dev. Standard library only: this runs before anything is installed."""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # -I leaves it out

import environment  # noqa: E402  needs the path above
import lint  # noqa: E402
import native  # noqa: E402

ROOT = HERE.parent.parent
USAGE = """\
usage: ./dev run [ARGS]     the demonstration audit of this machine; with ARGS the same as `auditor ARGS`
       ./dev test [ARGS]    the tests; ARGS go to pytest, paths are relative to the top folder
       ./dev lint           ruff, mypy, import-linter, deptry, vulture, and a look for machine names
       ./dev bench [NAME]   one measurement of benchmarks/, or their names

The first call makes .venv (about a minute), later calls only when requirements.lock has changed.
"""
WANTS_PDF = {"audit", "demo", "report"}


def main(arguments: list[str]) -> int:
    """Carry out one subcommand. Returns only when it did not become the work itself."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    match command:
        case "help" | "-h" | "--help":
            print(USAGE, end="")
            return 0
        case "run":
            rest = rest or ["demo"]
            become(["-P", "-m", "auditor", *rest], pdf=not WANTS_PDF.isdisjoint(rest))
        case "test":
            python = environment.ready(ROOT)
            os.chdir(ROOT)
            become(["-m", "pytest", *rest], pdf=True, python=python)
        case "lint":
            python = environment.ready(ROOT)
            os.chdir(ROOT)
            return lint.run(ROOT, python)
        case "bench":
            return bench(rest)
        case _:
            print(USAGE, end="", file=sys.stderr)
            return 2
    return 4


def become(arguments: list[str], *, pdf: bool, python: Path | None = None) -> None:
    """Replace this process by the venv's Python, so that signals and the exit status are the work's own."""
    python = python or environment.ready(ROOT)
    variables = dict(os.environ)
    if pdf:
        variables |= native.provide(ROOT)
    os.execve(python, [str(python), *arguments], variables)  # noqa: S606  no shell is wanted


def bench(arguments: list[str]) -> int:
    """Become the benchmark that is named first, or list their names."""
    folder = ROOT / "benchmarks"
    names = sorted(path.stem for path in folder.glob("[a-z]*.py"))
    if not arguments:
        print(*names, sep="\n", end="\n" if names else "")
        return 0
    name, rest = arguments[0], arguments[1:]
    if not re.fullmatch(r"\w+", name) or name not in names:
        print(f"dev: no benchmark {name!r}; there are: {', '.join(names) or 'none'}", file=sys.stderr)
        return 2
    become([str(folder / f"{name}.py"), *rest], pdf=name == "report")
    return 4


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except environment.SetupError as problem:
        print(f"dev: {problem}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
