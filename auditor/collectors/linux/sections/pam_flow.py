"""What a PAM stack decides when its modules answer in a given way: controls, jumps and substacks of pam.conf(5)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.facts.linux_people import PamEntry

OK, BAD, IGNORE = "success", "auth_err", "ignore"
_WORDS = {
    "required": {"success": "ok", "new_authtok_reqd": "ok", "ignore": "ignore", "default": "bad"},
    "requisite": {"success": "ok", "new_authtok_reqd": "ok", "ignore": "ignore", "default": "die"},
    "sufficient": {"success": "done", "new_authtok_reqd": "done", "default": "ignore"},
    "optional": {"success": "ok", "new_authtok_reqd": "ok", "default": "ignore"},
}
_DEPTH, _ENTRIES = 16, 300  # libpam: PAM_SUBSTACK_MAX_LEVEL; ours


@dataclass(frozen=True, slots=True)
class Substack:
    """A stack in a stack: `done` and `die` end it alone."""

    nodes: tuple["Node", ...]


Node = PamEntry | Substack
Answer = Callable[[PamEntry], str]


class Broken(Exception):
    """A stack whose includes are not all there, or go round in circles: libpam refuses such a service."""


def actions(control: str) -> dict[str, str]:
    """Return code -> action of a control field, with `default` for the rest."""
    if control.startswith("["):
        return dict(re.findall(r"(\w+)=(\w+)", control.lower()))
    return _WORDS.get(control.lower(), {"default": "bad"})


def nodes(
    raw: Mapping[str, Sequence[PamEntry]], service: str, kind: str, depth: int = 0, left: list[int] | None = None
) -> tuple[Node, ...]:
    """The stack of one type, includes in place. Raises Broken."""
    left = left if left is not None else [_ENTRIES]
    if depth > _DEPTH:
        raise Broken(f"{service}: files include each other")
    if service not in raw:
        raise Broken(f"{service}: no such file in /etc/pam.d")
    return tuple(_placed(raw, raw[service], kind, depth, left))


def _placed(
    raw: Mapping[str, Sequence[PamEntry]], entries: Sequence[PamEntry], kind: str, depth: int, left: list[int]
) -> Iterator[Node]:
    for entry in entries:
        if entry.type not in (kind, "*"):
            continue
        left[0] -= 1
        if left[0] < 0:
            raise Broken(f"more than {_ENTRIES} lines")
        if entry.control == "substack":
            yield Substack(nodes(raw, entry.module, kind, depth + 1, left))
        elif entry.control == "include":
            yield from nodes(raw, entry.module, kind, depth + 1, left)
        else:
            yield entry


@dataclass(slots=True)
class Walk:
    """How one pass through a stack went: whom it reached in which order, and whether it let the caller in."""

    reached: list[PamEntry]
    granted: bool


@dataclass(slots=True)
class _State:
    impression: int = 0  # 0 none yet, 1 positive, -1 negative
    status: str = BAD


def walk(stack: Sequence[Node], answer: Answer) -> Walk:
    """Dispatch as libpam does (pam_dispatch.c): `answer` says what a module returns."""
    state, reached = _State(), list[PamEntry]()
    _run(stack, answer, state, reached)
    return Walk(reached, state.impression > 0 and state.status == OK)


def _run(stack: Sequence[Node], answer: Answer, state: _State, reached: list[PamEntry]) -> None:
    before = (state.impression, state.status)
    at = 0
    while at < len(stack):
        node = stack[at]
        at += 1
        if isinstance(node, Substack):
            _run(node.nodes, answer, state, reached)
            continue
        reached.append(node)
        said = answer(node)
        table = actions(node.control)
        action = table.get(said, table.get("default", "ignore" if said == IGNORE else "bad"))
        if action in ("ok", "done"):
            if said != IGNORE and (state.impression == 0 or (state.impression > 0 and state.status == OK)):
                state.impression, state.status = 1, said
            if action == "done" and state.impression > 0:
                return
        elif action in ("bad", "die"):
            if state.impression >= 0:
                state.impression, state.status = -1, said if said != OK else BAD
            if action == "die":
                return
        elif action == "reset":
            state.impression, state.status = before
        elif action.isascii() and action.isdecimal() and len(action) < 4:
            at += int(action)
            if at > len(stack):  # libpam: a jump beyond the end fails the stack
                state.impression, state.status = -1, BAD
