"""Where software comes from (dnf), and who notices that it was changed (AIDE)."""

import re

from auditor.collectors.linux.config import Files, Lines
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.facts.linux import File
from auditor.facts.linux_software import Integrity, PackageManager, Repository

_TRUE = {"1", "yes", "true", "on", "enabled"}  # what libdnf takes for true
_TOOLS = ("auditctl", "auditd", "ausearch", "aureport", "autrace", "augenrules")
_DATABASES = ("/var/lib/aide/aide.db", "/var/lib/aide/aide.db.gz")
_TIMERS = ("dailyaidecheck.timer", "aidecheck.timer")


def repositories(evidence: Evidence, draft: Draft) -> None:
    """package_manager, repositories. Without a dnf.conf there is no dnf."""
    try:
        files = Files(evidence, "repositories")
        present = [path for path in ("/etc/dnf/dnf.conf", "/etc/yum.conf") if files.get(path) is not None]
        texts = files.below("/etc/yum.repos.d", ".repo")
    except Unread as why:
        draft.gap("package_manager", str(why))
        draft.gap("repositories", str(why))
        return
    if not present:
        for name in ("package_manager", "repositories"):
            draft.missing(name, "/etc/dnf/dnf.conf, /etc/yum.conf")
        return
    main = _sections(files.get(present[0]) or []).get("main", {})
    checks = main.get("gpgcheck", "").lower() in _TRUE
    local = main.get("localpkg_gpgcheck", "").lower() in _TRUE
    draft.put("package_manager", PackageManager(checks_signatures=checks, checks_local_packages=local), present[0])
    found: dict[str, Repository] = {}
    for path, lines in texts.items():
        for name, values in _sections(lines).items():
            own = values.get("gpgcheck")
            found[name] = Repository(
                enabled=values.get("enabled", "1").lower() in _TRUE,
                checked=checks if own is None else own.lower() in _TRUE,
            )
            draft.sources[f"repositories[{name}]"] = path
    draft.put("repositories", found, "/etc/yum.repos.d")


def _sections(lines: Lines) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    here: dict[str, str] = {}
    for _, text in lines[:5000]:
        if head := re.match(r"\s*\[([^\]]{1,100})\]", text):
            here = found.setdefault(head[1], {})
        elif "=" in text:
            key, _, value = text.partition("=")
            here[key.strip().lower()] = value.strip()
    return found


def integrity(evidence: Evidence, draft: Draft) -> None:
    """integrity. Without AIDE's package and without a database there is nothing to look at."""
    if "packages" in draft.gaps:
        draft.gap("integrity", draft.gaps["packages"])
        return
    if not {"aide", "aide-common"} & set(draft.facts.get("packages", {})):
        draft.missing("integrity", "no package aide")
        return
    facts: dict[str, object] = {}
    files = draft.facts.get("files", {})
    hidden = [path for path in _DATABASES if f"files[{path}]" in draft.gaps]
    there = [path for path in _DATABASES if isinstance(files.get(path), File) and files[path].empty is False]
    if hidden and not there:
        draft.gap("integrity.database", draft.gaps[f"files[{hidden[0]}]"])
    elif "files" in draft.gaps:
        draft.gap("integrity.database", draft.gaps["files"])
    else:
        facts["database"] = bool(there)
    facts["scheduled_by"] = draft.try_read("integrity.scheduled_by", lambda: _jobs(evidence, draft))
    facts["audit_tools"] = draft.try_read("integrity.audit_tools", lambda: _tools(evidence)) or {}
    draft.put("integrity", Integrity.model_validate(facts), "aide.conf, /var/lib/aide, timers and cron files")


def _jobs(evidence: Evidence, draft: Draft) -> list[str]:
    units = draft.facts.get("units", {})
    jobs = [name for name in _TIMERS if name in units and units[name].starts]
    if jobs:
        return jobs
    if "units" in draft.gaps:
        raise Unread(draft.gaps["units"])
    evidence.text("aide_jobs", ok=(0, 1, 2))
    files = Files(evidence, "aide_jobs")
    for folder in ("/etc/crontab", "/etc/cron.d", "/etc/cron.daily", "/etc/cron.weekly", "/var/spool/cron"):
        for path, lines in ({folder: files.get(folder) or []} | files.below(folder)).items():
            # Debian's dailyaidecheck leaves the work to the timer wherever systemd runs
            if not path.endswith("dailyaidecheck") and any(not text.lstrip().startswith("#") for _, text in lines):
                jobs.append(path)
    return sorted(set(jobs))


def _tools(evidence: Evidence) -> dict[str, bool]:
    evidence.text("aide_conf", ok=(0, 1, 2))
    files = Files(evidence, "aide_conf")
    texts = [files.get("/etc/aide.conf") or [], *files.below("/etc/aide").values()]
    lines = [text.split("#", 1)[0].strip() for whole in texts for _, text in whole]
    groups = {
        found[1]: found[2] for line in lines if (found := re.fullmatch(r"(\w{1,40})\s*=\s*([\w+\s-]{1,400})", line))
    }
    tools, known = dict.fromkeys(_TOOLS, False), dict[str, set[str]]()
    for line in lines:
        found = re.fullmatch(r"=?/(?:usr/)?sbin/(\w+)\$?\s+([\w+-]{1,400})", line)
        if found and found[1] in tools:
            tools[found[1]] = "sha512" in _attributes(found[2], groups, known)
    return tools


def _attributes(text: str, groups: dict[str, str], known: dict[str, set[str]]) -> set[str]:
    """Attributes in a sum of names, groups written out; what stands behind a minus is taken away again."""
    found: set[str] = set()
    for sign, name in re.findall(r"([+-]?)\s*(\w+)", text):
        if name in groups and name not in known:
            known[name] = {name}  # a group that names itself is not followed again
            known[name] = _attributes(groups[name], groups, known)
        names = known.get(name, {name})
        found = found - names if sign == "-" else found | names
    return found
