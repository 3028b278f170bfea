"""A candidate typed in configuration mode: modes open and close as on the device, and each line does what it says."""

from dataclasses import dataclass, field

from auditor.changes.nxos import handlers, modes, unplaced
from auditor.changes.nxos.frames import Frame, subject_of, under
from auditor.changes.nxos.global_commands import IDLE
from auditor.changes.nxos.grammar import Kind, Parsed, Refused, Unknown
from auditor.changes.nxos.keys import entry_of, key_of
from auditor.changes.nxos.lines import plain_line
from auditor.changes.nxos.opened import Opened
from auditor.changes.nxos.saving import execute
from auditor.changes.nxos.section_commands import WORDS
from auditor.changes.nxos.state import Place, State
from auditor.changes.nxos.statements import Statement
from auditor.changes.nxos.tree import Entry, banner

_SHARED = ("spanning-tree", "storm-control", "ip", "ipv6", "mac")  # of a port channel, perhaps of its members too
_LEAVING = ("exit", "end", "quit")


@dataclass(slots=True)
class Replay:
    """Applies statements to a state. `layout` says that indentation tells where a line belongs: a configuration."""

    state: State
    layout: bool = False
    frames: list[Frame] = field(default_factory=list)
    executing: bool = False  # outside configuration mode

    def run(self, statements: list[Statement]) -> None:
        """Apply all of them, in order."""
        for statement in statements:
            self.state.at = statement
            self._one(statement)

    def _one(self, at: Statement) -> None:
        state = self.state
        if at.kind == "banner":
            self.frames.clear()
            self._need_configuration(at)
            self._banner(at)
            return
        if at.kind == "certificate":
            state.say("a certificate: no fact is read from it")
            return
        words = at.text.split()
        if not words:
            return
        if words[0] in _LEAVING and len(words) == 1:
            self._leave(words[0])
            return
        if words[0] == "conf" or (words[0].startswith("conf") and "configure".startswith(words[0])):
            self._configure(words)
            return
        if words[0] in IDLE or ("show".startswith(words[0]) and len(words[0]) > 1 and len(words) > 1):
            if not state.meta.get("idle"):
                state.say(f"`{words[0]}` shows or asks something: it changes nothing")
            state.meta["idle"] = True
            return
        if execute(state, at.text):
            return
        self._need_configuration(at)
        self._configuration(at, words)

    # ------------------------------------------------------------------ modes
    def _leave(self, word: str) -> None:
        if word == "end" or not self.frames:
            self.executing = True
            self.state.adrift = self.state.adrift and word != "end"
            self.frames.clear()
        else:
            frame = self.frames.pop()
            self.state.adrift = self.state.adrift or frame.lost
            if frame.leaf and not frame.indented and self.frames:
                self.frames.pop()  # the unknown line had opened nothing

    def _configure(self, words: list[str]) -> None:
        if len(words) > 1 and not "terminal".startswith(words[1]):
            what = "another way than the terminal" if "replace".startswith(words[1]) else "something unknown"
            self.state.cannot_tell(f"`configure` in {what} cannot be foretold", *unplaced.EVERYTHING)
            return
        self.executing = self.state.adrift = False
        self.frames.clear()

    def _need_configuration(self, at: Statement) -> None:
        if self.executing:
            self.state.refuse(
                f"`{at.text[:60]}` stands after the configuration mode was left", "Put `configure terminal` before it."
            )

    def open(self, opened: Opened) -> None:
        """A line has opened a mode."""
        at = self.state.at
        frame = Frame(opened.mode, opened.places, at.indent, head=at.text, followers=opened.followers, lost=opened.lost)
        self.frames.append(frame)

    # ------------------------------------------------------------------ lines
    def _configuration(self, at: Statement, words: list[str]) -> None:
        reset = words[0] == "default" and len(words) > 1
        negated = words[0] == "no" and len(words) > 1
        bare = at.text.split(None, 1)[1] if reset or negated else at.text
        inner = self._outside_by_layout(at)
        if inner and modes.mode(self.frames[inner - 1].mode) is None and at.indent > self.frames[inner - 1].indent:
            del self.frames[inner:]
            self.frames[-1].indented = True
            self._word_for_word(self.frames[-1], at, bare, negated=negated)
            return
        if self.layout:
            del self.frames[inner:]
            inner = len(self.frames)
        found: list[tuple[int, Parsed]] = []
        refusal: Refused | None = None
        known_inside = False
        for depth in range(len(self.frames), -1, -1):
            mode = self.frames[depth - 1].mode if depth else "global"
            try:
                found.append((depth, self._parsed(mode, bare, negated=negated or reset)))
            except Refused as problem:
                refusal = refusal or problem
                known_inside = known_inside or depth > 0
                continue
            except Unknown:
                if self.layout and depth == len(self.frames):
                    break
                continue
            if depth <= inner or not self.layout:
                break
        if not found:
            self._not_found(at, bare, refusal, negated=negated, known_inside=known_inside)
            return
        depth, parsed = self._exact(found[0], bare, negated=negated or reset)
        if depth > inner and not self.layout and self._also_outside(inner, bare, negated=negated or reset):
            frame = self.frames[depth - 1]
            self._ambiguous(frame, parsed)
            return
        if depth and at.indent > self.frames[depth - 1].indent:
            self.frames[depth - 1].indented = True
        elif depth and self.frames[depth - 1].indented is None:
            self.frames[depth - 1].indented = False
        del self.frames[depth:]
        self._apply(parsed, negated=negated, reset=reset)

    def _outside_by_layout(self, at: Statement) -> int:
        """How many modes are still open if indentation is believed."""
        inner = len(self.frames)
        while inner and at.indent <= self.frames[inner - 1].indent:
            if not (self.layout or self.frames[inner - 1].indented):
                break
            inner -= 1
        return inner

    def _exact(self, found: tuple[int, Parsed], bare: str, *, negated: bool) -> tuple[int, Parsed]:
        """A whole word of a mode above is meant rather than the beginning of one here: `key 2` is no `key-string`."""
        first = bare.split(None, 1)[0]
        if first == found[1].command.words[0] or found[1].command.do == "entry":
            return found
        for depth in range(found[0] - 1, -1, -1):
            try:
                above = self._parsed(self.frames[depth - 1].mode if depth else "global", bare, negated=negated)
            except (Unknown, Refused):
                continue
            if above.command.words[0] == first:
                return depth, above
        return found

    def _also_outside(self, inner: int, bare: str, *, negated: bool) -> bool:
        for depth in range(inner, -1, -1):
            try:
                self._parsed(self.frames[depth - 1].mode if depth else "global", bare, negated=negated)
            except (Unknown, Refused):
                continue
            return True
        return False

    def _parsed(self, mode: str, bare: str, *, negated: bool) -> Parsed:
        known = modes.mode(mode)
        if known is None:
            raise Unknown(bare)
        if mode in ("acl", "numbered"):
            entry = entry_of(bare)
            if entry is not None:
                return entry
            if negated and bare.isdecimal():
                return Parsed(handlers.ENTRY, "", (bare,), ())
        return known.parse(bare, negated=negated)

    def _ambiguous(self, frame: Frame, parsed: Parsed) -> None:
        paths = [path for place in frame.places for path in self.state.paths(parsed, place)]
        self.state.cannot_tell(
            f"typed here, a switch takes it for `{frame.head[:60]}`, and by its place it is meant for all of the "
            "switch; put `exit` before it",
            *paths,
            *unplaced.touched(self.state.at.text),
        )

    def _not_found(
        self, at: Statement, bare: str, refusal: Refused | None, *, negated: bool, known_inside: bool
    ) -> None:
        state = self.state
        if self.frames and modes.mode(self.frames[-1].mode) is None and not (refusal and not known_inside):
            inside = at.indent > self.frames[-1].indent
            if inside or (self.frames[-1].indented is not True and not self.frames[-1].lost):
                self.frames[-1].indented = inside if self.frames[-1].indented is None else self.frames[-1].indented
                self._word_for_word(self.frames[-1], at, bare, negated=negated)
                return
        if refusal is not None:
            state.refuse(str(refusal), "A switch answers `% Invalid` to this.")
            return
        if not self.frames and modes.below_something(bare, negated=negated):
            state.refuse(
                f"`{at.text[:60]}` belongs under another line (`interface ...`, `line vty`), which is missing",
                "Put that line before it.",
            )
            return
        unplaced.unknown_line(state, [place for frame in self.frames[-1:] for place in frame.places], at,
                              flat=bool(self.frames) and at.indent <= self.frames[-1].indent,
                              mode=self.frames[-1].mode if self.frames else "")  # fmt: skip
        while self.frames and self.frames[-1].leaf and at.indent <= self.frames[-1].indent:
            self.frames.pop()
        self.frames.append(Frame("", [], at.indent, head=at.text, leaf=True, lost=True))  # what stands under it

    def _word_for_word(self, frame: Frame, at: Statement, bare: str, *, negated: bool) -> None:
        """A line of a section of which only whole lines are compared."""
        state = self.state
        for place in frame.places:
            if negated and ("?", at.text) not in place.running.entries:
                for key in [key for key in place.running.entries if key[-1] == bare or key[-1].startswith(bare + " ")]:
                    state.drop(place, key)
            elif not negated:
                state.put(place, ("?", at.text), at.text)
            state.because(*WORDS.get(frame.mode, ()))

    def _apply(self, parsed: Parsed, *, negated: bool, reset: bool) -> None:
        state, command = self.state, parsed.command
        frame = self.frames[-1] if self.frames else None
        places = self._places(frame, command.name)
        if frame is not None and frame.lost:
            return
        if command.needs and not negated and not reset and not handlers.has_feature(state, command.needs, command.name):
            return
        if command.kind is Kind.SPECIAL:
            for opened in handlers.apply(state, parsed, places, negated=negated, reset=reset):
                self.open(opened)
            return
        if command.kind is Kind.SECTION:
            self._section(parsed, places, negated=negated or reset)
            return
        for place in places:
            if plain_line(state, place, parsed, negated=negated, reset=reset):
                state.because(*state.paths(parsed, place))
                handlers.after(state, place, parsed, negated=negated)
                if frame is not None and frame.followers and command.words[0] in _SHARED:
                    subjects = [follower.subject for follower in frame.followers]
                    state.cannot_tell("whether members of a port channel take this line too is not known", *subjects)

    def _places(self, frame: Frame | None, name: str) -> list[Place]:
        """Where a line goes: a port channel gives what is about layer 2 to its members."""
        if frame is None:
            return [self.state.top]
        if not frame.followers:
            return frame.places
        if name.startswith("switchport") or name == "mtu":
            return [*frame.places, *frame.followers]
        return frame.places

    def _section(self, parsed: Parsed, places: list[Place], *, negated: bool) -> None:
        state, command = self.state, parsed.command
        key = key_of(parsed)
        if negated and command.name == "line":
            state.refuse(f"`{parsed.text}` cannot be removed", "Take its settings back one by one.")
            return
        if negated:
            for place in places:
                gone = state.drop(place, key)
                if gone is None:
                    state.say(f"there is no `{parsed.text[:60]}`: nothing is removed")
                else:
                    state.because(*state.paths(parsed, place))
                    handlers.after(state, place, parsed, negated=True)
            return
        opened = []
        for place in places:
            if state.put(place, key, parsed.text, command):
                state.because(*state.paths(parsed, place))
            opened.append(under(place, key, subject=subject_of(parsed, place)))
        self.frames.append(Frame(command.mode, opened, state.at.indent, head=state.at.text))

    def _banner(self, at: Statement) -> None:
        state, key = self.state, ("banner", at.name)
        block = banner(f"banner {at.name}", at.content)
        before = state.running.entries.get(key)
        if before is not None and before.block == block:
            return
        for section in (state.running, state.everything):
            if section is not None:
                section.put(Entry(f"banner {at.name}", key, block=block))
        if "^C" in self.state.file.lines[at.number - 1]:
            words = "`^C` as a listing shows it is two characters when it is typed: the text may begin with C"
            state.cannot_tell(words, f"banners[{at.name}]")
        state.changed()
        state.added.append(f"banner {at.name}")
        state.because(f"banners[{at.name}]")
