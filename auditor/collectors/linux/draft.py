"""The snapshot in the making: each section of `read` puts its facts, their sources and its gaps here."""

from collections.abc import Callable
from typing import Any

from auditor.collectors.linux.evidence import Absent, Evidence, Unread

KERNEL = "the kernel belongs to the host of this container or chroot"
NO_SYSTEMD = "systemd does not run here"


class Draft:
    """Facts by their top-level name."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self.sources: dict[str, str] = {}
        self.gaps: dict[str, str] = {}

    def put(self, path: str, value: Any, source: str) -> None:
        """A top-level fact and where it came from."""
        self.facts[path] = value
        self.sources[path] = source

    def missing(self, path: str, source: str) -> None:
        """A top-level fact that was looked for at `source` and is not there."""
        self.sources[path] = source

    def gap(self, path: str, reason: str) -> None:
        """What could not be looked at; the first reason stays."""
        self.gaps.setdefault(path, " ".join(reason.split())[:500])

    def try_read(self, path: str, look: Callable[[], Any]) -> Any:
        """What `look` returns; None when it could not look (a gap at `path`) or the thing is not there (no gap)."""
        try:
            return look()
        except Unread as why:
            self.gap(path, str(why))
        except Absent:
            pass
        return None

    @property
    def shared_kernel(self) -> bool:
        """Whether kernel facts must not be judged here: in a container, or when that could not be told."""
        return self.facts.get("container") is not False


Section = Callable[[Evidence, Draft], None]


def number(text: str) -> int | str:
    """A number where the text is one, else the text with runs of blanks made one."""
    text = " ".join(text.split())
    digits = text[1:] if text[:1] == "-" else text
    return int(text) if digits.isdecimal() and digits.isascii() and len(digits) <= 18 else text[:1000]
