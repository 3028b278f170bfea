"""Secrets of a candidate as the collector redacts them: so that a community of it equals the captured one."""

import re
from collections.abc import Iterator, Sequence

from auditor.changes.candidate import Candidate, File
from auditor.collectors.vsphere.redact import redact_options
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
_OPTION = re.compile(
    r"(?i)(?P<all>(?:(?:-o|--option)[=\s]+|advopt/update\s+|-Name\s+)(?P<quote>[\"']?)(?P<key>[/\w.-]+)(?P=quote)"
    r"(?:\s*\|\s*Set-AdvancedSetting)?\s+(?:(?:-s|--string-value|-value)[=\s]+|string\s+))" + _WORD
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
        files = [_file(one, _yaml(one.lines)) for one in candidate.files]
        data = candidate.data
        if any(one.lines != other.lines for one, other in zip(files, candidate.files, strict=True)):
            from auditor.yamlfile import parse

            data = parse(files[0].text, candidate.name)
        return candidate.with_files(files, data)
    return candidate.with_files([_file(one, _text(one.lines)) for one in candidate.files])


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
    text = _OPTION.sub(_option, text)
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


def _option(found: re.Match[str]) -> str:
    key = found["key"].strip("/").replace("/", ".")
    quote, secret = _quoted(found["value"])
    kept = redact_options({key: secret})[key]
    return found[0] if kept == secret or _open(secret) or parse_token(secret) else f"{found['all']}{quote}{kept}{quote}"


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
