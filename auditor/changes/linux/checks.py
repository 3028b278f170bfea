"""What the host's own tools would refuse, before the window: `sshd -t`, `sysctl -p`, `visudo -c` and their kind."""

import re
from collections.abc import Callable, Sequence

from auditor.changes.linux import sshchecks, sudochecks
from auditor.changes.linux.plan import FileChange, Plan
from auditor.changes.linux.work import Line, Work
from auditor.errors import InputError

Fault = tuple[Line, str, str]  # line, what, mend
_MOST = 200
_AUDIT_OPTIONS = {"-a", "-A", "-D", "-b", "-e", "-f", "-F", "-S", "-k", "-p", "-w", "-W", "-d", "-r", "-C", "-c", "-i",
                  "-q", "-t", "--loginuid-immutable", "--backlog_wait_time", "--reset-lost", "-R"}  # fmt: skip
_PAM = re.compile(r"-?(auth|account|password|session)\s+(\[[^\]]*\]|\S+)\s+(\S+)", re.I)
_ROOTS = r"/(?:etc|run|usr/lib|usr/local/lib|lib)"
_CONTROLS = {"required", "requisite", "sufficient", "optional", "include", "substack"}
_MODPROBE = {"alias", "options", "install", "remove", "blacklist", "softdep", "config", "weakdep"}


def check(work: Work, plan: Plan) -> None:
    """Put each fault of the candidate's own lines into `work.errors`."""
    sshchecks.check(work, plan)
    for change in plan.files.values():
        look = _of(change.path)
        if look is None:
            continue
        lines = change.lines if change.lines is not None else change.added
        for line, what, mend in look(lines)[:_MOST]:
            if line.where:  # what stood there before is not the candidate's
                work.errors.append(InputError(what, where=line.where, mend=mend))
    _cuts(work, plan)


def _of(path: str) -> Callable[[Sequence[Line]], list[Fault]] | None:
    if path == "/etc/sysctl.conf" or re.fullmatch(
        r"/(?:etc|run|usr/lib|usr/local/lib|lib)/sysctl\.d/[^/]+\.conf", path
    ):
        return _sysctl
    if path == "/etc/fstab":
        return _fstab
    if re.fullmatch(r"/etc/audit/(?:rules\.d/[^/]+\.rules|audit\.rules)", path):
        return _audit
    if path == "/etc/sudoers" or re.fullmatch(r"/etc/sudoers\.d/[^/.~]+", path):
        return sudochecks.faults
    if path.startswith("/etc/pam.d/"):
        return _pam
    if re.fullmatch(rf"{_ROOTS}/modprobe\.d/[^/]+\.conf", path):
        return _modprobe
    return None


def _sysctl(lines: Sequence[Line]) -> list[Fault]:
    found: list[Fault] = []
    for line in lines:
        text = line.text.strip()
        if not text or text[0] in "#;":
            continue
        key, equals, value = text.lstrip("-").partition("=")
        if not equals and text[0] != "-":
            found.append((line, "sysctl passes over this line: it has no `=`", "Write key = value."))
        elif equals and not key.strip():
            found.append((line, "no key stands before the `=`", "Write key = value."))
        elif equals and re.search(r"\s", key.strip()):
            found.append((line, f"{key.strip()[:60]!r} is no key of the kernel", "Write key = value."))
        elif equals and not value.strip():
            found.append((line, "no value stands after the `=`", "Write key = value."))
        elif ".." in key.split("/"):
            found.append((line, "this key leads out of /proc/sys", "Write key = value."))
    return found


def _fstab(lines: Sequence[Line]) -> list[Fault]:
    found: list[Fault] = []
    for line in lines:
        fields = line.text.split()
        if not fields or fields[0].startswith("#"):
            continue
        bad = len(fields) < 3 or any(not re.fullmatch(r"\d{1,9}|#.*", f) for f in fields[4:6][: _rest(fields)])
        if bad:
            mend = "A line has source, mount point, type, options, and two numbers."
            found.append((line, "mount passes over this line: it is no line of fstab(5)", mend))
        elif fields[2] != "swap" and not fields[1].startswith("/") and fields[1] not in ("none", "swap"):
            found.append((line, f"{fields[1][:60]!r} is no mount point", "A mount point begins with a slash."))
    return found


def _rest(fields: Sequence[str]) -> int:
    """How many of the two numbers stand before a comment."""
    comments = [n for n, field in enumerate(fields[4:6]) if field.startswith("#")]
    return comments[0] if comments else 2


def _audit(lines: Sequence[Line]) -> list[Fault]:
    found: list[Fault] = []
    for line in lines:
        text = line.text.strip()
        if not text or text[0] == "#":
            continue
        words = text.split()
        options = [w for w in words if w.startswith("-") and not re.fullmatch(r"-\d+", w)]
        unknown = [w for w in options if w not in _AUDIT_OPTIONS and not w.startswith("-F")]
        if words[0] not in _AUDIT_OPTIONS or unknown:
            found.append((line, f"auditctl does not know {(unknown or words)[0][:40]!r} here", "See auditctl(8)."))
            continue
        pairs = dict(zip(words, [*words[1:], ""], strict=True))
        if "-w" in pairs and not pairs["-w"].startswith("/"):
            found.append((line, "a watch is of an absolute path", "Write -w /path."))
        if "-p" in pairs and not re.fullmatch(r"[rwxa]{1,4}", pairs["-p"]):
            found.append((line, f"permissions are of the letters rwxa, not {pairs['-p'][:20]!r}", "Write -p wa."))
        for option in ("-a", "-A"):
            if option in pairs and not _lists(pairs[option]):
                mend = "Write -a always,exit or never,exit."
                found.append((line, f"{pairs[option][:40]!r} is no list with its action", mend))
        if "-e" in pairs and pairs["-e"] not in ("0", "1", "2"):
            found.append((line, "-e takes 0, 1 or 2", "Write -e 2 to lock the rules."))
        for option in ("-b", "-f", "-r"):
            found += [(line, f"{option} takes a number", "See auditctl(8).")] * (not pairs.get(option, "0").isdigit())
        if "-k" in pairs and not 0 < len(pairs["-k"]) <= 31:
            found.append((line, "a key has 1 to 31 characters", "Shorten it."))
        if "-S" in pairs and not {"-a", "-A", "-d"} & pairs.keys():
            found.append((line, "-S stands in a rule that begins with -a", "Write -a always,exit -S ..."))
    return found


def _lists(text: str) -> bool:
    words = set(text.split(","))
    lists = {"task", "exit", "user", "exclude", "filesystem", "io_uring"}
    return len(words) == 2 and bool(words & lists) and bool(words & {"always", "never"})


def _pam(lines: Sequence[Line]) -> list[Fault]:
    found: list[Fault] = []
    held = ""
    for line in lines:
        if line.text.endswith("\\"):
            held += line.text[:-1] + " "
            continue
        text, held = (held + line.text).split("#", 1)[0].strip(), ""
        if not text or re.match(r"@include\s+\S+$", text, re.I):
            continue
        match = _PAM.match(text)
        if match is None:
            found.append((line, "PAM takes this line for a faulty one, and refuses the service", "See pam.conf(5)."))
        elif not match[2].startswith("[") and match[2].lower() not in _CONTROLS:
            found.append((line, f"{match[2][:40]!r} is no control of pam.conf(5)", "See pam.conf(5)."))
    return found


def _modprobe(lines: Sequence[Line]) -> list[Fault]:
    found: list[Fault] = []
    for line in lines:
        words = line.text.split("#", 1)[0].split()
        if not words or line.text.rstrip().endswith("\\"):
            continue
        need = {"blacklist": 2, "install": 3, "alias": 3, "options": 2}.get(words[0], 1)
        if words[0] not in _MODPROBE or len(words) < need:
            found.append((line, f"modprobe passes over this line: {line.text.strip()[:60]!r}", "See modprobe.d(5)."))
    return found


def _cuts(work: Work, plan: Plan) -> None:
    """A last line that goes on in the next one: half a file."""
    for path in ("/etc/sudoers",):
        change: FileChange | None = plan.files.get(path)
        if change and change.lines and change.lines[-1].text.endswith("\\") and change.lines[-1].where:
            work.errors.append(
                InputError(
                    "the file ends in the middle of a line", where=change.lines[-1].where, mend="Give all of it."
                )
            )
