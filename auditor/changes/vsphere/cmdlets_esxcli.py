"""esxcli by way of PowerCLI: `$esxcli.system.settings.advanced.set.Invoke(@{option = "/UserVars/X"; intvalue = 1})`."""

from collections.abc import Callable, Mapping
from typing import Any

from auditor.changes.vsphere.commands import Acting, act
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.moreforms import MORE
from auditor.changes.vsphere.ps import Call, chosen_host
from auditor.changes.vsphere.selection import OPEN, Chosen, Open
from auditor.changes.vsphere.target import Target
from auditor.changes.vsphere.touched import family
from auditor.golden.kickstart import catalogue
from auditor.golden.kickstart.forms import Form


def _get(call: Call) -> Chosen:
    outer = chosen_host(call)
    return Chosen("esxcli", outer.hit, of=outer)


def invoke(target: Target, chosen: Chosen, way: list[str], arguments: list[Any] | None) -> Any:
    """A command of esxcli that is called, or the empty arguments of one that are made."""
    method = way[-1]
    if method == "createargs":
        return {}
    if method in ("help", "list", "get") or (method == "invoke" and way[-2:-1] in (["list"], ["get"])):
        return OPEN
    if arguments is None or not isinstance(target, Host):
        return chosen
    call = Call(target, "esxi", "esxcli", {}, [], chosen)
    words = ["esxcli", *(way[:-1] if method == "invoke" else way)]
    if not call.hits(chosen, *family(words)[1]):
        return OPEN
    given = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], dict) else None
    form = _form(words)
    if form is None or given is None or any(isinstance(one, Open) for one in given.values()):
        for path in family(words)[1]:
            call.plan.vague(path, "the arguments of this esxcli command are not read")
        return OPEN
    options = {name.strip("-").replace("-", ""): name for option in form.declared for name in option.names}
    for key, value in given.items():
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        if value is not None:
            many = value if isinstance(value, list) else [shown]
            words += [f"{options.get(key, f'--{key}')}={one}" for one in many]
    act(Acting(target), _spelt(form, words))
    return OPEN


def _form(words: list[str]) -> Form | None:
    wanted = " ".join(words).lower()
    for form in (*MORE, *catalogue.FAMILIES["esxcli network"], *catalogue.FAMILIES["esxcli system, software, hardware"],
                 *catalogue.FAMILIES["esxcli storage, iscsi, vsan"]):  # fmt: skip
        if form.words.lower() == wanted:
            return form
    return None


def _spelt(form: Form, words: list[str]) -> list[str]:
    """PowerShell does not mind letter case; the forms do. Flags have no value."""
    flags = {name for option in form.declared if not option.kind for name in option.names}
    rest = []
    for word in words[len(form.words.split()) :]:
        name, _, value = word.partition("=")
        if name in flags:
            rest += [name] if value == "true" else []
        else:
            rest.append(word)
    return [*form.words.split(), *rest]


HANDLERS: Mapping[str, Callable[[Call], Any]] = {"get-esxcli": _get}
