"""How a fact is compared: said once, beside the field, and read by golden profiles, drift and rule mutation alike."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["value", "set", "ordered", "number", "version", "mode", "path", "secret", "ignored", "identity", "aside"]


@dataclass(frozen=True, slots=True)
class Compare:
    """Metadata for `Annotated`; `ignored`, `identity` and `aside` may stand beside another kind.

    value: equal as typed. set: order and repeats do not matter. ordered: order matters. number: within `tolerance`
    (in `unit`). version: compared part by part. mode: file permission bits. secret: an HMAC. ignored: never drift.
    identity: per-host by nature (name, address, serial), a customisation in golden profiles. aside: it follows from
    other facts, or is state of the moment: compared only where a golden profile names it.
    `fold` means that letter case does not matter: of the value, or of the keys when the field is a mapping.
    Regular expressions, from the beginning of a key: `skip_keys` are members of a mapping that are runtime state,
    `own_keys` members that are per host by nature. With a `unit` a golden profile may write `15min` or `2GiB`.
    """

    kind: Kind = "value"
    fold: bool = False
    tolerance: float = 0.0
    unit: str = ""
    skip_keys: str = ""
    own_keys: str = ""


AS_SET = Compare("set")
ORDERED = Compare("ordered")
VERSION = Compare("version")
MODE = Compare("mode")
SECRET = Compare("secret")
IGNORED = Compare("ignored")
IDENTITY = Compare("identity")
DERIVED = Compare("aside")  # it follows from other facts
STATE = Compare("aside")  # it is so at this moment
SECONDS = Compare("number", unit="s")
MILLISECONDS = Compare("number", unit="ms")
MINUTES = Compare("number", unit="min")
DAYS = Compare("number", unit="d")
BYTES = Compare("number", unit="B")
MEBIBYTES = Compare("number", unit="MiB")
FOLDED_KEYS = Compare(fold=True)
