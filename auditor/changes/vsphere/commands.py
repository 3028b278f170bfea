"""Commands by the forms of the kickstart reader, acting on the evidence of a host that is there."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from auditor.changes.vsphere import network
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.moreforms import CREATES, LEAVES, MORE, OPEN_GRAMMAR
from auditor.changes.vsphere.plan import UNREAD, NoSetter, NotRead, Refusal
from auditor.changes.vsphere.target import seen
from auditor.changes.vsphere.touched import family, meant
from auditor.changes.vsphere.vmkernel import add_nic, nic_of
from auditor.domain import root_of
from auditor.golden.kickstart import catalogue
from auditor.golden.kickstart.draft import PRESENT, Draft, NoFact
from auditor.golden.kickstart.forms import Always, Form, Given, read
from auditor.golden.kickstart.marks import Open, marked
from auditor.golden.kickstart.values import Refused
from auditor.golden.places import place_of
from auditor.rulebook.versions import compare

MAX_LIST = 256  # members of a list that grows line by line
MAX_GUESSES = 100  # searches for what a misspelt command may mean: each takes some milliseconds
_OPEN = "its value is open: no line before it gives one"
_MORE = {(form.words, form.mode): form for form in MORE}
_MORE_WORDS = {tuple(form.words.split()) for form in MORE if not form.mode}


class _All(set[str]):
    """Of a host that is there, the adapters of every switch are known."""

    def __contains__(self, _: object) -> bool:
        return True


class Acting(Draft):
    """What forms write to: a draft whose paths are the evidence of a host."""

    def __init__(self, host: Host) -> None:
        super().__init__(begun=_All())
        self.host = host
        self.creating = ""  # the mapping to which the command adds a member

    def put(self, path: str, value: Any, given: Given | None = None) -> None:
        """Sets a fact. Raises Refusal where the host would refuse."""
        self.changes += 1
        place, is_open = self._named(path, given)
        if is_open:
            self.host.plan.vague(root_of(path), "the name of what it sets is open")
        elif isinstance(value, Open) or (isinstance(value, list) and any(isinstance(one, Open) for one in value)):
            self.host.plan.vague(place, _OPEN)
        elif value is PRESENT:
            self._present(place)
        else:
            if place_of(place) in ("port_groups[*].vswitch", "vmkernel[*].port_group"):
                self._present(place.rpartition(".")[0])
            self.host.put(place, value)

    def add(self, path: str, value: Any, given: Given | None = None) -> None:
        """One member more in a list."""
        place, is_open = self._named(path, given)
        before = None if is_open else self.host.get(place)
        many = value if isinstance(value, list) else [value]
        if before is None or isinstance(value, Open):
            self.put(path, Open("") if isinstance(value, Open) else many, given)
            return
        fresh = [one for one in many if one not in before]
        if len(before) + len(fresh) > MAX_LIST:
            raise Refusal(f"more than {MAX_LIST} members in {place_of(place)}")
        if fresh:
            self.put(path, [*before, *fresh], given)
        else:
            self.changes += 1
            self.host.plan.note(f"{place} has {', '.join(str(one) for one in many)[:80]} already")

    def take(self, path: str, value: Any, given: Given | None = None) -> None:
        """One member fewer in a list. Raises Refusal where it is not there."""
        place, is_open = self._named(path, given)
        before = None if is_open else self.host.get(place)
        self.changes += 1
        if before is None or isinstance(value, Open):
            self.put(path, Open(""), given)
        elif value in before:
            self.put(path, [one for one in before if one != value], given)
        elif place.endswith(".services"):
            self.host.plan.note(f"{place} does not have {value}")
        else:
            raise Refusal(f"{str(value)[:60]!r} is not among {place}")

    def get(self, path: str, given: Given | None = None) -> Any:
        """The value in the evidence."""
        place, is_open = self._named(path, given)
        return None if is_open else self.host.get(place)

    def keys(self, path: str) -> list[str]:
        """Members of a mapping that is a list of port groups or of VMkernel adapters."""
        if path == "vmkernel":
            return [str(one.get("device")) for one in self.host.props.get("config.network.vnic") or ()]
        return [str(seen(one.get("spec")).get("name")) for one in network.all_groups(self.host)]

    def forget(self, path: str, given: Given | None = None) -> None:
        """Back to what is there without a setting of its own: that of the switch, or the default."""
        place, is_open = self._named(path, given)
        self.changes += 1
        if is_open or self.host.plan.doubt:
            self.host.plan.vague(root_of(path), self.host.plan.doubt or "the name of what it sets is open")
        elif place.startswith("advanced["):
            self.host.options.default(place[len("advanced[") : -1])
        elif place.startswith("port_groups["):
            group, _, fact = place[len("port_groups[") :].rpartition("].")
            part = {"security": "security", "teaming": "nicTeaming", "shaping": "shapingPolicy"}.get(fact)
            if part:
                network.inherit(self.host, group, part)

    def remove(self, path: str, given: Given | None = None) -> None:
        """Takes something away. Raises Refusal where it is not there."""
        place, is_open = self._named(path, given)
        self.changes += 1
        if is_open:
            self.host.plan.vague(root_of(path), "the name of what it removes is open")
        else:
            self.host.remove(place)

    def rename(self, place: str, old: Any, new: Any) -> None:
        """A port group has another name."""
        self.changes += 1
        if isinstance(old, Open) or isinstance(new, Open) or self.host.plan.doubt:
            self.host.plan.vague(place, self.host.plan.doubt or _OPEN)
        else:
            network.rename_group(self.host, str(old), str(new))

    def _present(self, place: str) -> None:
        """Raises Refusal for what is not there, where the command does not make it."""
        root, name = root_of(place), place.partition("[")[2].removesuffix("]")
        if root in ("packages", "accounts"):
            self.host.put(place, PRESENT)
        elif self.creating == root or self.host.plan.doubt:
            return
        elif root == "vswitches":
            network.switch_of(self.host, name)
        elif root == "port_groups":
            network.group_of(self.host, name)
        elif root == "vmkernel":
            nic_of(self.host, name)

    def _named(self, path: str, given: Given | None) -> tuple[str, bool]:
        way = self.way(path, given or {})
        return "".join(f"[{n}]" if key else f".{n}" for n, key in way).lstrip("."), any(marked(n) for n, _ in way)


def act(acting: Acting, words: Sequence[str]) -> None:
    """Does what a command says; what the host would refuse, and what nobody knows, goes into its plan."""
    host, plan = acting.host, acting.host.plan
    at = catalogue.normal(list(words))
    try:
        form, arguments = _found(at)
    except Refused as problem:
        plan.refuse(f"{at[0][:40]}: {problem}")
        return
    if form is None:
        unknown(host, at)
        return
    given: Given = {}
    try:
        given = read(form, arguments)
        if late := _not_of(form, host.version):
            raise Refused(late)
        if not form.nothing:
            _follow(acting, form, given)
        for path in LEAVES.get(form.words, ()) if form.nothing else ():
            plan.vague(path, f"what {form.words} leaves here is not foretold")
    except NoFact as problem:
        plan.note(str(problem))
        for path in _left_open(form, str(problem), given):
            plan.vague(path, f"what {form.words} leaves here is not foretold: {problem}")
    except NoSetter as problem:
        plan.vague(str(problem), "where a host keeps this is not known")
    except NotRead as section:
        plan.vague(str(section), UNREAD)
    except Refused as problem:
        known = not str(problem).startswith("an unknown option") or not form.words.startswith(OPEN_GRAMMAR)
        if known:
            plan.refuse(f"{form.words}: {problem}")
        else:
            for path in family(at)[1]:
                plan.vague(path, f"{form.words} has {problem}")
    except Refusal as problem:
        plan.refuse(str(problem), problem.mend)


def _found(at: list[str]) -> tuple[Form | None, list[str]]:
    for length in range(min(len(at), 9), 0, -1):
        if tuple(at[:length]) in _MORE_WORDS:
            return _MORE[" ".join(at[:length]), ""], at[length:]
    known = catalogue.find(at)
    if known is None:
        return None, []
    form, arguments = known
    return _MORE.get((form.words, form.mode), form), arguments


def _left_open(form: Form, reason: str, given: Given) -> Sequence[str]:
    """Facts that a command changes in a way that no form tells."""
    if reason.startswith("a secret"):
        return ("advanced",)
    if form.words == "esxcfg-vswitch" and "pg" in given:
        return [f"port_groups[{given['pg']}].teaming.{part}" for part in ("active", "standby", "uplinks")]
    return () if reason == "the default of the host" else LEAVES.get(form.words, ())


def _not_of(form: Form, version: str) -> str:
    if version and form.since and compare(version, form.since) < 0:
        return f"it came with release {form.since}; this host has {version}"
    if version and form.until and compare(version, form.until) >= 0:
        return f"release {form.until} took it away; this host has {version}"
    return ""


def _follow(acting: Acting, form: Form, given: Given) -> None:
    if form.why:
        raise NoFact(f"{form.words}: {form.why}")
    before = acting.changes
    made = CREATES.get((form.words, form.mode))
    acting.creating = made[0] if made else ""
    if made and not acting.host.plan.doubt:
        _make(acting.host, made, given)
    for path in form.removes:
        acting.remove(path, given)
    for path, value in _given(form.sets, given):
        acting.put(path, value, given)
    for path, value in _given(form.adds, given):
        acting.add(path, value, given)
    for path, value in _given(form.takes, given):
        acting.take(path, value, given)
    if form.apply and not (made and made[0] == "vswitches"):
        form.apply(acting, given)
    if acting.changes == before and not made:
        raise Refused("it sets nothing")


def _given(sources: Any, given: Given) -> list[tuple[str, Any]]:
    return [(path, one.value if isinstance(one, Always) else given[one]) for path, one in sources.items()
            if isinstance(one, Always) or one in given]  # fmt: skip


def _make(host: Host, made: tuple[str, str], given: Given) -> None:
    root, option = made
    name = given.get(option)
    if isinstance(name, Open):
        host.plan.vague(root, "the name of what it makes is open")
    elif root == "vswitches":
        network.add_switch(host, (str(name).partition(":")[0] if option == "add" else str(name),), None)
    elif root == "port_groups":
        network.add_group(host, str(name), str(given.get("vswitch-name", given.get("switch", ""))))
    elif option:
        add_nic(host, str(name), str(given.get("portgroup-name", "")))


def unknown(host: Host, at: Sequence[str]) -> None:
    """A command that no form knows: it touches what its family may touch, or it is misspelt."""
    plan, name = host.plan, at[0][:60]
    if name == "esxcli":
        shown = " ".join(takewhile(lambda word: not word.startswith("-"), at[:9]))[:120]
        if any(word in ("list", "get") for word in at[2:9]):
            return
        guesses = plan.meta.setdefault("guesses", 0)
        if guesses < MAX_GUESSES:
            plan.meta["guesses"] = guesses + 1
            if close := meant(shown):
                plan.refuse(f"{shown}: there is no such command", f"Did you mean `{close}`?")
                return
    which, facts = family(at)
    if facts:
        for path in facts:
            plan.vague(path, f"what `{which or name}` does here is not known", blanket=True)
    else:
        plan.note(f"`{which}` touches no fact that is collected")
