"""Those entries of a lock that the product needs at run time: `runtime_lock.py pyproject.toml requirements.lock`.

To be run where everything of the lock is installed, for what needs what stands in the installed packages' metadata.
Prints entries of the lock as they are, with their hashes.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def main(project: str, lock: str) -> int:
    """Print the entries. Returns an exit status."""
    declared = tomllib.loads(Path(project).read_text())["project"]["dependencies"]
    entries = dict(entries_of(Path(lock).read_text()))
    needed = closure(declared)
    if missing := needed - set(entries):
        print(f"not in {lock}: {', '.join(sorted(missing))}", file=sys.stderr)
        return 1
    print("\n".join(text for name, text in entries.items() if name in needed))
    return 0


def entries_of(text: str) -> Iterator[tuple[str, str]]:
    """Each package of a lock with its lines."""
    for block in re.split(r"\n(?=\S)", text.strip()):
        yield str(canonicalize_name(re.split(r"[=\s\[;]", block)[0])), block


def closure(declared: Iterable[str]) -> set[str]:
    """Names of the packages that requirements need on this Python, and of those that these need."""
    found: set[str] = set()
    waiting = [Requirement(one) for one in declared]
    seen = set()
    while waiting:
        one = waiting.pop()
        name, extras = str(canonicalize_name(one.name)), {"", *one.extras}
        if (name, frozenset(extras)) in seen:
            continue
        seen.add((name, frozenset(extras)))
        found.add(name)
        for text in distribution(name).requires or []:
            further = Requirement(text)
            if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(further)
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
