"""The file that maps groups to roles: a list of `{group: audit-team, role: auditor, scope: {site: ams}}`."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from auditor.access import Grant, GroupRule, Role, parsed_scope
from auditor.errors import InputError, InputErrors
from auditor.yamlfile import Document, read

MOST = 1000
EXAMPLE = "Write lines like - {group: audit-team, role: auditor, scope: {site: ams}}"


class _Entry(BaseModel):
    """One line of the file. Without a scope the role is for the whole estate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str = Field(strict=True, min_length=1, max_length=500)
    role: Role
    scope: dict[str, str] = Field(default_factory=dict, strict=True)


def read_rules(path: Path) -> tuple[GroupRule, ...]:
    """The rules in a file, in its order. Raises InputError with file and line."""
    document = read(path)
    if not isinstance(document.data, list) or not document.data:
        raise document.error((), "this is no list of groups and roles", EXAMPLE)
    if len(document.data) > MOST:
        raise document.error((), f"more than {MOST} lines", "Fewer groups can have wider scopes.")
    found: dict[GroupRule, int] = {}
    faults: list[InputError] = []
    for number, entry in enumerate(document.data):
        try:
            rule = _rule(document, number, entry)
            if rule in found:
                raise document.error((number,), "this stands here already", "Keep one of them.")
            found[rule] = number
        except InputErrors as several:
            faults += several.errors
        except InputError as fault:
            faults.append(fault)
    if faults:
        raise faults[0] if len(faults) == 1 else InputErrors(faults)
    return tuple(found)


def _rule(document: Document, number: int, entry: object) -> GroupRule:
    if not isinstance(entry, dict):
        raise document.error((number,), "this is no group with a role", EXAMPLE)
    said = document.validate(_Entry, entry, (number,))
    if not said.group.isprintable():
        raise document.error((number, "group"), "the name of a group is one line", "Correct it.")
    try:
        scope = parsed_scope(said.scope)
    except InputError as fault:
        raise document.error((number, "scope"), fault.what, fault.mend) from None
    return GroupRule(said.group, Grant(said.role, scope))
