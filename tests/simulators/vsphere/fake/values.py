"""pyVmomi objects out of plain JSON values: the type says how each value is read."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pyVmomi

_api: Any = pyVmomi  # its types are made at run time
vim, vmodl, support = _api.vim, _api.vmodl, _api.VmomiSupport


def build(kind: Any, value: Any) -> Any:
    """An object of a pyVmomi type out of a dict, list or scalar; keys the type has not are an error."""
    if issubclass(kind, support.Array):
        return kind([build(kind.Item, item) for item in value])
    if issubclass(kind, support.DataObject):
        out = kind()
        for key, item in value.items():
            setattr(out, key, build(kind._GetPropertyInfo(key).type, item))
        return out
    return kind(value)


def options(table: dict[str, Any]) -> list[Any]:
    """OptionValues sorted by key; integers are 64 bit."""
    return [option(key, table[key]) for key in sorted(table)]


def option(key: str, value: Any) -> Any:
    """One OptionValue."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = support.long(value)
    return vim.option.OptionValue(key=key, value=value)


def placeholders(name: str, number: int) -> dict[str, str]:
    """What stands for each {{...}} of good_host.json; data.go of the Go simulator does the same."""
    short, _, domain = name.partition(".")
    digits = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()[:32]

    def mac(kind: int, index: int) -> str:
        return f"02:{kind:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}:{index:02x}"

    return {
        "n": str(number),
        "name": name,
        "short": short,
        "domain": domain,
        "serial": f"SN{number:06d}",
        "uuid": f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}",
        "scratch": f"{digits[:8]}-{digits[8:16]}-{digits[16:20]}-{digits[20:32]}",
        "naa": f"6{digits[:15]}",
        "bus0": f"{0x18 + number % 16:02x}",
        "bus1": f"{0x3B + number % 16:02x}",
        "ip0": f"10.10.{number // 250}.{number % 250 + 1}",
        "ip1": f"10.20.{number // 250}.{number % 250 + 1}",
        "vmk0": mac(0x50, 0),
        "vmk1": mac(0x50, 1),
        **{f"mac{i}": mac(0x10, i) for i in range(4)},
    }


def complete(value: Any) -> Any:
    """Fill what the API demands and our data leave out with the empty value of its type; returns `value`."""
    if isinstance(value, list):
        for item in value:
            complete(item)
    elif isinstance(value, support.DataObject):
        for info in type(value)._GetPropertyList():
            present, demanded = getattr(value, info.name), not info.flags & support.F_OPTIONAL
            if demanded and not present and issubclass(info.type, support.Array):
                setattr(value, info.name, info.type([complete(info.type.Item())]))
            elif demanded and present is None and not issubclass(info.type, support.ManagedObject):
                setattr(value, info.name, _empty(info.type))
            elif present is not None:
                complete(present)
    return value


def _empty(kind: Any) -> Any:
    if kind is datetime:
        return datetime.now(UTC)
    if issubclass(kind, support.Enum):
        return kind.values[0]
    return complete(kind())
