"""Secrets of a candidate as the collector redacts them: so that a community of it equals the captured one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from auditor.changes.candidate import Candidate, File
from auditor.collectors.vsphere.redact import redact_options
from auditor.collectors.vsphere.redact_vm import redact_extra_config
from auditor.evidence.redaction import parse_token, redactor

_GAP = r"(?:[=\s\\`]+|=)"
_WORD = r"""(?P<value>"[^"\n]*"|'[^'\n]*'|[^\s;|&"']+)"""
_LONG = re.compile(
    r"(?i)(?P<head>(?:--(?:password(?:-confirmation)?|secret|authname-secret|esx|license)|"
    r"-(?:\w*password|pwd|passphrase|secret|licensekey|chappassword|mutualchappassword|key))" + _GAP + ")" + _WORD
)
_SECURE = re.compile(r"(?i)(?P<head>ConvertTo-SecureString\s+(?:-String\s+)?)" + _WORD)
_CONTEXT = (  # words of a command, and its options that hold a secret
    (re.compile(r"\bsystem\s+account\s+(?:add|set)\b"), r"-[pc]"),
    (re.compile(r"\bsnmp\s+set\b"), r"-[cuRv]|--(?:communities|users|remote-users|v3targets)"),
    (re.compile(r"\bchap\s+set\b"), r"-S"),
    (re.compile(r"\bvimsvc/license\b"), r"--set"),
    (re.compile(r"(?i)\bSet-VMHostSnmp\b"), r"(?i:-(?:ReadOnlyCommunity|TrapTargetCommunity))"),
)
_TARGETS = re.compile(r"(?P<head>(?:-t|--targets)" + _GAP + ")" + _WORD)
_LINES = (  # the secret is a word of the line
    re.compile(r"(?m)^(?P<head>\s*rootpw\s+(?:--iscrypted\s+)?)" + _WORD),
    re.compile(r"(?m)^(?P<head>\s*(?:vm)?serialnum\s+--esx=)" + _WORD),
    re.compile(r"(?P<head>\bdomainjoin-cli\s+join\s+\S+\s+\S+\s+)" + _WORD),
)
_KEYS = re.compile(
    r"(?i)(?:-o|--option|advopt/update|-Name|\boption|\bname)[=\s]+[\"']?(?P<key>/?[A-Za-z][\w-]*(?:[/.][\w-]+)*)"
)
_MACHINE = re.compile(r"(?i)\bGet-VM\b|\$vms?\b")
_VALUES = (  # where the value of an option stands, when its name says that it is a secret
    re.compile(r"(?i)(?P<head>(?<!\S)(?:-s|--string-value|-Value)" + _GAP + ")" + _WORD),
    re.compile(r"(?i)(?P<head>\bstring-?value\s*=\s*)" + _WORD),
    re.compile(r"(?i)(?P<head>advopt/update\s+\S+\s+string\s+)" + _WORD),
)
_URL = re.compile(r"(?P<head>\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@]{1,100}:)(?P<value>[^\s@/]{1,200})(?=@)")
_YAML = re.compile(
    r"""(?P<head>^\s*["']?(?P<key>[\w./-]+)["']?\s*:\s+)(?P<value>"[^"]*"|'[^']*'|[^\s#{\[|>&*!][^#\n]*?)(?P<tail>\s*(?:#.*)?)$"""
)
_COMMUNITIES = re.compile(r"""(?P<head>^\s*["']?communities["']?\s*:\s*\[)(?P<value>[^\]]*)(?P<tail>\].*)$""")
_ITEM = re.compile(r"""(?P<head>^\s*-\s+)(?P<value>"[^"]*"|'[^']*'|[^\s#]+)(?P<tail>\s*(?:#.*)?)$""")


def clean(candidate: Candidate) -> Candidate:
    """The candidate with each secret replaced by its token; that many lines as before."""
    if candidate.kind in ("yaml", "golden"):
        from auditor.yamlfile import parse

        lines, data = _yaml(candidate.only.lines), candidate.data
        for _ in range(2):  # what stands in braces is not seen line by line
            if tuple(lines) != candidate.only.lines:
                data = parse("".join(f"{line}\n" for line in lines), candidate.name)
            left = {one for one in _left(data.data, "") if not parse_token(one) and not one.startswith("$")}
            lines = _without(lines, left)
        return candidate.with_files([_file(candidate.only, lines)], data)
    return candidate.with_files([_file(one, _text(one.lines)) for one in candidate.files])


def _left(data: object, key: str, machine: bool = False) -> Iterator[str]:
    """Secrets in parsed YAML: communities, and values whose key says so."""
    if isinstance(data, dict):
        for name, below in data.items():
            yield from _left(below, str(name), machine or (not key and name == "vm"))
    elif isinstance(data, list):
        for below in data:
            yield from _left(below, key, machine)
    elif key == "communities" and isinstance(data, str | int):
        yield str(data)
    elif isinstance(data, str) and data:
        if key and _is_secret(key, machine):
            yield data
        yield from (found["value"] for found in _URL.finditer(data))


def _without(lines: Sequence[str], secrets: Iterable[str]) -> list[str]:
    """The lines with these words replaced wherever they stand; a token is a plain word of YAML."""
    out = list(lines)
    for secret in sorted(secrets, key=len, reverse=True)[:200]:
        pattern, token = re.compile(rf"(?<![\w.-]){re.escape(secret)}(?![\w.-])"), _token(secret)
        out = [pattern.sub(token, line) if secret in line else line for line in out]
    return out


def _file(file: File, lines: Sequence[str]) -> File:
    from dataclasses import replace

    return file if tuple(lines) == file.lines else replace(file, lines=tuple(lines))


def _text(lines: Sequence[str]) -> list[str]:
    return [line for chunk in _logical(lines) for line in _command(chunk).split("\n")]


def _logical(lines: Sequence[str]) -> Iterator[str]:
    """Lines with those that continue them."""
    held: list[str] = []
    for line in lines:
        held.append(line)
        if not line.endswith(("\\", "`", "|")) or len(held) > 200:
            yield "\n".join(held)
            held = []
    if held:
        yield "\n".join(held)


def _command(text: str) -> str:
    if len(text) > 200_000:
        return text[:200_000]
    text = _URL.sub(lambda found: found["head"] + _token(found["value"]), text)
    text = _LONG.sub(_replaced, text)
    text = _SECURE.sub(_replaced, text)
    for pattern in _LINES:
        text = pattern.sub(_replaced, text)
    of_machine = _MACHINE.search(text) is not None
    if any(_is_secret(found["key"].strip("/").replace("/", "."), of_machine) for found in _KEYS.finditer(text)):
        for pattern in _VALUES:
            text = pattern.sub(_replaced, text)
    for words, options in _CONTEXT:
        if words.search(text):
            text = re.sub(f"(?P<head>(?<!\\S)(?:{options}){_GAP}){_WORD}", _listed, text)
            if "snmp" in words.pattern:
                text = _TARGETS.sub(_targets, text)
    return text


def _token(secret: str) -> str:
    return secret if parse_token(secret) or not secret else str(redactor().token(secret))


def _open(secret: str) -> bool:
    return secret.startswith(("$", "`", "@@", "{{", "(")) or not secret


def _quoted(value: str, make: "re.Pattern[str] | None" = None) -> tuple[str, str]:
    """(quote, text) of a word; one without quotes gets some, for a token holds a semicolon."""
    return (value[0], value[1:-1]) if value[:1] in "\"'" and len(value) > 1 else ("'", value)


def _replaced(found: re.Match[str]) -> str:
    quote, secret = _quoted(found["value"])
    return found[0] if _open(secret) else f"{found['head']}{quote}{_token(secret)}{quote}"


def _listed(found: re.Match[str]) -> str:
    quote, text = _quoted(found["value"])
    return (
        found[0] if _open(text) else f"{found['head']}{quote}{','.join(_token(one) for one in text.split(','))}{quote}"
    )


def _targets(found: re.Match[str]) -> str:
    quote, text = _quoted(found["value"])
    parts = [one.partition("/") for one in text.split(",")]
    return f"{found['head']}{quote}{','.join(a + slash + _token(c) for a, slash, c in parts)}{quote}"


@lru_cache(2048)
def _is_secret(key: str, machine: bool = False) -> bool:
    """Whether an option holds a secret by its name; those of a machine are judged by the collector of machines."""
    redact = redact_extra_config if machine else redact_options
    return redact({key: "x"})[key] != "x"


def _yaml(lines: Sequence[str]) -> list[str]:
    out, inside = [], -1
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if (
            inside >= 0
            and line.strip()
            and (indent < inside or (indent == inside and not line.lstrip().startswith("-")))
        ):
            inside = -1
        if found := _COMMUNITIES.match(line):
            many = ", ".join(f'"{_token(_quoted(one.strip())[1])}"' for one in found["value"].split(",") if one.strip())
            line = f"{found['head']}{many}{found['tail']}"
        elif re.match(r"""\s*["']?communities["']?\s*:\s*(#.*)?$""", line):
            inside = indent
        elif inside >= 0 and (item := _ITEM.match(line)):
            line = f'{item["head"]}"{_token(_quoted(item["value"])[1])}"{item["tail"]}'
        elif pair := _YAML.match(line):
            secret = _quoted(pair["value"])[1]
            kept = redact_options({pair["key"]: secret})[pair["key"]]
            if kept != secret and not parse_token(secret) and not secret.startswith("$"):
                line = f'{pair["head"]}"{kept}"{pair["tail"]}'
        out.append(line)
    return out
