"""Bytes from a terminal as plain text."""

import re

PAGER = re.compile(rb"--More--(?:\x1b\[[0-9;]{0,8}[mK]|[ \r\x08])*\Z")
# A prompt that was answered is wiped out by the device; one that still stands is left, and spoils the answer.
_ERASED = re.compile(
    r"^(?:\x1b\[7m)?--More--(?:\x1b\[(?:27)?m)?(?:\x08+ *\x08*|\r *\r(?!\n)|\r(?!\n)|\x1b\[K)+", re.MULTILINE
)
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\n]*\x07|[()][0-9A-B]|[=>78cDEHM])")
_CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


def clean(raw: bytes) -> str:
    """Text with plain line ends, without answered pager prompts, escape sequences and control characters."""
    text = raw.decode("utf-8", "replace")
    if "--More--" in text:
        text = _ERASED.sub("", text)
    text = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "")
    return text.replace("\x03", "^C").translate(_CONTROL)  # a banner's delimiter, as NX-OS itself shows it
