"""How a fact is compared: said once, beside the field, and read by golden profiles, drift and rule mutation alike."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["value", "set", "ordered", "number", "version", "mode", "path", "secret", "ignored", "identity"]


@dataclass(frozen=True, slots=True)
class Compare:
    """Metadata for `Annotated`.

    value: equal as typed. set: order and repeats do not matter. ordered: order matters. number: within `tolerance`
    (in `unit`). version: compared part by part. mode: file permission bits. secret: an HMAC. ignored: never drift.
    identity: per-host by nature (name, address, serial), a customisation in golden profiles.
    `fold` means that letter case does not matter: of the value, or of the keys when the field is a mapping.
    Regular expressions, from the beginning of a key: `skip_keys` are members of a mapping that are runtime state,
    `own_keys` members that are per host by nature.
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
FOLDED_KEYS = Compare(fold=True)
