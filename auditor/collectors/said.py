"""Words of a device, made fit to stand in a reason: one line, no more than a person reads, nothing that acts."""


def said(text: str, limit: int = 400) -> str:
    """At most `limit` characters of `text`; what is not printable, writing direction included, becomes a blank."""
    line = "".join(c if c.isprintable() else " " for c in text[: limit * 4])
    return " ".join(line.split())[:limit]
