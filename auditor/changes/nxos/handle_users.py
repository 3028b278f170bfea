"""Local users. The command line and SNMP keep one list of users: who is deleted here is deleted there."""

import re

from auditor.changes.nxos.handling import Act, Handler
from auditor.changes.nxos.keys import about
from auditor.changes.nxos.state import State

_USER, _SNMP = "username", "snmp-server user"
_FACTS = ("admin_users",)


def _user(act: Act) -> None:
    state, name = act.state, act.parsed.ids[0]
    rest = act.parsed.values[0] if act.parsed.values else ""
    if act.negated:
        _user_gone(act, name, rest)
        return
    if not rest:
        state.refuse(f"`username {name[:40]}` wants more words", "Say the password, role or key.")
        return
    known = bool(state.running.like(_USER, name))
    what = about("user", rest)
    first = rest.split()[0]
    if first == "password":
        _password(act, name, rest, known=known)
    elif what.startswith("role "):
        _role(act, name, rest.split()[1], known=known)
    elif first in ("passphrase", "sshkey", "keypair", "expire", "shell", "shelltype"):
        if not known and first != "passphrase":
            state.cannot_tell("what else a new user is given is not foretold", f"users[{name}]", f"snmp.users[{name}]")
        if first in ("expire", "shell", "shelltype"):
            state.changed()
            return
        if state.put(act.place, (_USER, name, what), f"{_USER} {name} {rest}", act.parsed.command):
            act.because()
    else:
        act.cannot_tell("this form is not known")


def _password(act: Act, name: str, rest: str, *, known: bool) -> None:
    state, key = act.state, (_USER, name, "password")
    found = re.fullmatch(r"password (?:(\d) )?(\S+)((?: (?:role|expire) \S+)*)", " ".join(rest.split()))
    if not found:
        act.cannot_tell("this form is not known")
        return
    kind, secret, more = found.groups()
    before = state.running.text(*key)
    old = re.search(r"\brole (\S+)", before)
    new = re.search(r"\brole (\S+)", more or "")
    role = old[1] if old else new[1] if new else "" if known else "network-operator"
    text = f"{_USER} {name} password {kind or '5'} {secret}" + (f"  role {role}" if role else "")
    if state.put(act.place, key, text, act.parsed.command):
        act.because(*_FACTS)
    if new and old and new[1] != old[1]:
        _role(act, name, new[1], known=True)
    if kind != "5":
        state.cannot_tell("the device writes a hash of this password down", f"users[{name}].password",
                          f"users[{name}].algorithm")  # fmt: skip
    if not known or kind != "5":
        state.because(f"snmp.users[{name}]")
        state.cannot_tell("SNMP is given the same user, with keys and protocols of the device's own choice",
                          f"snmp.users[{name}]")  # fmt: skip


def _role(act: Act, name: str, role: str, *, known: bool) -> None:
    state = act.state
    held = any(f"role {role}" in f"{state.running.text(*key)} " for key in state.running.like(_USER, name))
    if held and re.search(rf"\brole {re.escape(role)}(?: |$)", " ".join(
        state.running.text(*key) for key in state.running.like(_USER, name))):  # fmt: skip
        return
    if not known:
        act.cannot_tell("what a user without a password is given is not foretold", f"users[{name}]",
                        f"snmp.users[{name}]", *_FACTS)  # fmt: skip
    if state.put(act.place, (_USER, name, f"role {role}"), f"{_USER} {name} role {role}", act.parsed.command):
        act.because(*_FACTS)
        _roles_follow(state, name)


def _roles_follow(state: State, name: str) -> None:
    if state.running.like(_SNMP, name):
        state.because(f"snmp.users[{name}]")
        state.cannot_tell("SNMP is given the same roles, in a form of the device's own", f"snmp.users[{name}].groups")


def _user_gone(act: Act, name: str, rest: str) -> None:
    state = act.state
    if not state.running.like(_USER, name):
        act.nothing()
        return
    if rest.startswith("password"):
        act.cannot_tell("whether this takes the user away, or its password alone, is not known", f"users[{name}]",
                        f"snmp.users[{name}]", "acls", *_FACTS)  # fmt: skip
        return
    if not rest:
        if name == "admin":
            act.cannot_tell("a device refuses to delete its user admin", "users[admin]", "snmp.users[admin]", *_FACTS)
            return
        _both_gone(act, name)
        return
    what = about("user", rest)
    key = (_USER, name, what)
    if what.startswith("role "):
        _role_gone(act, name, rest.split()[1])
    elif state.drop(act.place, key) is not None:
        act.because()
    else:
        act.nothing()


def _role_gone(act: Act, name: str, role: str) -> None:
    state = act.state
    roles = {found[1] for key in state.running.like(_USER, name)
             if (found := re.search(r"\brole (\S+)", state.running.text(*key)))}  # fmt: skip
    if role not in roles:
        act.nothing()
        return
    if roles == {role}:
        act.cannot_tell("a user without any role is given one of the device's choice")
        return
    if state.drop(act.place, (_USER, name, f"role {role}")) is None:
        key = (_USER, name, "password")
        entry = state.running.entries[key]
        state.put(act.place, key, re.sub(rf"\s+role {re.escape(role)}(?= |$)", "", entry.text), entry.command)
    act.because(*_FACTS)
    _roles_follow(state, name)


def _both_gone(act: Act, name: str) -> None:
    state = act.state
    for command in (_USER, _SNMP):
        for key in state.running.like(command, name):
            state.drop(act.place, key)
    state.meta.setdefault("users_gone", {})[name] = state.at.number
    state.because(f"users[{name}]", f"snmp.users[{name}]", "acls", *_FACTS)


def _snmp_user(act: Act) -> None:
    state, name = act.state, act.parsed.ids[0]
    rest = " ".join((act.parsed.values[0] if act.parsed.values else "").split())
    key = (_SNMP, name, about("snmp_user", rest))
    if act.negated:
        _snmp_gone(act, name, rest, key)
        return
    if key[2] == "role":
        roles = [found[2].split()[1] for found in state.running.like(_SNMP, name) if found[2].startswith("role ")]
        rest = f"{roles[0] if roles else 'network-operator'} {rest}".rstrip()
        key = (_SNMP, name, about("snmp_user", rest))
    if key[2] != "list" and not state.running.like(_USER, name):
        state.because(f"users[{name}]", *_FACTS)
        state.cannot_tell("the command line is given the same user, with a password of the same words",
                          f"users[{name}]", *_FACTS)  # fmt: skip
    if state.put(act.place, key, f"{_SNMP} {name} {rest}", act.parsed.command):
        act.because()
    if "auth" in rest.split() and "localizedkey" not in rest and state.running.like(_USER, name):
        state.cannot_tell("the pass phrase becomes the password of the command line too", f"users[{name}].password",
                          f"users[{name}].algorithm")  # fmt: skip
    if "priv" not in rest.split() and "auth" in rest.split():
        state.cannot_tell("whether privacy stays as it was is not known", f"snmp.users[{name}].priv")


def _snmp_gone(act: Act, name: str, rest: str, key: tuple[str, ...]) -> None:
    state = act.state
    keys = state.running.like(_SNMP, name)
    if not keys:
        act.nothing()
    elif key[2] == "list":
        state.drop(act.place, key)
        act.because()
    elif rest and len([one for one in keys if one[2] != "list"]) > 1 and key in keys:
        state.drop(act.place, key)
        act.because()
        state.cannot_tell("the command line is given the same roles", f"users[{name}].roles", f"users[{name}].admin",
                          *_FACTS)  # fmt: skip
    elif name == "admin":
        act.cannot_tell("a device refuses to delete its user admin", "users[admin]", "snmp.users[admin]", *_FACTS)
    else:
        _both_gone(act, name)


HANDLERS: dict[str, Handler] = {"user": _user, "snmp_user": _snmp_user}
