"""sshd_config as sshd walks it: Include lines in their place, Match blocks by the line they begin on."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from auditor.collectors.linux.config import Lines

MAIN, DROPINS = "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d"
POLICY = "/etc/crypto-policies/back-ends/opensshserver.config"
_DEPTH, _STEPS, _WIDTH = 16, 20_000, 4000  # of OpenSSH; ours, so that no pattern meets a line of megabytes
Place = tuple[str, int]


class NotFollowed(Exception):
    """An Include whose files were not read: anything may stand there."""


def walk(texts: Mapping[str, Lines]) -> Iterator[tuple[Place, Place | None, str, str]]:
    """(place, Match block it stands in, key, value) of each line in the order of sshd. Raises NotFollowed."""
    yield from _file(texts, MAIN, None, 0, [_STEPS])


def _file(
    texts: Mapping[str, Lines], path: str, block: Place | None, depth: int, left: list[int]
) -> Iterator[tuple[Place, Place | None, str, str]]:
    for line, text in texts.get(path, []):
        left[0] -= 1
        if depth > _DEPTH or left[0] < 0:
            raise NotFollowed(f"{path}:{line}: files include each other, or there are too many lines")
        key, value = split(text)
        if not key:
            continue
        if key == "include":
            for pattern in value.split():
                for found in _included(texts, pattern.strip('"'), path, line):
                    yield from _file(texts, found, block, depth + 1, left)  # a Match in it ends with it
        elif key == "match":
            block = (path, line)
            yield block, block, key, value
        else:
            yield (path, line), block, key, value


def split(text: str) -> tuple[str, str]:
    """Lower-case key and value of a line, ("", "") of a comment or an empty one."""
    words = re.split(r"\s*=\s*|\s+", text.strip()[:_WIDTH], maxsplit=1)
    key = words[0].lower()
    if not key or key.startswith("#"):
        return "", ""
    value = words[1] if len(words) > 1 else ""
    return key, re.sub(r"\s+#.*$", "", value).strip().strip('"')


def _included(texts: Mapping[str, Lines], pattern: str, path: str, line: int) -> list[str]:
    whole = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
    if whole == POLICY:
        return [POLICY]
    if not whole.startswith(f"{DROPINS}/") or "/" in whole.removeprefix(f"{DROPINS}/"):
        raise NotFollowed(f"{path}:{line}: Include {pattern[:100]} is not followed")
    known = (p for p in texts if p.startswith(f"{DROPINS}/") and "/" not in p.removeprefix(f"{DROPINS}/"))
    return sorted(p for p in known if fnmatchcase(p, whole))
