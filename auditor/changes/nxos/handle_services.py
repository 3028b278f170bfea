"""Time, logs, SNMP receivers and communities, and settings of which the release says what they do."""

import re

from auditor.changes.nxos.handling import Act, Handler
from auditor.changes.nxos.keys import key_of
from auditor.changes.nxos.opened import Opened
from auditor.changes.nxos.state import Place


def _ntp_server(act: Act) -> None:
    state, host = act.state, act.parsed.ids[0]
    state.meta.setdefault("ntp", []).append(state.at.number)
    if not act.negated and "use-vrf" not in act.parsed.values:
        state.cannot_tell("the VRF that a device then writes down depends on the release", f"ntp.servers[{host}].vrf")


def _log_server(act: Act) -> None:
    state, host = act.state, act.parsed.ids[0]
    if act.negated:
        return
    values = act.parsed.values
    if "use-vrf" not in values:
        state.cannot_tell("the VRF that a device then writes down depends on the release",
                          f"logging.servers[{host}].vrf")  # fmt: skip
    if not (values and values[0].isdecimal()):
        state.cannot_tell("the severity that a device then writes down depends on the release",
                          f"logging.servers[{host}].severity")  # fmt: skip


def _log_level(act: Act) -> None:
    """A level that is the default of its facility is not shown; 6 is the default of none that is read."""
    state, facility = act.state, act.parsed.ids[0]
    if not act.negated and act.parsed.values[0] != "6":
        state.cannot_tell("a level that is this facility's default is not shown", f"logging.levels[{facility}]")


def _community(act: Act) -> None:
    state, place, name = act.state, act.place, act.parsed.ids[0]
    command = act.parsed.command
    words = (act.parsed.values[0] if act.parsed.values else "").split()
    facts = ("snmp.communities", "acls", "dangling")
    if act.negated:
        keys = state.running.like(command.name, name)
        if words and words[0].startswith("use-"):
            keys = [key for key in keys if key[2] == "list"]
        if not keys:
            act.nothing()
        for key in keys:
            state.drop(place, key)
            state.because(*facts)
        return
    if words[:1] == ["ro"] or not words:
        words = ["group", "network-operator", *words[1:]]
    elif words[:1] == ["rw"]:
        words = ["group", "network-admin", *words[1:]]
    if words[0] not in ("group", "use-acl", "use-ipv4acl", "use-ipv6acl") or len(words) < 2:
        act.cannot_tell("this form is not known", *facts)
        return
    if len(words) > 2 and words[0] == "group":
        act.cannot_tell("this form is not known", *facts)
    if words[0] != "group" and (command.name, name, "group") not in state.running.entries:
        act.cannot_tell("a list for a community that is not there", *facts)
    about = "group" if words[0] == "group" else "list"
    if state.put(place, (command.name, name, about), f"{command.name} {name} {' '.join(words)}", command):
        state.because(*facts)


def _trap_host(act: Act) -> None:
    state, host = act.state, act.parsed.ids[0]
    rest = (act.parsed.values[0] if act.parsed.values else "").split()
    bare = [word for word in rest if word not in ("traps", "trap", "informs", "inform")]
    key = key_of(act.parsed)
    if act.negated:
        if state.drop(act.place, key) is not None:
            act.because()
        elif state.running.like(act.parsed.command.name, host):
            act.cannot_tell("no line of this receiver says exactly this")
        else:
            act.nothing()
        return
    kind = "informs" if any(word in ("informs", "inform") for word in rest) else "traps"
    if bare[:1] == ["version"]:
        form = r"version (?:1|2c) \S+(?: udp-port \d+)?|version 3 (?:noauth|auth|priv) \S+(?: udp-port \d+)?"
        if not re.fullmatch(form, " ".join(bare)):
            state.refuse(f"`{act.state.at.text[:80]}` is no whole receiver", "Write `version 3 priv USER`.")
            return
        text = f"{act.parsed.command.name} {host} {kind} {' '.join(bare)}"
    elif bare[:1] in (["use-vrf"], ["filter-vrf"], ["source-interface"]):
        text = f"{act.parsed.command.name} {host} {' '.join(bare)}"
    else:
        act.cannot_tell("the version that a device then takes depends on the release")
        return
    if state.put(act.place, key, text, act.parsed.command):
        act.because()


def _by_release(act: Act) -> None:
    if not act.negated and act.place.running.text(*key_of(act.parsed)) == act.parsed.text:
        return
    act.cannot_tell("what this line does depends on the release")


def _after_reload(act: Act) -> None:
    act.cannot_tell("it comes into force with the next start, and what is shown until then differs")


def _ssh_key(act: Act) -> None:
    """A new key needs the SSH server to be off, and `force` where there is one already."""
    state = act.state
    words = [*act.parsed.values[:1], *" ".join(act.parsed.values[1:]).split()]
    if act.negated or len(words) < 2 or not words[1].isdecimal():
        act.cannot_tell("what becomes of the key is not foretold")
        return
    shown = state.texts.get("show ssh key", "")
    head = re.search(rf"^{words[0]} Keys generated[^\n]*\n(?:(?!\w+ Keys).*\n)*?bitcount *: *(\d+)", shown, re.M)
    if head and head[1] == words[1] and "force" not in words:
        return
    if state.on("ssh") is not False or head is None or "force" not in words:
        act.cannot_tell("a key is made anew only while `feature ssh` is off, and with `force` where there is one")
        return
    state.edit_text("show ssh key", shown[: head.start(1)] + words[1] + shown[head.end(1) :])
    if state.put(act.place, ("ssh key",), f"ssh key {words[0]} {words[1]}", act.parsed.command):
        act.because()


def _no_banner(act: Act) -> None:
    state, kind = act.state, act.parsed.ids[0]
    if not act.negated:
        state.refuse(f"`banner {kind}` wants its text between two delimiters", "Write `banner motd #text#`.")
    elif state.drop(act.place, ("banner", kind)) is not None:
        act.cannot_tell("the text that a device shows by default then comes back, or none")
    else:
        act.nothing()


def _copp(act: Act) -> None:
    state = act.state
    if act.negated:
        state.cannot_tell("which policy is then attached is not known", "copp")
        return
    name = act.parsed.values[0]
    shipped = act.parsed.command.name == "copp profile"
    if not shipped:
        state.cannot_tell("whether the policy map is there and fits is not known", "copp")
    policy = f"copp-system-p-policy-{name}" if shipped else name
    shown = state.texts.get("show copp status", "")
    state.edit_text("show copp status", re.sub(r"(attached to the control-plane: *)\S*", rf"\g<1>{policy}", shown))


def _monitor(act: Act) -> Opened | None:
    state, key = act.state, key_of(act.parsed)
    number = act.parsed.ids[0]
    subject = f"monitor_sessions[{number}]"
    if act.negated:
        if state.drop(state.top, key) is None:
            act.nothing()
        else:
            act.because()
        return None
    there = state.running.text(*key)
    kind = act.parsed.values[0] if act.parsed.values else ""
    if there and kind and f"type {kind}" not in there and "type" in there:
        act.cannot_tell("a session of another kind is there", subject)
        return Opened("monitor", [], lost=True)
    if not there:
        text = f"monitor session {number}" + (f" type {kind}" if kind else "")
        state.put(state.top, key, text, act.parsed.command)
        act.because()
    place = state.place(key, subject)
    return Opened("monitor", [place] if place else [])


def _shut(act: Act) -> None:
    """A session is shut until `no shut`, which is how the device writes it."""
    text = "no shut" if act.negated and not act.reset else "shut"
    if act.state.put(act.place, ("shut",), text, act.parsed.command):
        act.because()


def _neighbor(act: Act) -> Opened | None:
    """A neighbour may be written with its AS in one line, or with it below."""
    state, key = act.state, key_of(act.parsed)
    remote = act.parsed.values[0] if act.parsed.values else ""
    place = act.place
    if act.negated:
        if state.drop(place, key) is None:
            act.nothing()
        else:
            act.because()
        return None
    there = place.running.entries.get(key)
    if there is None:
        state.put(place, key, f"neighbor {key[1]}", act.parsed.command, mode="peer")
        act.because()
        there = place.running.entries[key]
    shown = place.everything.entries.get(key) if place.everything is not None else None
    below = Place(there.opened(), shown.opened() if shown is not None else None)
    if remote and " remote-as " in there.text:
        if not there.text.endswith(f" {remote}"):
            act.cannot_tell("another AS is set, which a device does not replace")
    elif remote and state.put(below, ("remote-as",), f"remote-as {remote}"):
        act.because()
    return Opened("peer", [below])


HANDLERS: dict[str, Handler] = {
    "community": _community,
    "trap_host": _trap_host,
    "no_banner": _no_banner,
    "by_release": _by_release,
    "after_reload": _after_reload,
    "ssh_key": _ssh_key,
    "monitor": _monitor,
    "neighbor": _neighbor,
    "shut": _shut,
}
AFTER: dict[str, Handler] = {
    "ntp_server": _ntp_server,
    "log_server": _log_server,
    "log_level": _log_level,
    "copp": _copp,
}
