"""A value of sshd_config as `sshd -T` would print it."""

import re
import shlex
from collections.abc import Sequence
from fnmatch import fnmatchcase

from auditor.changes.linux.sshwords import CHOICES, JOINED, LISTS, NUMBERS, ONE_EACH, PATHS, REST, TIMES, seconds

_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class Unknown(Exception):
    """A value whose printed form is not known to us, though sshd may take it."""


def words(value: str) -> list[str]:
    """The arguments of a line, quotes taken off; raises ValueError for a quote without its other half."""
    return shlex.split(value, comments=False, posix=True)


def printed(key: str, values: Sequence[str], default: Sequence[str]) -> list[str]:
    """The values of the lines that `sshd -T` prints for a keyword whose lines have these arguments, in order.

    `default` is what it prints where nothing sets it. Raises Unknown.
    """
    first = values[0] if values else ""
    try:
        parts = words(first)
        if key in ONE_EACH:
            return [word for value in values for word in words(value)]
    except ValueError:
        raise Unknown(f"{key}: a quote without its other half") from None
    if not parts:
        raise Unknown(f"{key} without a value")
    word = parts[0]
    if "hmac:" in first:
        raise Unknown(f"{key}: the capture keeps a token in place of a word of this line")
    if key in CHOICES:
        if (found := CHOICES[key].get(word.lower())) is None:
            raise Unknown(f"{key} {word[:40]}")
        return [found]
    if key in TIMES:
        if (span := seconds(word)) is None:
            raise Unknown(f"{key} {word[:40]}")
        return [str(span)]
    if key in NUMBERS:
        if not re.fullmatch(r"\d{1,9}", word):
            raise Unknown(f"{key} {word[:40]}")
        return [str(int(word))]
    if key in LISTS:
        return [_algorithms(key, word, default)]
    if key in JOINED:
        return [" ".join(parts)]
    if key in PATHS:
        return ["none" if word.lower() == "none" else word]
    if key in REST:
        return [first.strip()]
    return [_other(key, parts)]


def _algorithms(key: str, word: str, default: Sequence[str]) -> str:
    if word[:1] not in "+-^":
        return word
    if not default:
        raise Unknown(f"{key}: what {word[:1]} changes is the built-in list, which the capture does not show")
    known, asked = default[0].split(","), word[1:].split(",")
    if word[0] == "-":
        left = [one for one in known if not any(fnmatchcase(one, pattern) for pattern in asked)]
        return ",".join(left)
    if any("*" in one or "?" in one for one in asked):
        raise Unknown(f"{key}: patterns stand for algorithms that the capture does not show")
    if word[0] == "+":
        return ",".join([*known, *(one for one in asked if one not in known)])
    return ",".join([*asked, *(one for one in known if one not in asked)])


def _other(key: str, parts: list[str]) -> str:
    if key == "maxstartups" and (found := re.fullmatch(r"(\d{1,6}):(\d{1,3}):(\d{1,6})", parts[0])):
        return ":".join(str(int(part)) for part in found.groups())
    if key == "rekeylimit":
        size = re.fullmatch(r"(\d{1,9})([KMG]?)", parts[0], re.I)
        span = "0" if len(parts) == 1 or parts[1].lower() == "none" else seconds(parts[1])
        limit = 0 if parts[0].lower() == "default" else int(size[1]) * _SIZES[size[2].upper()] if size else None
        if span is not None and limit is not None:
            return f"{limit} {span}"
    if key == "subsystem":
        return " ".join(parts)
    if key in ("permituserenvironment", "logverbose", "persourcemaxstartups"):
        return parts[0]
    raise Unknown(f"how `sshd -T` prints {key} is not modelled")
