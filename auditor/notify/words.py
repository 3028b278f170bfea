"""Names as they may stand in a subject, a header's value or a table: one line, visible, bounded."""

from auditor.reporting.words import visible


def line(text: str, limit: int = 80) -> str:
    """The text on one line with hidden and bidi characters spelled out, at most `limit` characters long."""
    plain = visible(" ".join(text[: 4 * limit].split()))
    return plain if len(plain) <= limit and len(text) <= 4 * limit else plain[: limit - 1] + "…"
