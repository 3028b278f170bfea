"""All forms that are understood, and the one that a command has."""

from collections.abc import Sequence

from auditor.golden.kickstart import daemons, esxcfg, esxcli_network, esxcli_storage, esxcli_system, install, vimcmd
from auditor.golden.kickstart.forms import Form
from auditor.golden.kickstart.values import Refused

INSTALL_FORMS: tuple[Form, ...] = install.FORMS
FAMILIES: dict[str, tuple[Form, ...]] = {
    "Installer": install.FORMS,
    "esxcli network": esxcli_network.FORMS,
    "esxcli system, software, hardware": esxcli_system.FORMS,
    "esxcli storage, iscsi, vsan": esxcli_storage.FORMS,
    "esxcfg": esxcfg.FORMS,
    "vim-cmd": vimcmd.FORMS,
    "Services and domain": daemons.FORMS,
}
_INIT = "/etc/init.d/"


def _by_words(forms: Sequence[Form]) -> dict[tuple[str, ...], list[Form]]:
    found: dict[tuple[str, ...], list[Form]] = {}
    for form in forms:
        found.setdefault(tuple(form.words.split()), []).append(form)
    return found


_INSTALL = _by_words(INSTALL_FORMS)
_SHELL = _by_words([form for name, forms in FAMILIES.items() if name != "Installer" for form in forms])
WORDS = frozenset(form.words for forms in FAMILIES.values() for form in forms)
_LONGEST = max(map(len, _SHELL))


def normal(words: Sequence[str]) -> list[str]:
    """The words of a command without the folder of its program, and with one spelling of names that have two."""
    name, rest = words[0], list(words[1:])
    if name.startswith(_INIT) and len(name) > len(_INIT):
        return [_INIT, name[len(_INIT) :], *rest]
    name = name.rpartition("/")[2] if name.startswith("/") else name
    if name == "vim-cmd" and rest:
        rest[0] = rest[0].removeprefix("/")
    return ["esxcli" if name == "localcli" else name, *rest]


def find(words: Sequence[str], *, installer: bool = False) -> tuple[Form, list[str]] | None:
    """The form of a normal command and its arguments; None for an unknown one. Raises Refused."""
    table = _INSTALL if installer else _SHELL
    for length in range(min(len(words), _LONGEST), 0, -1):
        forms = table.get(tuple(words[:length]))
        if forms:
            return _chosen(forms, list(words[length:])), list(words[length:])
    return None


def _chosen(forms: list[Form], arguments: list[str]) -> Form:
    if len(forms) == 1:
        return forms[0]
    given = {word.partition("=")[0] for word in arguments}
    found = [form for form in forms if any(o.key == form.mode and given & set(o.names) for o in form.declared)]
    if len(found) != 1:
        raise Refused("no option, or more than one, that says what it does")
    return found[0]
