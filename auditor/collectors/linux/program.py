"""The one program that runs on the host: `program.sh` with the names it asks for written above it."""

from functools import cache
from importlib.resources import files
from shlex import quote

from auditor.collectors.linux.wanted import AUDIT_CONF, CONF, FILES, MODULES, ROOT_FILES, UNITS


@cache
def program(become: str = "", *, activity: bool = False) -> bytes:
    """Text for the standard input of `sh -s`. `become` is "" or "sudo": exact `sudo -n` lines for what needs root.

    With `activity` the logs are read that tell who did what.
    """
    named = {"BECOME": become, "UNITS": " ".join(UNITS), "FILES": "\n".join(FILES), "MODULES": " ".join(MODULES)}
    named |= {"ROOT_FILES": " ".join(ROOT_FILES), "CONF": " ".join(CONF), "AUDIT_CONF": " ".join(AUDIT_CONF)}
    named["ACTIVITY"] = "yes" if activity else ""
    head = "".join(f"{name}={quote(value)}\n" for name, value in named.items())
    return (head + files(__package__).joinpath("program.sh").read_text()).encode()
