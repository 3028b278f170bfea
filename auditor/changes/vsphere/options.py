"""Advanced options of a host in its evidence: by key in any letter case, with the type that the host gives them."""

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from auditor.changes.vsphere.plan import UNREAD, Refusal
from auditor.changes.vsphere.target import Keys, members, seen
from auditor.collectors.vsphere.keys import HOST_KEYS

if TYPE_CHECKING:
    from auditor.changes.vsphere.host import Host

_BOOT = "vmkernel.boot."
_AGENTS = ("config.", "vpx.")  # options of agents, of which lists leave some out (community.vmware#2105)
_WORDS = {"true": True, "false": False, "$true": True, "$false": False, "1": True, "0": False}
REBOOT = "it takes effect at the next restart of the host: what runs now is unchanged"
FOLLOWERS = {  # option: facts that the reader makes of it
    "syslog.global.loghost": ("syslog.hosts", "syslog.protocols"),
    "syslog.global.logdir": ("syslog.dir", "syslog.persistent"),
    "syslog.global.logdirunique": ("syslog.unique",),
    "syslog.global.loglevel": ("syslog.level",),
    "dcui.access": ("lockdown.dcui_access",),
    "scratchconfig.configuredscratchlocation": ("scratch.configured", "scratch.reboot_pending"),
    "scratchconfig.currentscratchlocation": (
        "scratch.current", "scratch.persistent", "scratch.reboot_pending", "syslog.persistent",
    ),
    "security.passwordqualitycontrol": ("password_quality",),
}  # fmt: skip
_TWINS = {  # two names of one setting, by release: which follows the other is not known
    "syslog.global.certificate.checksslcerts": "syslog.global.logchecksslcerts",
    "syslog.global.logchecksslcerts": "syslog.global.certificate.checksslcerts",
}


class Options:
    """The options of one host."""

    def __init__(self, host: "Host") -> None:
        self._host = host
        self._homes: dict[str, tuple[dict[str, Any], str]] = {}
        for home in (host.props.get("config.option"), host.body.get("options")):
            if isinstance(home, dict):
                self._homes.update({str(key).casefold(): (home, key) for key in home})
        absent = host.body.get("options_absent")
        self._absent = {str(key).casefold() for key in absent} if isinstance(absent, list) else set()
        self._singly = {key.casefold() for key in HOST_KEYS}

    @property
    def read(self) -> bool:
        """Whether the list came back."""
        return isinstance(self._host.props.get("config.option"), dict) and bool(self._homes)

    def spelt(self, key: str) -> str:
        """The key as the host spells it."""
        found = self._homes.get(key.casefold())
        return found[1] if found else key

    def value(self, key: str) -> Any:
        """Its value; None when the host has no such option, or it was not read."""
        found = self._homes.get(key.casefold())
        return found[0][found[1]] if found else None

    def put(self, key: str, value: Any) -> None:
        """Sets an option. Raises Refusal for one that the host does not have, and for a value of another type."""
        plan, folded = self._host.plan, key.casefold()
        path = f"advanced[{self.spelt(key)}]"
        home = self._homes.get(folded)
        if home is None or home[0][home[1]] is None:
            self._unknown(key, path, known=home is not None)
            return
        before = home[0][home[1]]
        home[0][home[1]] = typed(home[1], before, value, words=self._host.words)
        plan.changed(path)
        for follower in FOLLOWERS.get(folded, ()):
            plan.unknown.pop(follower, None)
        if folded == "scratchconfig.configuredscratchlocation" or folded.startswith(_BOOT):
            plan.note(f"{home[1]}: {REBOOT}")
            plan.vague("state.reboot_required", "the host decides whether it shows that a restart is due")
        if folded.startswith(_BOOT):
            self._host.boot_setting(home[1][len(_BOOT) :], home[0][home[1]])
        twin = _TWINS.get(folded)
        if twin in self._homes and self.value(twin) != home[0][home[1]]:
            reason = f"{home[1]} is another name of the same setting; whether this one follows is not known"
            plan.vague(f"advanced[{self.spelt(twin)}]", reason)

    def default(self, key: str) -> None:
        """An option goes back to its default, which no capture tells."""
        path, folded = f"advanced[{self.spelt(key)}]", key.casefold()
        if folded not in self._homes:
            self._unknown(key, path, known=False)
            return
        self._host.plan.vague(path, "the default of the host stands in no capture")
        for follower in FOLLOWERS.get(folded, ()):
            self._host.plan.vague(follower, f"it follows from {self.spelt(key)}, whose default is not known")

    def _unknown(self, key: str, path: str, *, known: bool) -> None:
        plan, folded = self._host.plan, key.casefold()
        if known or not self.read or f"option {key}" in seen(self._host.body.get("call_errors")):
            plan.vague(path, UNREAD)
            return
        close = self._close(folded)
        mend = f"Did you mean {self._homes[close[0]][1]}?" if close else "See the options that the host lists."
        listed = folded in self._absent or folded in self._singly or not folded.startswith(_AGENTS)
        if listed or close:
            raise Refusal(f"the host has no option {key[:100]!r}", mend)
        plan.vague(
            path, "the host does not list this option: it refuses the line, or leaves the option out of its list"
        )

    def _close(self, folded: str) -> list[str]:
        if len(self._host.plan.errors) > 20:
            return []  # each search costs some milliseconds
        return get_close_matches(folded, self._homes, 1, 0.85)


def typed(key: str, before: Any, value: Any, *, words: bool) -> Any:
    """`value` as the type that the option has; `words`: the tool takes any text and converts it. Raises Refusal."""
    if isinstance(before, bool):
        if isinstance(value, bool):
            return value
        shown = str(value).lower()
        if (words or value in (0, 1)) and shown in _WORDS:
            return _WORDS[shown]
        raise Refusal(f"{key} is true or false, not {str(value)[:40]!r}")
    if isinstance(before, int):
        if isinstance(value, int) and not isinstance(value, bool):
            if -(2**63) <= value < 2**63:
                return value
        elif words and isinstance(value, str) and _integer(value):
            return int(value)
        raise Refusal(f"{key} is a whole number, not {str(value)[:40]!r}", "Write a number, of 64 bits at most.")
    if isinstance(before, float) and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(before, str):
        if isinstance(value, str):
            return value
        if words and not isinstance(value, dict | list):
            return str(value)
        raise Refusal(f"{key} is a text, not {str(value)[:40]!r}", "Write it as text: with -s, or in quotes.")
    raise Refusal(f"{key} does not take {str(value)[:40]!r}")


def _integer(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 19


def set_option(host: "Host", keys: Keys, value: Any) -> None:
    """`advanced[KEY]`."""
    host.options.put(keys[0], value)


def kernel_rows(host: "Host") -> list[dict[str, Any]]:
    """What `esxcli system settings kernel list` showed."""
    return list(members(host.answers.get("system.settings.kernel.list")))
