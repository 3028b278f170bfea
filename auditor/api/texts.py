"""Texts that callers send (inventories, golden profiles, baselines): each fault in them with its line.

Here an answer may hold words of what was sent, bounded and quoted: a line alone helps nobody who mends a file.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from auditor.api.problems import Fault, ProblemError
from auditor.errors import ConflictError, InputError, NotFoundError, Place, faults_in
from auditor.store.engine import StoreError

MOST_FAULTS = 50


@contextmanager
def faults_told(kind: str, file: str) -> Iterator[None]:
    """Answer 422 with every fault of the text called `file`; errors that are about something else stay what they are.

    Raises ProblemError.
    """
    try:
        yield
    except (ConflictError, NotFoundError, StoreError):
        raise
    except InputError as problem:
        faults = [_fault(one, file) for one in faults_in(problem)[:MOST_FAULTS]]
        raise ProblemError(422, kind, "the text cannot be used as it is", errors=faults) from None


def _fault(one: InputError, file: str) -> Fault:
    line = one.where.line if isinstance(one.where, Place) and one.where.file == file else 0
    text, colon, number = str(one.where or "").rpartition(":")
    if not line and colon and text == file and number.isdigit():
        line = int(number)
    return Fault(pointer=f"line {line}" if line else "text", detail=f"{one.what}. {one.mend}".strip()[:500])
