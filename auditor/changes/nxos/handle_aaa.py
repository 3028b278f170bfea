"""What follows from lines of AAA: groups that must be there, keys that the device writes in its own form."""

from auditor.changes.nxos.handle_features import METHODS, lists_without_groups
from auditor.changes.nxos.handling import Act, Handler

_COUNTS = tuple(f"aaa.{path}.server_count" for path in METHODS.values())


def _methods(act: Act) -> None:
    state = act.state
    if act.negated:
        return
    name = act.parsed.command.name
    words = act.parsed.values[0].split()
    if words == ["local"]:
        # It is the default: a device does not show it. The facts are those of no line at all.
        state.drop(act.place, act.parsed.key)
        paths = [f"aaa.{METHODS[name]}.explicit"]
        if "login" in name:
            paths = ["aaa.login_default.explicit", "aaa.login_console.explicit"]
        state.cannot_tell("whether a device shows a line that says the default is not known", *paths)
        return
    if words[0] not in ("group", "local", "none"):
        state.refuse(f"`{words[0][:40]}` is none of group, local, none", "Name a group: `group NAME local`.")
        return
    lists_without_groups(state)


def _server_key(act: Act) -> None:
    """A key in clear text, or of no type, is written down in another form."""
    state = act.state
    protocol = act.parsed.command.name.partition("-")[0]
    words = " ".join(act.parsed.values).split()
    typed = len(words) > 1 and words[0] in ("6", "7", "8")
    hosts = [key[1] for key in state.running.like(f"{protocol}-server host")]
    state.because(*(f"aaa.servers[{host}]" for host in hosts))
    if not act.negated and not typed:
        state.cannot_tell(
            "the device writes this key down in a form of its own",
            *(f"aaa.servers[{host}].{field}" for host in hosts for field in ("key", "key_type")),
        )


def _server(act: Act) -> None:
    state, host = act.state, act.parsed.ids[0]
    member = [
        key for key in state.running.like("aaa group server")
        if (place := state.place(key)) is not None and ("server", host) in place.running.entries
    ]  # fmt: skip
    if act.negated:
        if member:
            state.cannot_tell(
                "a group still names this server, and whether the device takes it out there is not known",
                *(f"aaa.groups[{key[2]}]" for key in member), *_COUNTS,
            )  # fmt: skip
        return
    words = " ".join(act.parsed.values).split()
    if "key" in words:
        after = words[words.index("key") + 1 :]
        if after[:1] and after[0] not in ("6", "7", "8"):
            state.cannot_tell(
                "the device writes this key down in a form of its own",
                f"aaa.servers[{host}].key", f"aaa.servers[{host}].key_type",
            )  # fmt: skip


def _group(act: Act) -> None:
    if act.negated:
        lists_without_groups(act.state)


def _group_server(act: Act) -> None:
    state, host = act.state, act.parsed.ids[0]
    state.because("aaa")
    known = any((f"{protocol}-server host", host) in state.running.entries for protocol in ("tacacs", "radius"))
    if not act.negated and not known:
        state.cannot_tell(
            "no server of this name is configured, and a device may refuse it", act.place.subject, *_COUNTS
        )


AFTER: dict[str, Handler] = {
    "methods": _methods,
    "server_key": _server_key,
    "server": _server,
    "server_group": _group,
    "group_server": _group_server,
}
