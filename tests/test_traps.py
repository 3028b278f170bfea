"""The page of known traps holds: each answer it names is there, and no trap is without one."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docpages import DOCS, ROOT
from tests.rules.shipped import shipped_rules

PAGE = (DOCS / "explanation" / "traps.md").read_text(encoding="utf-8")
AREAS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
_ROW = re.compile(r"^\| (?P<trap>.+?) \| (?P<answer>.+?) \|$", re.MULTILINE)
ROWS = [
    (area, found["trap"], re.findall(r"`([^`]+)`", found["answer"]))
    for area, text in AREAS.items()
    for found in _ROW.finditer(text)
    if found["trap"] != "trap"
]


@cache
def named_tests(path: str) -> frozenset[str]:
    """Names of the tests of a file, which is read and not run."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@cache
def code() -> str:
    """All texts of the collectors, with line breaks and quotes between their parts taken away."""
    whole = "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(ROOT / "auditor").rglob("*.py")))
    return re.sub(r'"\s*\n\s*f?"', "", whole)


def test_every_area_has_its_traps() -> None:
    """Facts, guides, each platform and hostile input: a table that was lost in editing is noticed."""
    assert set(AREAS) == {area for area, _, _ in ROWS}
    assert len(AREAS) >= 8


@pytest.mark.parametrize(("area", "trap", "answers"), ROWS)
def test_every_trap_is_answered_by_what_is_there(area: str, trap: str, answers: list[str]) -> None:
    """A test that exists, a shipped rule or the words of a gap: at least one for each row, and none that is gone."""
    assert answers, f"{area}: nothing answers {trap}"
    assert not [(trap, answer) for answer in answers if not there(answer)]


def there(answer: str) -> bool:
    """Whether what an answer names exists: the test in its file, the rule in a shipped part, the words in the code."""
    path, _, name = answer.partition("::")
    if name:
        return name.startswith("test_") and (ROOT / path).is_file() and name in named_tests(path)
    if answer.startswith("gap: "):
        return answer.removeprefix("gap: ") in code()
    return answer in shipped_rules()


@pytest.mark.parametrize(
    "answer", ["tests/test_traps.py::test_not_there", "tests/none.py::test_x", "gap: words of nobody", "linux-x"]
)
def test_an_answer_that_is_gone_is_noticed(answer: str) -> None:
    """A test, a file, a reason or a rule that does not exist is none."""
    assert not there(answer)


def test_each_trap_stands_once_in_its_area() -> None:
    """Two rows about one trap would drift apart."""
    seen = [(area, trap) for area, trap, _ in ROWS]
    assert len(seen) == len(set(seen))
