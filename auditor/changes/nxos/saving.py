"""Commands of the command line itself: saving, and what happens beside the configuration."""

from auditor.changes.nxos import unplaced
from auditor.changes.nxos.state import State

_BESIDE = ("bash", "python", "python3", "run", "load", "install", "rollback", "vsh", "tclsh")


def execute(state: State, text: str) -> bool:
    """Do what the line does outside the configuration; False when it is a line of the configuration."""
    words = text.split()
    first = words[0]
    if len(first) > 2 and "copy".startswith(first):
        return _copy(state, words)
    if first in ("write", "wr"):
        return _write(state, words)
    if first == "reload":
        state.cannot_tell("what a restart leaves is the start-up configuration, which was not read",
                          *unplaced.EVERYTHING)  # fmt: skip
        state.say("`reload` restarts the switch")
        state.meta["reload"] = state.at.number
        return True
    if first in ("debug", "undebug") or words[:2] == ["no", "debug"]:
        state.because("debugs")
        state.cannot_tell("debugs are not foretold", "debugs")
        return True
    if first == "guestshell":
        state.because("guestshell")
        state.cannot_tell("what becomes of the guest shell is not foretold", "guestshell")
        return True
    if first in _BESIDE:
        state.cannot_tell(f"`{first}` may change anything", *unplaced.EVERYTHING)
        return True
    return False


def _copy(state: State, words: list[str]) -> bool:
    given = words[1:3]
    running = [_means(word, "running-config") for word in given]
    startup = [_means(word, "startup-config") for word in given]
    if len(given) == 2 and running[0] and startup[1]:
        _saved(state)
    elif len(given) == 2 and running[1]:
        state.cannot_tell("what is copied into the running configuration is not known", *unplaced.EVERYTHING)
    elif len(given) == 2 and startup[1]:
        state.cannot_tell("what is saved is another configuration than the running one", "config.unsaved")
    else:
        state.say("a copy that leaves the configuration as it is")
    return True


def _means(typed: str, word: str) -> bool:
    return bool(typed) and word.startswith(typed)


def _write(state: State, words: list[str]) -> bool:
    what = words[1] if len(words) > 1 else "memory"
    alias = any(key[:2] == ("cli alias name", words[0]) for key in state.running.like("cli alias name", words[0]))
    if "memory".startswith(what) and alias:
        _saved(state)
    elif "erase".startswith(what) or "memory".startswith(what):
        state.because("config.unsaved")
        state.cannot_tell("NX-OS knows `write` only where an alias makes it", "config.unsaved")
    else:
        state.say("`write` of something else changes no fact")
    return True


def _saved(state: State) -> None:
    state.unsaved = False
    state.saved_at = state.at.number
    state.meta["saved"] = True
    state.meta["changed_at_save"] = len(state.added) + len(state.removed)
    state.unknown.pop("config.unsaved", None)
    state.because("config.unsaved", effect="the running configuration is saved")
