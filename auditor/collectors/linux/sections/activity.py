"""Who did what, from the logs of sudo and auditd. Only where the source says `activity: true`."""

from datetime import UTC, datetime

from auditor.collectors import deeds
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.logs import AUDIT, FILES, JOURNAL, Said, audited, sudo_calls
from auditor.collectors.linux.wanted import SUDO_COMMANDS
from auditor.facts.activity import Activity

_READERS = {"adm", "systemd-journal"}


def activity(evidence: Evidence, draft: Draft) -> None:
    """The fact `activity`; nothing where the logs were not asked for."""
    if not evidence.has("log_reader"):
        return
    groups, _, zone = evidence.out("log_reader").strip().rpartition("\n")
    now = datetime.fromtimestamp(int(evidence.meta.get("now", "0")), UTC)
    names = {row[2]: row[0] for row in (line.split(":") for line in evidence.out("passwd").split("\n")) if len(row) > 3}
    found: list[Said] = []
    begins: list[float] = []
    read, why = [], []
    for key in (JOURNAL, *FILES, AUDIT):
        try:
            if key == JOURNAL and not (evidence.root or evidence.sudo or _READERS & set(groups.split())):
                raise Unread("the journal shows entries of others only to root and the groups adm and systemd-journal")
            text = evidence.text(key)
        except (Unread, Absent) as reason:
            if "No such file" not in str(reason):
                why.append(f"{key.removeprefix('log_')}: {reason}")
            continue
        said, first = audited(text) if key == AUDIT else sudo_calls(text, now, zone)
        if first is None:
            why.append(f"{key.removeprefix('log_')}: nothing in it")
            continue
        read.append(SUDO_COMMANDS[key].rpartition(" ")[2] if key != JOURNAL else "journalctl")
        begins.append(first)
        found += said
    if not read:
        draft.gap("activity", "; ".join(why) or "the host keeps no log of sudo or auditd")
        return
    plain = [deeds.deed(one.at, _named(one.who, names), one.what, one.thing) for one in found]
    draft.put("activity", Activity.model_validate(deeds.activity(plain, min(begins))), ", ".join(read))


def _named(who: str, names: dict[str, str]) -> str:
    return names.get(who[1:], who) if who.startswith("#") else who
