"""Kernel parameters after `sysctl --system`: what files then set, and what the kernel makes of it."""

import json
import re
from collections.abc import Iterator, Mapping

from auditor.changes.linux.kernelkeys import EITHER, settable, stands
from auditor.changes.linux.plan import FileChange, Plan
from auditor.changes.linux.work import Work
from auditor.collectors.linux.draft import number
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.collectors.linux.sections.sysctl import Persisted, dotted, persisted

_FOLDERS = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")
_MAIN = "/etc/sysctl.conf"
_ADDRESSES = ("links", "identity.forward", "identity.forward_agrees", "identity.addresses", "identity.fqdn",
              "identity.qualified", "listeners")  # fmt: skip
_EITHER_KEY = re.compile(rf"net\.ipv4\.conf\.([^.]+)\.({'|'.join(EITHER)})")
Values = dict[str, int | str]


def apply(work: Work, plan: Plan, old: Evidence) -> None:
    """Set what `sysctl --system` would set. `old` is the evidence before the change."""
    changes = [c for c in plan.below(*_FOLDERS, _MAIN) if c.path.endswith(".conf")]
    if not changes or not work.ok("sysctl"):
        return
    work.remark(changes[0].where, "it is assumed that `sysctl --system` is run after it: values change now, too")
    try:
        before, after = persisted(old), persisted(work.evidence())
    except Unread as why:
        work.gap("sysctl", changes[0].where, f"what files set could not be read: {why}")
        return
    places = {f"{c.path}:{n}": line.where for c in changes for n, line in enumerate(c.lines or (), 1) if line.where}
    runtime = _runtime(work)
    _Setting(work, runtime, places, changes).run(before, after)


class _Setting:
    """One run of `sysctl --system`."""

    def __init__(self, work: Work, runtime: Values, places: Mapping[str, str], changes: list[FileChange]) -> None:
        self.work, self.now, self.places, self.changes = work, runtime, places, changes
        self.where = changes[0].where
        self.mixed = _mixed(work)

    def run(self, before: Persisted, after: Persisted) -> None:
        """Change the records of /proc/sys as the kernel would."""
        wanted = {key: pin for key in self.now if (pin := _last(after, key)) is not None}
        for key in self.mixed & self.now.keys():
            self._gap(key, self.where, "one file sets it and another takes it out of the patterns")
        self._reasons(before, after)
        order = _order(after)
        begun = dict(self.now)
        forwarded = self._forwarding(wanted, order)
        for key, (value, place) in sorted(wanted.items(), key=lambda one: order.get(one[0], 0)):
            if key not in forwarded:
                self._set(key, value, place)
        self._defaults(begun)
        for key in (k for k in after.explicit if k not in self.now and after.explicit[k]):
            if before.explicit.get(key) != after.explicit[key]:
                at = self._place(after.explicit[key])
                self.work.remark(at, f"this kernel has no {key} now: it is set once the kernel has it")
        self._write(begun)

    def _place(self, assignment: tuple[str, str] | None) -> str:
        return self.places.get(assignment[1], self.where) if assignment else self.where

    def _reasons(self, before: Persisted, after: Persisted) -> None:
        for key in sorted({*self.now, *before.explicit, *after.explicit}):
            was, will = before.of(key), after.of(key)
            if (was and was[0]) != (will and will[0]) or (was and was[1]) != (will and will[1]):
                text = f"{key} = {will[0]}" if will else ""
                self.work.because(f"sysctl[{key}]", self._place(will), text, "" if will else "no file sets it any more")
                for fact in _derived(key):
                    self.work.because(fact, self._place(will), text)

    def _set(self, key: str, value: str, place: str) -> None:
        if key in self.mixed:
            self._gap(
                key, self.places.get(place, self.where), "one file sets it and another takes it out of the patterns"
            )
            return
        wanted, now = number(value), self.now[key]
        if wanted == now:
            return
        where = self.places.get(place, "")
        said = settable(key, now, wanted)
        if said == "":
            self.now[key] = wanted
            self.work.because(f"sysctl[{key}].runtime", where or self.where, f"{key} = {value}")
            for fact in _derived(key):
                self.work.because(fact, where or self.where, f"{key} = {value}")
            if key == "net.ipv6.conf.all.disable_ipv6" or re.fullmatch(r"net\.ipv6\.conf\.[^.]+\.disable_ipv6", key):
                self._ipv6(key, wanted, where or self.where)
            return
        self._gap(key, where or self.where, said)

    def _gap(self, key: str, where: str, reason: str) -> None:
        for name in ("runtime", "agrees", "contradicted"):
            self.work.gap(f"sysctl[{key}].{name}", where, reason)
        for fact in _derived(key):
            self.work.gap(fact, where, reason)

    def _ipv6(self, key: str, wanted: int | str, where: str) -> None:
        """Written to `all` it reaches `default` and each interface; with it go or come the addresses."""
        if ".conf.all." in key:
            for other in [k for k in self.now if re.fullmatch(r"net\.ipv6\.conf\.[^.]+\.disable_ipv6", k)]:
                self.now[other] = wanted
                self.work.because(f"sysctl[{other}]", where, f"{key} = {wanted}", "it is taken along")
                for fact in _derived(other):
                    self.work.because(fact, where, f"{key} = {wanted}", "it is taken along")
        for fact in _ADDRESSES:
            self.work.gap(fact, where, "addresses of IPv6 come and go with this key")

    def _forwarding(self, wanted: Mapping[str, tuple[str, str]], order: Mapping[str, int]) -> set[str]:
        """net.ipv4.ip_forward and what it takes along: the kernel's inet_forward_change. Keys that it settled."""
        done: set[str] = set()
        for protocol, names in (("ipv4", ("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding")),
                                ("ipv6", ("net.ipv6.conf.all.forwarding",))):  # fmt: skip
            asked = [name for name in names if name in wanted]
            if not asked:
                continue
            last = max(asked, key=lambda name: order.get(name, 0))
            value, now = number(wanted[last][0]), self.now.get(names[-1])
            if len({wanted[name][0] for name in asked}) > 1 or value not in (0, 1):
                for name in names:
                    self._gap(name, self.where, "two keys for one thing, or a value that is no switch")
                done |= {*names}
                continue
            if value == now:
                continue
            dependent = [k for k in self.now if re.fullmatch(rf"net\.{protocol}\.conf\.[^.]+\.forwarding", k)]
            effects: Values = dict.fromkeys([*dependent, *names], value)
            if protocol == "ipv4" and "net.ipv4.conf.all.accept_redirects" in self.now:
                effects["net.ipv4.conf.all.accept_redirects"] = 0 if value else 1
            for key, effect in effects.items():
                if key in wanted and key not in names and number(wanted[key][0]) != effect:
                    if order.get(key, 0) < order.get(last, 0):
                        self._gap(key, self.where, f"{last} is set after it, and takes it along")
                        done.add(key)
                    continue
                if key in self.now and self.now[key] != effect:
                    self.now[key] = effect
                    where = self.places.get(wanted[last][1], self.where)
                    self.work.because(f"sysctl[{key}].runtime", where, f"{last} = {value}", "it is taken along")
                    for fact in _derived(key):
                        self.work.because(fact, where, f"{last} = {value}", "it is taken along")
        return done

    def _defaults(self, begun: Values) -> None:
        """net.ipv4.conf.default reaches interfaces that nobody has set: those with an address count as set."""
        addressed = _addressed(self.work)
        for key, value in list(self.now.items()):
            found = re.fullmatch(r"net\.ipv4\.conf\.default\.(\w+)", key)
            if not found or value == begun[key] or found[1] == "forwarding":
                continue
            for other in self.now:
                mine = re.fullmatch(rf"net\.ipv4\.conf\.([^.]+)\.{found[1]}", other)
                if not mine or mine[1] in ("all", "default", *addressed):
                    continue
                if begun[other] == begun[key] == self.now[other] != value:
                    self._gap(other, self.where, f"{key} reaches it unless it was set by itself")

    def _write(self, begun: Values) -> None:
        """The records of /proc/sys with the new values."""
        changed = {key: value for key, value in self.now.items() if begun[key] != value}
        for record in ("sysctl", "sysctl_net"):
            lines, seen = [], set[str]()
            for line in self.work.out(record).split("\n"):
                path, colon, _ = line.partition(":")
                key = dotted(path[10:]) if colon and path.startswith("/proc/sys/") else ""
                if key not in changed:
                    lines.append(line)
                elif key not in seen:
                    seen.add(key)
                    lines.append(f"{path}:{changed[key]}")
            self.work.set_out(record, "\n".join(lines))


def _runtime(work: Work) -> Values:
    found: dict[str, list[str]] = {}
    for record in ("sysctl", "sysctl_net"):
        for line in work.out(record).split("\n"):
            path, colon, value = line.partition(":")
            if colon and path.startswith("/proc/sys/"):
                found.setdefault(dotted(path[10:]), []).append(value)
    return {key: number(" ".join(values)) for key, values in found.items()}


def _mixed(work: Work) -> set[str]:
    """Keys that are set and, by `-key`, left alone: the boot leaves them alone then, `sysctl --system` does not."""
    said: tuple[set[str], set[str]] = (set(), set())
    for lines in work.files("sysctl_text").values():
        for _, text in lines:
            bare = text.strip()
            if bare and bare[0] not in "#;":
                key, equals, _ = bare.lstrip("-").partition("=")
                said[bool(equals)].add(re.sub("[./]", ".", key.strip()))
    return {key for key in said[0] & said[1] if key}


def _last(pins: Persisted, key: str) -> tuple[str, str] | None:
    """What `sysctl --system` sets: /etc/sysctl.conf once more at the end."""
    return pins.last.get(key) or pins.of(key)


def _order(pins: Persisted) -> dict[str, int]:
    """Keys by when they are set for the last time, as near as the files tell."""
    order = {key: n for n, key in enumerate(k for k, pin in pins.explicit.items() if pin)}
    return order | {key: len(order) + n for n, key in enumerate(pins.last)}


def _derived(key: str) -> Iterator[str]:
    """Facts of interfaces, and of buffers, that a parameter decides with others."""
    if key in ("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"):
        yield "tcp"
    if key == "kernel.core_pattern":
        yield "core_dumps"
    found = re.fullmatch(r"net\.ipv([46])\.conf\.([^.]+)\.(\w+)", key)
    if not found or found[2] == "default":
        if key == "net.ipv6.conf.default.disable_ipv6":
            yield "ipv6"
        return
    where = "interfaces" if found[2] == "all" else f"interfaces[{found[2]}]"
    if (found[1] == "4" and (found[3] in stands() or _EITHER_KEY.fullmatch(key))) or (
        found[1] == "6" and found[2] != "all"
    ):
        yield where
    if found[3] == "disable_ipv6":
        yield "ipv6"


def _addressed(work: Work) -> set[str]:
    """Interfaces with an IPv4 address: the kernel marks all their parameters as set."""
    try:
        items = json.loads(work.out("ip") or "[]")
    except (ValueError, RecursionError):
        return set()
    return {
        str(item.get("ifname"))
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
        and any(isinstance(a, dict) and a.get("family") == "inet" for a in item.get("addr_info") or [])
    }
