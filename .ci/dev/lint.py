"""./dev lint: every check runs, each is quiet when it passes, the status is 1 when one fails."""

import re
import subprocess
from pathlib import Path

# Spelled in two halves, so that this file passes its own check.
TELL_TALES = [
    r"/work" r"/(main|shared)\b",
    r"\.\./" r"shared/",
    r"\bpypi\." r"org\b",
    r"\bpythonhosted\." r"org\b",
    r"\bregistry\.npmjs\." r"org\b",
    r"\bproxy\.golang\." r"org\b",
    r"\bdeb\.debian\." r"org\b",
]
SKIPPED = {".git", ".venv", ".native", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}


def run(root: Path, python: Path) -> int:
    """Run all checks in `root` with the tools of the venv. Returns 0 or 1."""
    tools = python.parent
    checks: dict[str, list[str]] = {
        "ruff check": [str(tools / "ruff"), "check", "--quiet", "--output-format=concise", "."],
        "ruff format": [str(tools / "ruff"), "format", "--check", "--quiet", "."],
        "mypy --strict": [str(tools / "mypy"), "--strict"],
        "import layers": [str(tools / "lint-imports")],
        "dependencies": [str(tools / "deptry"), ".", "--no-ansi"],
        "dead code": [str(tools / "vulture")],
    }
    failed = [name for name, command in checks.items() if not _passes(name, command)]
    strays = machine_names(root)
    print("\n".join([f"{'machine names':<16} {'failed' if strays else 'ok'}", *strays]), flush=True)
    return 1 if failed or strays else 0


def _passes(name: str, command: list[str]) -> bool:
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    passed = result.returncode == 0
    print(f"{name:<16} {'ok' if passed else 'failed'}", flush=True)
    if not passed:
        print(result.stdout.rstrip(), flush=True)
    return passed


def machine_names(root: Path) -> list[str]:
    """Return `file:line: text` for each host name of a package index and each path of one person's machine."""
    pattern = re.compile("|".join(TELL_TALES))
    found = []
    for path in tracked(root):
        try:
            lines = path.read_text().splitlines()
        except (OSError, UnicodeDecodeError):  # removed but not yet committed; an image
            continue
        name = path.relative_to(root)
        numbered = enumerate(lines, 1)
        found += [f"{name}:{number}: {line.strip()[:160]}" for number, line in numbered if pattern.search(line)]
    return found


def tracked(root: Path) -> list[Path]:
    """The files that git knows; without git, every file that is not made by a tool."""
    try:
        listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
        return [root / name for name in listing.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        return [path for path in sorted(root.rglob("*")) if path.is_file() and not SKIPPED & set(path.parts)]
