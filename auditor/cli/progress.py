"""A live line per source for people; silent when nobody watches."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from auditor.runners import Collected

if TYPE_CHECKING:
    from rich.table import Table

_SHOWN = 20  # lines at most; the rest is counted


class LiveProgress:
    """Draws one line per source on a terminal: name, stage, counts, seconds. Everywhere else it says nothing."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(stderr=True)
        self._rows: dict[str, tuple[Collected, str, float]] = {}
        self._live = Live(console=self._console, refresh_per_second=8, transient=True, get_renderable=self._draw)
        self._on = self._console.is_terminal and sys.stderr.isatty()

    def __enter__(self) -> Self:
        if self._on:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._on:
            self._live.stop()

    def update(self, collected: Collected, stage: str) -> None:
        """Note what a source is doing."""
        name = collected.source.name
        begun = self._rows[name][2] if name in self._rows and self._rows[name][1] != "waiting" else time.monotonic()
        self._rows[name] = (collected, stage, begun)

    def _draw(self) -> "Table":
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        rows = sorted(self._rows.values(), key=lambda row: (row[1] == "done", row[0].source.name))
        for collected, stage, begun in rows[:_SHOWN]:
            spent = collected.seconds if stage == "done" else 0.0 if stage == "waiting" else time.monotonic() - begun
            counts = f"{len(collected.captures)} read" + (
                f", {len(collected.failures)} lost" if collected.failures else ""
            )
            cells = (collected.source.name, collected.source.kind, stage, counts, f"{spent:.1f} s")
            table.add_row(*(Text(cell) for cell in cells))
        if len(rows) > _SHOWN:
            table.add_row(Text(f"and {len(rows) - _SHOWN} more"))
        return table
