"""From the XML of bulk answers to plain JSON data, by a typed schema per property path.

A generic conversion loses what matters: a list of one becomes a scalar, and `xsi:type` of option values disappears.
Here a schema says what is a list and what is a number. Fields that it does not name are dropped: captures stay small.
"""

import base64
import math
from collections.abc import Callable, Mapping
from typing import Any

NS = "{urn:vim25}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

Decode = Callable[[Any], Any]


def text(e: Any) -> str:
    """xsd:string, enumerations, dates."""
    return e.text or ""


def integer(e: Any) -> int:
    """xsd:int, xsd:long. Raises ValueError, also beyond 64 bits."""
    return _bounded(e.text)


def boolean(e: Any) -> bool:
    """xsd:boolean."""
    value = (e.text or "").strip()
    if value not in ("true", "false", "1", "0"):
        raise ValueError(f"{value[:40]!r} is no boolean")
    return value in ("true", "1")


def reference(e: Any) -> str:
    """The id of a managed object."""
    return e.text or ""


def typed_reference(e: Any) -> dict[str, str]:
    """The id and the type of a managed object."""
    return {"type": e.get("type", ""), "id": e.text or ""}


def octets(e: Any) -> str:
    """ArrayOfByte (one element a byte, signed) or base64, as text; what is no ASCII is replaced."""
    if len(e):
        return bytes(int(b.text) & 0xFF for b in e).decode("ascii", "replace")
    return base64.b64decode(e.text or "").decode("ascii", "replace")


def vlan(e: Any) -> dict[str, Any]:
    """A VmwareDistributedVirtualSwitchVlanSpec: by its type `vlanId` is a number or a list of ranges."""
    out: dict[str, Any] = {"_type": (e.get(XSI_TYPE) or "").rpartition(":")[2], "ranges": []}
    for child in e:
        name = child.tag.rpartition("}")[2]
        if name == "inherited":
            out[name] = boolean(child)
        elif name == "pvlanId":
            out[name] = integer(child)
        elif name == "vlanId" and len(child):
            out["ranges"].append([integer(child.find(NS + "start")), integer(child.find(NS + "end"))])
        elif name == "vlanId":
            out[name] = integer(child)
    return out


def scalar(e: Any) -> bool | int | float | str:
    """xsd:anyType by its `xsi:type`; without one it stays text."""
    kind = (e.get(XSI_TYPE) or "").rpartition(":")[2]
    value = e.text or ""
    if kind in ("int", "long", "short", "byte"):
        return _bounded(value)
    if kind == "boolean":
        return boolean(e)
    if kind in ("double", "float"):
        number = float(value)
        return number if math.isfinite(number) else value
    return value


def _bounded(digits: str) -> int:
    number = int(digits)
    if not -(2**63) <= number < 2**63:
        raise ValueError("a number has more than 64 bits")
    return number


class Record:
    """A data object. A field given as `[kind]` is a list, and an empty list when it is not there.

    With `typed=True` the result holds its `xsi:type` under "_type".
    """

    __slots__ = ("fields", "lists", "names", "typed")

    def __init__(self, typed: bool = False, **fields: Decode | list[Decode]) -> None:
        self.fields, self.typed = fields, typed
        self.lists = tuple(name for name, kind in fields.items() if isinstance(kind, list))
        self.names = {
            NS + name: (name, kind[0] if isinstance(kind, list) else kind, isinstance(kind, list))
            for name, kind in fields.items()
        }

    def __call__(self, e: Any) -> dict[str, Any]:
        out: dict[str, Any] = {name: [] for name in self.lists}
        if self.typed:
            out["_type"] = (e.get(XSI_TYPE) or "").rpartition(":")[2]
        names = self.names
        for child in e:
            found = names.get(child.tag)
            if found is not None:
                name, kind, is_list = found
                if is_list:
                    out[name].append(kind(child))
                else:
                    out[name] = kind(child)
        return out


class Array:
    """A property that is itself an array (`ArrayOf...`)."""

    __slots__ = ("kind",)

    def __init__(self, kind: Decode) -> None:
        self.kind = kind

    def __call__(self, e: Any) -> list[Any]:
        kind = self.kind
        return [kind(child) for child in e]


def options(e: Any) -> dict[str, Any]:
    """An array of OptionValue as a flat map; a value that cannot be read is left out under its key as None."""
    out: dict[str, Any] = {}
    for option in e:
        key, value = option.find(NS + "key"), option.find(NS + "value")
        if key is not None and key.text:
            try:
                out[key.text] = scalar(value) if value is not None else ""
            except ValueError:
                out[key.text] = None
    return out


def content(element: Any, schema: Mapping[str, Decode]) -> dict[str, Any]:
    """One ObjectContent as {"id", "type", "props": {path: data}, "errors": {path: reason}}.

    A path of the schema that is in neither had no value. Raises nothing: what cannot be decoded is its path's error.
    """
    reference_element = element.find(NS + "obj")
    props: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for found in element.iterfind(NS + "propSet"):
        path, value = found.findtext(NS + "name") or "", found.find(NS + "val")
        kind = schema.get(path)
        if kind is None or value is None:
            continue
        try:
            props[path] = kind(value)
        except (ValueError, TypeError, AttributeError) as problem:
            errors[path] = f"{path} could not be decoded: {str(problem)[:120]}"
    for missing in element.iterfind(NS + "missingSet"):
        path = missing.findtext(NS + "path") or ""
        errors[path] = missing_reason(path, missing.find(NS + "fault"))
    identity = reference_element if reference_element is not None else {}
    return {
        "id": (getattr(identity, "text", "") or ""),
        "type": identity.get("type", ""),
        "props": props,
        "errors": errors,
    }


def missing_reason(path: str, localized: Any) -> str:
    """Why the server left `path` out, from the LocalizedMethodFault of a missingSet."""
    fault = localized.find(NS + "fault") if localized is not None else None
    name = ((fault.get(XSI_TYPE) if fault is not None else "") or "").rpartition(":")[2]
    if name == "NoPermission" and fault is not None:
        privilege = fault.findtext(NS + "privilegeId") or "?"
        return f"{path} needs the privilege {privilege} on the object, which the account lacks"
    if name == "InvalidProperty":
        return f"{path} is not known to this version of the API"
    message = (localized.findtext(NS + "localizedMessage") if localized is not None else "") or ""
    return f"{path} was not given: {name or 'no reason'} {message[:160]}".strip()
