"""PowerCLI, followed line by line: variables, loops over what was chosen, filters by name; nothing is run."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from auditor.changes.candidate import File
from auditor.changes.vsphere import cmdlets
from auditor.changes.vsphere.plan import UNREAD, NoSetter, NotRead, Plan, Refusal
from auditor.changes.vsphere.powershell import statements
from auditor.changes.vsphere.psmodel import (
    Block,
    Command,
    Each,
    Leave,
    Maybe,
    Member,
    Pipeline,
    ShellError,
    Sub,
    Text,
    Unread,
    Var,
)
from auditor.changes.vsphere.selection import OPEN, Chosen, Open, any_match, listed
from auditor.changes.vsphere.target import Target

MAX_STEPS = 400_000
MAX_TURNS = 2_000  # of one loop over values
_FILTER = re.compile(
    r"""\s*(?:\$_\.|-Property\s+)?(?P<field>\w+)\s+-(?P<how>eq|ieq|like|match|in)\s+(?P<value>"[^"$`]*"|'[^']*'|@?\([^()]*\)|[\w.*-]+)\s*""",
    re.IGNORECASE,
)
_NAMES = {
    "service": ("key", "label"),
    "host": ("name",),
    "vswitch": ("name",),
    "portgroup": ("name",),
    "vdportgroup": ("name",),
    "vdswitch": ("name",),
    "setting": ("name",),
    "vmk": ("name", "devicename"),
    "firewall": ("name",),
    "vm": ("name",),
    "cluster": ("name",),
}


class Follower:
    """One text of PowerCLI, followed on a target."""

    def __init__(self, target: Target, platform: str, file: File) -> None:
        self.target, self.platform, self._file = target, platform, file
        self.plan: Plan = target.plan
        self._known: dict[str, Any] = {}
        self._steps, self._left, self._left_loop = 0, "", False
        self._doubt = ""

    def follow(self) -> None:
        """Follows every statement. Raises InputError for a text that PowerShell would refuse."""
        try:
            found = statements("".join(f"{line}\n" for line in self._file.lines))
        except ShellError as problem:
            raise self._file.error(problem.line, str(problem), "Close it, or correct the line.") from None
        self._body(found)

    def _body(self, found: Sequence[Any]) -> None:
        for one in found:
            self._steps += 1
            if self._steps > MAX_STEPS:
                self._vague_all("more steps than are followed")
                return
            if isinstance(one, Pipeline):
                self._run(one)
            elif isinstance(one, Each):
                self._each(one)
            elif isinstance(one, Maybe):
                self._maybe(one)
            elif isinstance(one, Leave):
                self._left = f"line {one.line} leaves the script, or a part of it"
                self._left_loop = one.loop
                self._doubt = self._doubt or self._left

    def _maybe(self, one: Maybe) -> None:
        """A body that may not run: what it leaves, it may leave."""
        before, left = self._doubt, self._left
        self._doubt = before or (f"it runs only sometimes: it stands inside {one.about}" if one.about else "")
        self._body(one.body)
        if one.about.startswith(("`catch`", "`function`")):
            self._left = left  # what fails, or is not called, leaves nothing
        self._doubt = before or self._left

    def _turn(self, body: Sequence[Any]) -> None:
        """One turn of a loop; what leaves the turn does not leave the script."""
        before = self._doubt
        self._body(body)
        if self._left and self._left_loop:
            self._left, self._doubt = "", before

    def _mark(self, line: int, text: str) -> None:
        self.plan.line(self._file.place(line), text)
        self.plan.doubt = self._doubt

    def _vague_all(self, reason: str) -> None:
        for path in cmdlets.everything(self.platform):
            self.plan.vague(path, reason)

    def _each(self, one: Each) -> None:
        self._mark(one.line, one.text)
        source = self._value(one.source)
        turns = source if isinstance(source, list) else [source]
        for turn in turns[:MAX_TURNS]:
            self._known[one.name] = turn
            self._turn(one.body)
        if len(turns) > MAX_TURNS:
            self._vague_all(f"more than {MAX_TURNS} turns of a loop")

    def _run(self, pipeline: Pipeline) -> Any:
        self._mark(pipeline.line, pipeline.text)
        value = self._stages(pipeline)
        name, dot, member = pipeline.target.partition(".")
        if dot:
            holder = self._known.get(name)
            if isinstance(holder, dict):
                holder[member] = value
            elif isinstance(holder, Chosen) and holder.hit is not False:
                self._vague_all("a property of an object is set in a script")
        elif name:
            self._known[name] = OPEN if pipeline.adds or self._doubt else value
        return value

    def _stages(self, pipeline: Pipeline) -> Any:
        value: Any = None
        for number, stage in enumerate(pipeline.stages):
            try:
                if isinstance(stage, Command):
                    value = self._command(stage, value, first=not number)
                elif isinstance(stage, Unread):
                    value = value.unsure() if isinstance(value, Chosen) else OPEN
                else:
                    value = self._value(stage)
            except Refusal as problem:
                self.plan.refuse(str(problem), problem.mend)
                return OPEN
            except NotRead as section:
                self.plan.vague(str(section), UNREAD)
                return OPEN
            except NoSetter as problem:
                self.plan.vague(str(problem), "where the target keeps this is not known")
                return OPEN
        return value

    def _command(self, command: Command, value: Any, *, first: bool) -> Any:
        name = command.name.lower()
        if name in ("foreach-object", "foreach", "%"):
            return self._for_each(command, value)
        if name in ("where-object", "where", "?"):
            return self._filter(command, value)
        given = {key: self._value(one) for key, one in command.parameters.items()}
        places = [self._value(one) for one in command.arguments]
        if given.get("whatif") is True:
            self.plan.note("-WhatIf: nothing is changed")
            return OPEN
        if name == "get-view" and not first:
            return value
        return cmdlets.do(self.target, self.platform, command.name, given, places, value)

    def _for_each(self, command: Command, value: Any) -> Any:
        blocks = [one for one in (*command.arguments, *command.parameters.values()) if isinstance(one, Block)]
        turns = value if isinstance(value, list) else [value]
        before = self._known.get("_")
        for turn in turns[:MAX_TURNS]:
            for block in blocks:
                self._known["_"] = turn
                self._turn(block.statements)
        self._known["_"] = before
        return OPEN

    def _filter(self, command: Command, value: Any) -> Any:
        if not isinstance(value, Chosen):
            return OPEN
        block = next((one for one in command.arguments if isinstance(one, Block)), None)
        text = block.text if block else self._plain(command)
        found = _FILTER.fullmatch(text)
        if not found or found["field"].lower() not in _NAMES.get(value.kind, ()):
            return value.unsure()
        wanted = [one.strip().strip("\"'") for one in found["value"].lstrip("@").strip("()").split(",")]
        if found["how"].lower() == "match":
            if not re.fullmatch(r"[\w-]+", wanted[0]):
                return value.unsure()
            wanted = [f"*{wanted[0]}*"]
        names = tuple(f"label:{one}" if found["field"].lower() == "label" else one for one in wanted)
        if value.kind in ("host", "vdswitch", "vm", "cluster"):
            own = cmdlets.own_name(self.target, value.kind)
            hit = any_match(own, names) if own else None
            return replace(value, hit=hit if value.hit else value.hit, about=", ".join(wanted)[:80])
        return value.named(names)

    def _plain(self, command: Command) -> str:
        """`where Key -eq X` as the text of a filter."""
        words = [str(one) for one in command.arguments if isinstance(one, str)]
        shown = [f"-{key} '{one}'" for key, one in command.parameters.items() if isinstance(one, str | int)]
        return " ".join([*words[:1], *shown])

    def _value(self, one: Any) -> Any:
        """What an expression is: a text, number, list, `Chosen` or OPEN."""
        if isinstance(one, Var):
            return self._variable(one.name)
        if isinstance(one, Text):
            parts = [part if isinstance(part, str) else self._variable(part.name) for part in one.parts]
            return "".join(str(p) for p in parts) if all(isinstance(p, str | int) for p in parts) else OPEN
        if isinstance(one, Sub):
            return self._sub(one)
        if isinstance(one, Member):
            return self._member(one)
        if isinstance(one, list):
            many = [self._value(each) for each in one]
            return [each for part in many for each in (part if isinstance(part, list) else [part])]
        if isinstance(one, dict):
            return {key: self._value(each) for key, each in one.items()}
        return OPEN if isinstance(one, Unread | Block) else one

    def _variable(self, name: str) -> Any:
        if name == "defaultviserver" or name == "defaultviservers":
            return Chosen("server")
        return self._known.get(name, OPEN)

    def _sub(self, one: Sub) -> Any:
        if len(one.statements) == 1 and isinstance(one.statements[0], Pipeline) and not one.statements[0].target:
            return self._stages(one.statements[0])
        found: list[Any] = []
        for each in one.statements:
            if isinstance(each, Pipeline):
                found += listed(self._stages(each))
        return found

    def _member(self, one: Member) -> Any:
        way = [one.name]
        base = one.base
        while isinstance(base, Member) and base.arguments is None and base.name != "[]":
            way.insert(0, base.name)
            base = base.base
        value = self._value(base)
        arguments = None if one.arguments is None else [self._value(each) for each in one.arguments]
        if isinstance(value, Chosen):
            return cmdlets.call(self.target, self.platform, value, way, arguments)
        if isinstance(value, dict) and len(way) == 1 and arguments is None:
            return value.get(way[0], OPEN)
        if arguments is not None and isinstance(value, Open) and not cmdlets.harmless(way[-1]):
            self._vague_all(f"what `.{way[-1]}()` is called on is not known")
        return OPEN


def follow_powercli(target: Target, platform: str, file: File) -> None:
    """Follows a text of PowerCLI. Raises InputError with its line for one that PowerShell would refuse."""
    Follower(target, platform, file).follow()
