"""Login sessions: what a shell begins with, and what ends it."""

from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Evidence
from auditor.collectors.linux.sections.shells import limits, logind, path_folders, root_shell, start_files
from auditor.facts.linux_people import Session


def session(evidence: Evidence, draft: Draft) -> None:
    """session: read as text, of what a login shell starts with: a program in those files could still change it all."""
    facts: dict[str, object] = {}
    for look in (start_files, root_shell, logind, limits):
        facts |= look(evidence, draft)
    listed = facts.get("root_path")
    facts |= path_folders(evidence, draft, listed if isinstance(listed, list) else [])
    draft.put("session", Session.model_validate(facts), "/etc/profile and its drop-ins, /etc/login.defs")
    draft.sources |= {
        "session.root_umask": "start files of root",
        "session.root_path": "/etc/login.defs, /etc/environment, /etc/profile, start files of root",
        "session.stop_idle": "logind.conf and its drop-ins",
        "session.max_logins": "/etc/security/limits.conf, limits.d",
    }
