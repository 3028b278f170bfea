"""What `ansible-playbook --check --diff` says with the json callback: files before and after, units, packages."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.linux.places import EVERYTHING, facts_of, told_by_tools
from auditor.changes.linux.plan import Attributes, FileChange, PackageChange, Plan, UnitChange
from auditor.changes.linux.units import full_name
from auditor.changes.linux.work import Line, Work
from auditor.errors import InputError

_TEXT = {"template", "copy", "lineinfile", "blockinfile", "replace", "assemble", "ini_file", "pamd", "pam_limits",
         "sysctl", "modprobe", "known_hosts", "cron", "mount", "file", "unarchive", "get_url"}  # fmt: skip
_UNITS = {"service", "systemd", "systemd_service", "sysvinit"}
_PACKAGES = {"apt", "package", "dnf", "dnf5", "yum", "zypper"}
_PEOPLE = {"user", "group", "authorized_key", "htpasswd"}
_QUIET = {"debug", "assert", "setup", "gather_facts", "set_fact", "meta", "include_tasks", "import_tasks", "fail",
          "pause", "wait_for", "stat", "slurp", "add_host", "group_by", "include_role", "include_vars"}  # fmt: skip
_PATH = re.compile(r"(/[^\s()]+(?: [^\s()]+)*?)(?: \((?:content|file attributes)\))?$")
_STATES = {"present": True, "installed": True, "latest": True, "build-dep": True, "fixed": True,
           "absent": False, "removed": False}  # fmt: skip
_TASKS = 20_000
Map = Mapping[str, Any]


def hosts_of(data: Any) -> set[str]:
    """The hosts that a play speaks of."""
    return {str(host) for _, _, results in _tasks(data) for host in results}


def chosen(data: Any, names: set[str]) -> str | None:
    """Which of its hosts is this target; None where none is. One host alone is taken to be it."""
    hosts = hosts_of(data)
    short = {name.partition(".")[0] for name in names}
    found = sorted(h for h in hosts if h in names or h.partition(".")[0] in short)
    if found:
        return found[0]
    return next(iter(hosts)) if len(hosts) == 1 else None


def of_ansible(work: Work, candidate: Candidate, host: str) -> Plan:
    """Changed tasks of one host. Tasks without a diff that nobody can place are gaps."""
    plan = Plan()
    names = {host, work.old.meta.get("hostname", "")} - {""}
    mine = chosen(candidate.data, names)
    if mine is None:
        told = ", ".join(sorted(hosts_of(candidate.data))[:10]) or "none"
        work.errors.append(
            InputError(
                f"this play speaks of other hosts than {host}: {told}",
                where=candidate.name,
                mend="Limit the play to the host (--limit), or name the target as Ansible does.",
            )
        )
        return plan
    for number, name, results in _tasks(candidate.data):
        result = results.get(mine)
        if not isinstance(result, Mapping):
            continue
        where = f"{candidate.name}: task {number} ({name[:80]})"
        if result.get("failed") or result.get("unreachable"):
            work.errors.append(
                InputError(
                    f"task {number} ({name[:80]}) fails on {mine} in check mode: {str(result.get('msg', ''))[:200]}",
                    where=candidate.name,
                    mend="Mend the play first.",
                )
            )
            continue
        if not result.get("changed"):
            continue
        items = result.get("results")
        for one in [r for r in items if isinstance(r, Mapping)] if isinstance(items, list) else [result]:
            if one.get("changed"):
                _task(work, plan, one, result, where)
    return plan


def _tasks(data: Any) -> Iterator[tuple[int, str, Map]]:
    number = 0
    plays = data.get("plays") if isinstance(data, Mapping) else None
    for play in plays if isinstance(plays, list) else []:
        tasks = play.get("tasks") if isinstance(play, Mapping) else None
        for task in tasks if isinstance(tasks, list) else []:
            number += 1
            if number > _TASKS or not isinstance(task, Mapping) or not isinstance(task.get("hosts"), Mapping):
                continue
            about = task.get("task")
            yield number, str(about.get("name", "")) if isinstance(about, Mapping) else "", task["hosts"]


def _task(work: Work, plan: Plan, one: Map, whole: Map, where: str) -> None:
    module = str(one.get("action") or whole.get("action") or "").rsplit(".", 1)[-1]
    invocation = one.get("invocation")
    args = invocation.get("module_args") if isinstance(invocation, Mapping) else None
    args = args if isinstance(args, Mapping) else {}
    if module in _UNITS or (not module and "enabled" in args and "daemon_reload" in args):
        _unit(work, plan, args, where)
    elif module in _PACKAGES:
        _packages(work, plan, args, where)
    elif module in _PEOPLE:
        for fact in ("accounts", "groups", "account_checks", "sshd.contexts"):
            work.gap(fact, where, f"changes by the module {module} are not followed")
    elif module not in _QUIET:
        _files(work, plan, one, args, module, where)


def _unit(work: Work, plan: Plan, args: Map, where: str) -> None:
    name = str(args.get("name") or args.get("service") or "")
    if not name:
        if not args.get("daemon_reload"):
            work.gap("units", where, "the play does not say which unit it changes")
        return
    state = str(args.get("state") or "")
    active = {"started": True, "restarted": None, "reloaded": None, "stopped": False}.get(state)
    switches = {key: args[key] for key in ("enabled", "masked") if isinstance(args.get(key), bool)}
    shown = ", ".join(f"{k}: {str(v).lower()}" for k, v in (("state", state), *switches.items()) if v != "")
    if active is None and not switches:
        work.remark(where, f"{name} is {state or 'reloaded'}: no fact is read from that")
        return
    plan.units.append(UnitChange(full_name(name), where, f"{name}: {shown}", active=active, **switches))


def _packages(work: Work, plan: Plan, args: Map, where: str) -> None:
    named = args.get("name") or args.get("pkg") or args.get("package") or []
    names = [str(n) for n in named] if isinstance(named, list) else str(named).split(",")
    present = _STATES.get(str(args.get("state") or "present"))
    names = [name.strip() for name in names if name.strip()]
    if not names or present is None or args.get("upgrade") not in (None, "no", False) or args.get("autoremove"):
        for fact in ("packages", "units", "listeners"):
            work.gap(fact, where, "the play does not name the packages that it changes")
        return
    for name in names[:1000]:
        bare, _, version = name.partition("=")
        if re.search(r"[/*:@]", bare):
            work.gap("packages", where, f"which package {bare[:60]!r} is does not show")
            continue
        plan.packages.append(PackageChange(bare, present, where, f"{name}: {args.get('state') or 'present'}", version))


def _files(work: Work, plan: Plan, one: Map, args: Map, module: str, where: str) -> None:
    diffs = one.get("diff")
    listed = [d for d in (diffs if isinstance(diffs, list) else [diffs]) if isinstance(d, Mapping)]
    path = next((p for p in (_headed(d) for d in listed) if p), "") or _argument(args)
    followed = False
    for diff in listed:
        before, after = diff.get("before"), diff.get("after")
        target = _headed(diff) or path
        if isinstance(before, str) and isinstance(after, str) and (before or after) and target:
            _text(plan, target, before, after, args, where)
            followed = True
        elif isinstance(after, Mapping) and (after.get("state") == "absent") and target:
            plan.files[target] = FileChange(target, where, removed=True)
            followed = True
        elif isinstance(after, Mapping) and target:
            _attributes(plan, after, target, where)
            followed = True
    if followed:
        return
    if module == "sysctl" and args.get("name"):
        _sysctl(work, plan, args, where)
    elif path and (facts_of(path) or told_by_tools(path)[0]):
        for fact in (*facts_of(path), *told_by_tools(path)[0], f"files[{path}]"):
            work.gap(fact, where, f"the play changes {path} and shows no diff of it")
    elif path:
        work.gap(f"files[{path}]", where, f"the play changes {path} and shows no diff of it")
    else:
        for fact in EVERYTHING:
            work.gap(fact, where, f"what the module {module or '(not named)'} changes here is not known")


def _headed(diff: Map) -> str:
    """The path on the target: a copy's own file stands in the second head, on the machine that runs the play."""
    for key in ("before_header", "after_header"):
        found = _PATH.match(str(diff.get(key) or ""))
        if found and "/.ansible/tmp/" not in found[1] and "/ansible-local-" not in found[1]:
            return re.sub(r"/+", "/", found[1])
    after = diff.get("after")
    return str(after["path"]) if isinstance(after, Mapping) and isinstance(after.get("path"), str) else ""


def _argument(args: Map) -> str:
    found = next(
        (args[k] for k in ("dest", "path", "sysctl_file", "destfile", "name") if isinstance(args.get(k), str)), ""
    )
    return found if found.startswith("/") and ".." not in found.split("/") else ""


def _text(plan: Plan, path: str, before: str, after: str, args: Map, where: str) -> None:
    olds = set(before.splitlines())
    lines = [Line(text, "" if text in olds else where) for text in after.splitlines()]
    news = {line.text for line in lines}
    known = plan.files.get(path)
    plan.files[path] = FileChange(
        path,
        where,
        lines,
        created=(not before) or None,
        added=[line for line in lines if line.where],
        taken=[Line(text, where) for text in before.splitlines() if text not in news],
        mode=_word(args, "mode") or (known.mode if known else ""),
        owner=_word(args, "owner") or (known.owner if known else ""),
        group=_word(args, "group") or (known.group if known else ""),
    )


def _word(args: Map, key: str) -> str:
    value = args.get(key)
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if re.fullmatch(r"[\w.-]{1,60}", text) else ""


def _attributes(plan: Plan, after: Map, path: str, where: str) -> None:
    told = Attributes(path, where, _word(after, "mode"), _word(after, "owner"), _word(after, "group"))
    if told.mode or told.owner or told.group:
        plan.attributes.append(told)


def _sysctl(work: Work, plan: Plan, args: Map, where: str) -> None:
    """The module shows no diff: it puts one line into its file, in place of one for the same key."""
    path, key = str(args.get("sysctl_file") or "/etc/sysctl.conf"), str(args["name"]).strip()
    held = work.files("sysctl_text").get(path)
    listed = path in re.sub("/+", "/", work.out("sysctl_files")).splitlines()
    old = [text for _, text in held or ()]
    known = plan.files.get(path)
    lines = list(known.lines or ()) if known else [Line(text) for text in old]
    wanted = f"{key}={args.get('value')}"
    mine = [n for n, line in enumerate(lines) if line.text.split("#")[0].partition("=")[0].strip() == key]
    if str(args.get("state") or "present") == "absent":
        lines = [line for n, line in enumerate(lines) if n not in mine]
    elif mine:
        lines[mine[-1]] = Line(wanted, where)
    else:
        lines.append(Line(wanted, where))
    created = None if held or listed else True
    plan.files[path] = FileChange(path, where, lines, created=created, added=[ln for ln in lines if ln.where])
