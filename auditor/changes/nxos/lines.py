"""What a line does that has no rule of its own: flags, single values, keyed lines, lists of lines."""

from auditor.changes.nxos.grammar import Kind, Parsed
from auditor.changes.nxos.keys import key_of
from auditor.changes.nxos.state import Place, State, is_on


def plain_line(state: State, place: Place, parsed: Parsed, *, negated: bool, reset: bool = False) -> bool:
    """Apply one line at one place; whether it changed something."""
    if parsed.command.kind is Kind.FLAG:
        return flag(state, place, parsed, on=not negated, reset=reset)
    if negated or reset:
        return taken_back(state, place, parsed)
    key = key_of(parsed)
    there = place.running.entries.get(key)
    if there is not None and parsed.command.kind is Kind.KEYED and _has_options(parsed):
        lost = set(there.text.split()) - set(parsed.text.split())
        if lost:
            state.cannot_tell(
                f"the line now says `{there.text[:60]}`, and whether a switch keeps what the new one leaves out is not "
                "known", *state.paths(parsed, place),
            )  # fmt: skip
    text = f"area {key[1]} {parsed.text.split(None, 2)[2]}" if parsed.command.do == "area" else parsed.text
    return state.put(place, key, text, parsed.command)


def _has_options(parsed: Parsed) -> bool:
    return any(part.role == "options" or part.text == "text" for part in parsed.command.parts)


def flag(state: State, place: Place, parsed: Parsed, *, on: bool, reset: bool = False) -> bool:
    """A command that is on or off; only what differs from the default is written down."""
    command, key = parsed.command, key_of(parsed)
    default = is_on(command, state.family)
    if reset:
        gone = state.drop(place, key)
        return gone is not None
    before = place.running.entries.get(key)
    if command.shown or on != default:
        changed = state.put(place, key, parsed.text if on else f"no {parsed.text}", command)
    else:
        changed = state.drop(place, key) is not None
        if place.everything is not None:
            shown = place.everything.entries.get(key)
            text = parsed.text if on else f"no {parsed.text}"
            if shown is not None:
                shown.text = text
    if command.shown and before is None and not on:
        state.doubt()
    if before is None and (not on or default):
        inherited(state, place, parsed)
    return changed


def taken_back(state: State, place: Place, parsed: Parsed) -> bool:
    """`no` and `default`: the line goes, whatever its arguments were."""
    key = key_of(parsed)
    there = place.running.entries.get(key)
    if there is not None and there.negated:
        return False
    if there is None:
        state.say(f"there is no `{parsed.text[:60]}`: nothing is removed")
        inherited(state, place, parsed)
        return False
    if parsed.values and any(value not in there.text for value in parsed.values):
        state.doubt()
        state.cannot_tell(
            f"another value is set (`{there.text[:60]}`), and whether a switch then takes it back is not known",
            *state.paths(parsed, place),
        )
        return False
    state.drop(place, key)
    defaults(state, place, parsed, key)
    inherited(state, place, parsed)
    return True


def defaults(state: State, place: Place, parsed: Parsed, key: tuple[str, ...]) -> None:
    """What `show running-config all` says when the line is gone."""
    if place.everything is None or key in place.everything.entries:
        return
    default = parsed.command.default
    if default:
        if not default.startswith("no "):
            from auditor.changes.nxos.tree import Entry

            place.everything.put(Entry(default, key, parsed.command))
    elif default is None and not inherits(place):
        state.cannot_tell("the default that is then in force is not known", *state.paths(parsed, place))


def inherits(place: Place) -> bool:
    """The port takes settings from a profile."""
    return ("inherit port-profile",) in place.running.entries


def inherited(state: State, place: Place, parsed: Parsed) -> None:
    """A `no` on a port whose profile says otherwise: whether it wins over the profile is not known."""
    if not inherits(place):
        return
    key, name = key_of(parsed), place.running.text("inherit port-profile").split()[-1]
    for _ in range(16):
        above = state.running.entries.get(("port-profile", name))
        if above is None:
            return
        section = above.opened()
        if key in section.entries:
            state.cannot_tell(
                f"profile {name[:60]} sets it, and whether a `no` here wins over that is not known",
                *state.paths(parsed, place), place.subject,
            )  # fmt: skip
            return
        name = section.text("inherit port-profile").split()[-1] if section.text("inherit port-profile") else ""
