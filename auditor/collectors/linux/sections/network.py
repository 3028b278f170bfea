"""Sockets that wait for peers, and radio interfaces."""

import re

from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux_records import Listener

_LIMIT = 2000


def listeners(evidence: Evidence, draft: Draft) -> None:
    """listeners. Names of programs show to root only."""
    try:
        text = evidence.text("listeners")
    except (Unread, Absent) as why:
        draft.gap("listeners", str(why))
        return
    named = ""
    reason = "names of programs need root"
    if evidence.root or evidence.sudo:
        try:
            named = evidence.text("listeners_p")
        except (Unread, Absent) as why:
            reason = str(why)
    found: dict[str, Listener] = {}
    lines = (named or text).splitlines()
    if len(lines) > _LIMIT:
        draft.gap("listeners", f"more than {_LIMIT} sockets listen: they were not looked at one by one")
        return
    for line in lines:
        fields = line.split(None, 6)
        if len(fields) < 6 or not (at := re.fullmatch(r"(.*):(\d+)", fields[4])):
            continue
        address = at[1].strip("[]").split("%")[0]
        program = re.search(r'\(\("([^"]{1,60})"', fields[6]) if len(fields) > 6 else None
        key = f"{fields[0]} {at[1].strip('[]')} {at[2]}"[:120]
        loopback = address.startswith(("127.", "::ffff:127.")) or address == "::1"
        found[key] = Listener(
            protocol=fields[0],
            address=address,
            port=int(at[2]),
            loopback=loopback,
            process=program[1] if program else None,
        )
        if not named:
            draft.gap(f"listeners[{key}].process", reason)
    draft.put("listeners", found, "ss -tulpn" if named else "ss -tuln")


def wireless(evidence: Evidence, draft: Draft) -> None:
    """wireless: interfaces that the kernel shows a radio of, up or down."""
    text = draft.try_read("wireless", lambda: evidence.text("wireless"))
    if text is not None:
        names = {found[1] for line in text.splitlines() if (found := re.match(r"/sys/class/net/([^/]{1,30})/", line))}
        draft.put("wireless", sorted(names)[:100], "/sys/class/net")
