"""Forms that are filled in, and come back as they were when something is wrong, with the fault beside its field.

`Filled` is what a template shows of one; `faults_of` puts what was refused beside fields. A form that would do harm
when it is sent twice has a key of its own in the field `once`.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi.exceptions import RequestValidationError
from sqlalchemy import Connection

from auditor.api.guard import Asking
from auditor.api.problems import ProblemError
from auditor.errors import InputError, faults_in
from auditor.store import answers
from auditor.store.engine import StoreError
from auditor.web.forms import Fields, one

REFUSED = (RequestValidationError, ProblemError, InputError)
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_FIELD = re.compile(r"([a-z_]+)[a-z0-9_.]*: (.+)", re.DOTALL)
_WORDS = (  # how a form's checks say it, and how a person does
    (re.compile(r"Field required"), "This is needed"),
    (re.compile(r"String should have at least 1 character"), "This is needed"),
    (re.compile(r"String should have at least (\d+) characters"), r"Write \1 characters or more"),
    (re.compile(r"(?:String|Value) should have at most (\d+) characters?.*"), r"Write \1 characters at most"),
    (re.compile(r"String should match pattern .*", re.DOTALL), "It has a character that is not taken here"),
    (re.compile(r"(?:List|Tuple) should have at least 1 item.*"), "Choose at least one"),
    (re.compile(r"Input should be a valid (?:number|integer).*"), "This is no number"),
    (re.compile(r"Input should be a valid datetime.*"), "This is no date"),
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form with what somebody wrote into it. A fault under "" is about all of it."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    once: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def value(self, name: str) -> str:
        """What stands in a field of one line, or in a text."""
        said = self.values.get(name, ())
        return said[-1] if said else ""

    def has(self, name: str, value: str) -> bool:
        """Whether a box is ticked."""
        return value in self.values.get(name, ())

    def fault(self, name: str) -> str:
        """What is wrong with a field, "" when nothing is."""
        return self.faults.get(name, "")


def filled_with(**values: str | Sequence[str]) -> Filled:
    """A form that nobody has sent yet."""
    return Filled({name: [said] if isinstance(said, str) else list(said) for name, said in values.items()})


def faults_of(problem: Exception, names: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """Status and faults by field of what was refused. `names`: key of the API's form -> field of the page.

    Raises what is no fault of the form.
    """
    if isinstance(problem, StoreError):
        raise problem
    if isinstance(problem, RequestValidationError):
        pairs = [(str(said["loc"][1]) if len(said["loc"]) > 1 else "", str(said["msg"])) for said in problem.errors()]
        return 422, _beside(pairs, names)
    if isinstance(problem, ProblemError):
        pairs = [(said.pointer.removeprefix("body/").partition("/")[0], said.detail) for said in problem.errors]
        return problem.status, _beside(pairs or [("", problem.detail)], names)
    assert isinstance(problem, InputError)  # noqa: S101  there is nothing else in REFUSED
    pairs = []
    for said in faults_in(problem):
        found = _FIELD.fullmatch(said.what)
        key, text = (found[1], found[2]) if found and found[1] in names else ("", said.what)
        pairs.append((key, f"{text}. {said.mend}".strip() if said.mend else text))
    return 422, _beside(pairs, names)


def first_time(connection: Connection, asks: Asking, fields: Fields, path: str) -> bool:
    """Whether this very form was not sent before; to be asked in the transaction that does what it says.

    Raises ProblemError for one that was sent before with something else in it, or that has no key.
    """
    key = one(fields, "once")
    if not _KEY.fullmatch(key):
        raise ProblemError(422, "invalid-request", "the form has no key: reload the page")
    said = sorted((name, value) for name, values in fields.items() if name not in ("csrf", "once") for value in values)
    digest = hashlib.sha256(repr((path, said)).encode("utf-8", "backslashreplace")).digest()
    given = answers.first(connection, asks.actor.name, f"form {key}", digest)
    if given is None:
        answers.keep(connection, asks.actor.name, f"form {key}", 303, "")
        return True
    if given.request != digest:
        raise ProblemError(409, "conflict", "this form was sent before, with something else in it")
    return False


def lines_of(text: str) -> list[str]:
    """The lines of a text field, without empty ones."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def words_of(text: str) -> list[str]:
    """What stands in a field, parted by commas, blanks or line ends."""
    return [word for word in re.split(r"[,\s]+", text) if word]


def pairs_of(text: str) -> dict[str, str]:
    """Labels as they are typed: `site=ams, team=web`. What has no sign is kept, to be refused by name."""
    parts = (part.partition("=") for part in re.split(r"[,\n]+", text) if part.strip())
    return {key.strip(): value.strip() for key, _, value in parts}


def _beside(pairs: Sequence[tuple[str, str]], names: Mapping[str, str]) -> dict[str, str]:
    faults: dict[str, str] = {}
    for key, text in pairs:
        name, plain = names.get(key, ""), text.removeprefix("Value error, ")
        for pattern, words in _WORDS:
            plain = pattern.sub(words, plain)
        plain = plain[:1].upper() + plain[1:]
        faults[name] = f"{faults[name]}; {plain}" if name in faults else plain[:600]
    return faults
