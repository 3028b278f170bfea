"""Small pieces of Markdown that the generated pages are made of."""

from collections.abc import Sequence


def cell(text: object) -> str:
    """Text that stays within its cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table; cells are ready text."""
    lines = ["| " + " | ".join(row) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def plain(text: object) -> str:
    """Text in a paragraph: on one line, nothing in it taken for markup."""
    out = " ".join(str(text).split())
    for mark in ("\\", "<", "*", "_", "[", "]", "`"):
        out = out.replace(mark, "\\" + mark)
    return out
