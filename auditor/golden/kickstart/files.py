"""Files that a script writes whole, by `cat` and `echo`, and that stand for facts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auditor.golden.kickstart.draft import Draft, NoFact
from auditor.golden.kickstart.marks import Open, marked
from auditor.golden.kickstart.script import Redirect
from auditor.golden.kickstart.values import Refused

_WORKING = re.compile(r"/(tmp|var/tmp|var/log|dev|scratch|vmfs|var/run)(/|$)")


@dataclass(frozen=True, slots=True)
class File:
    """A file that is known. `read` takes its directives, one list of words each, and whether they were appended."""

    about: str
    read: Callable[[Draft, list[list[str]], bool], None] | None = None
    why: str = ""


def _open(word: str) -> object:
    return Open(word) if marked(word) else word


def _strangers(lines: list[list[str]], known: set[str]) -> None:
    names = sorted({words[0] for words in lines} - known)
    if names:
        shown = ", ".join(name if re.fullmatch(r"[\w-]{1,30}", name) else "?" for name in names[:5])
        raise NoFact(f"other directives of the file are no facts: {shown}")


def _listed(draft: Draft, path: str, members: list[object], *, appended: bool) -> None:
    if appended:
        draft.add(path, members)
    else:
        draft.put(path, members)


def _ntp(draft: Draft, lines: list[list[str]], appended: bool) -> None:
    servers = [_open(words[1]) for words in lines if words[0] == "server" and len(words) > 1]
    if servers or not appended:
        _listed(draft, "time.ntp_servers", servers, appended=appended)
    _strangers(lines, {"server", "restrict", "driftfile"})


def _resolver(draft: Draft, lines: list[list[str]], appended: bool) -> None:
    servers = [_open(words[1]) for words in lines if words[0] == "nameserver" and len(words) > 1]
    search = [_open(word) for words in lines if words[0] == "search" for word in words[1:]]
    for path, members in (("dns.servers", servers), ("dns.search", search)):
        if members:
            _listed(draft, path, members, appended=appended)
    for words in lines:
        if words[0] == "domain" and len(words) == 2:
            draft.put("dns.domain", _open(words[1]))
    _strangers(lines, {"nameserver", "search", "domain"})


def _sshd(draft: Draft, lines: list[list[str]], appended: bool) -> None:
    if appended:
        raise NoFact("what stands earlier in the file wins over what is appended")
    if any(words[0].lower() == "match" for words in lines):
        raise Refused("a part of the file holds only for some")
    for words in reversed(lines):  # the first of two wins
        if len(words) > 1:
            draft.put(f"sshd[{words[0].lower()}]", _open(" ".join(words[1:])))


_EACH_START = "its commands run at each start of the host: they are not read"
_SHOWN = "how a host shows the text of this file is not certain"
FILES = {
    "/etc/ntp.conf": File("`server` lines become time.ntp_servers", _ntp),
    "/etc/resolv.conf": File("name servers, search list and domain", _resolver),
    "/etc/ssh/sshd_config": File("each directive becomes a member of sshd", _sshd),
    "/etc/hosts": File("", why="names in this file are no facts of a host"),
    "/etc/issue": File("", why=_SHOWN),
    "/etc/motd": File("", why=_SHOWN),
    "/etc/vmware/welcome": File("", why=_SHOWN),
    "/etc/rc.local": File("", why=_EACH_START),
    "/etc/rc.local.d/local.sh": File("", why=_EACH_START),
    "/etc/vmware/firewall/service.xml": File("", why="firewall services of one's own do not last: put them in a VIB"),
    "/etc/ssh/keys-root/authorized_keys": File("", why="keys of users are no facts of a host"),
}


def written(words: Sequence[str], redirects: Sequence[Redirect]) -> tuple[str, str, str] | None:
    """(file, sign, text) of a command that writes a file; None when it writes none. Raises Refused."""
    targets = [one for one in redirects if one.sign in (">", ">>", ">|")]
    body = next((one.body for one in redirects if one.sign in ("<<", "<<-")), None)
    name, arguments = (words[0], list(words[1:])) if words else (":", [])
    if name == "tee" and arguments and body is not None:
        appended = arguments[0] in ("-a", "--append")
        files = arguments[1:] if appended else arguments
        if len(files) != 1:
            raise Refused("more than one file")
        return files[0], ">>" if appended else ">", body
    if not targets or _WORKING.match(targets[-1].target) or targets[-1].target.startswith(("&", "1", "2")):
        return None
    target, sign = targets[-1].target, targets[-1].sign.replace("|", "")
    if name == "cat" and body is not None and not arguments:
        return target, sign, body
    if name == "echo":
        return target, sign, _echoed(arguments)
    if name == ":" and not arguments:
        return target, sign, ""
    if target in FILES or target.startswith("/etc/"):
        raise Refused("it writes a file in a way that is not read")
    return None


def _echoed(arguments: list[str]) -> str:
    escapes = False
    while arguments and re.fullmatch(r"-[neE]+", arguments[0]):
        escapes = escapes or "e" in arguments[0]
        arguments = arguments[1:]
    text = " ".join(arguments)
    return (text.replace("\\n", "\n").replace("\\t", "\t") if escapes else text) + "\n"


def write(draft: Draft, target: str, sign: str, text: str) -> None:
    """Takes the facts of a file's text. Raises Refused, NoFact."""
    file = FILES.get(target)
    if file is None:
        raise Refused("it writes a file that is not known")
    if file.read is None:
        raise NoFact(file.why)
    lines = [words for line in text.split("\n") if (words := line.split()) and not words[0].startswith("#")]
    if any(marked(words[0]) for words in lines):
        raise Refused("a line of the file is open")
    file.read(draft, lines, sign == ">>")
