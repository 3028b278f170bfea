"""Secrets of channels: named where they stand, read when a message goes out, kept nowhere."""

import os
import re
from pathlib import Path

from auditor.errors import InputError

MAX_BYTES = 65_536
PREFIX = "AUDITOR_NOTIFY_"  # of variables: a channel cannot be told to send off the database's password
_FORM = re.compile(rf"env:{PREFIX}[A-Z0-9_]{{1,100}}|file:/[^\x00]{{1,1000}}", re.ASCII)


def is_reference(text: str) -> bool:
    """Whether it names a secret: `env:AUDITOR_NOTIFY_NAME` or `file:/PATH`."""
    return _FORM.fullmatch(text) is not None and text.isprintable()


def read(reference: str) -> str:
    """The secret that it names. Raises InputError, which never holds the secret."""
    if not is_reference(reference):
        mend = f"Write env:{PREFIX}NAME, or file:/PATH with the whole path."
        raise InputError("this names no secret", mend=mend)
    kind, _, name = reference.partition(":")
    if kind == "env":
        if not (text := os.environ.get(name, "")):
            raise InputError(f"the environment variable {name} is not set", mend="Set it where the service runs.")
        return text
    try:
        with Path(name).open("rb") as file:
            text = file.read(MAX_BYTES).decode("utf-8").strip("\r\n")
    except (OSError, ValueError) as problem:  # ValueError: not UTF-8
        why = getattr(problem, "strerror", None) or "not text"
        raise InputError(f"the secret cannot be read: {why}", where=name, mend="Correct the path.") from None
    if not text:
        raise InputError("the secret's file is empty", where=name, mend="Write the secret into it.")
    return text
