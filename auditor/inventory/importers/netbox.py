"""What NetBox lists as devices and virtual machines (the answers of its REST API, as JSON) becomes sources."""

from collections.abc import Iterator
from typing import Any

import orjson

from auditor.errors import InputError
from auditor.inventory.importers.entry import Entry, Imported, LeftOut, imported, short, source_name
from auditor.inventory.importers.mapping import IGNORE, Mapping

FIELDS = {"site": "site", "role": "role", "tenant": "tenant", "platform": "platform"}  # to labels of these names
NOT_THERE = ("planned", "inventory", "decommissioning")
DEFAULT_KINDS = (  # beginnings of a platform's slug
    (("vmware-esxi", "esxi"), "esxi"),
    (("vmware-vcenter", "vcenter", "vcsa"), "vcenter"),
    (("nexus-1000v", "nexus1000v", "cisco-nexus-1000v"), "nexus1000v"),
    (("nx-os", "nxos", "cisco-nx-os", "cisco-nxos"), "nxos"),
    (("linux", "debian", "ubuntu", "rhel", "red-hat", "redhat", "centos", "rocky", "alma", "oracle-linux"), "linux"),
    (("sles", "suse", "opensuse", "fedora"), "linux"),
)


def read_netbox(text: str, file: str, origin: str, mapping: Mapping) -> Imported:
    """The sources of a JSON file: a list of devices, `{results: [...]}`, or `{devices: ..., virtual_machines: ...}`.

    Raises InputError or InputErrors.
    """
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        line = text.count("\n", 0, problem.pos) + 1
        raise InputError(f"not valid JSON: {problem.msg}", where=f"{file}:{line}", mend="Export it again.") from None
    return netbox_sources(list(_records(data, file)), file, origin, mapping)


def netbox_sources(records: list[Any], where: str, origin: str, mapping: Mapping) -> Imported:
    """The sources of what the API listed. Raises InputError or InputErrors naming the record."""
    fields = FIELDS if mapping.labels is None else mapping.labels
    entries: list[Entry] = []
    left_out: list[LeftOut] = []
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise InputError(f"record {number} is no device", where=where, mend="Export devices or virtual machines.")
        name = record.get("name")
        if not isinstance(name, str) or not name.strip():
            left_out.append(LeftOut(f"(record {number})", "it has no name"))
        elif isinstance(found := _source(record, name, where, mapping, fields), str):
            left_out.append(LeftOut(name, found))
        else:
            entries.append(found)
    return imported(origin, entries, left_out, fields.values())


def _source(record: dict[str, Any], name: str, where: str, mapping: Mapping, fields: dict[str, str]) -> Entry | str:
    """The entry of a record, or why it is left out."""
    status = _slug(record.get("status"))
    if status in NOT_THERE:
        return f"its status is {status}"
    slugs = {key: _slug(record.get(key)) for key in ("platform", "role", "device_role", "device_type")}
    kind = next((mapping.kinds[slug] for slug in slugs.values() if slug in mapping.kinds), "") or _default(slugs)
    if kind == IGNORE:
        return "it is to be ignored"
    if not kind:
        return (
            f"its platform {short(slugs['platform'])} is not known; map it under `kinds:`"
            if slugs["platform"]
            else ("it has no platform; map its role or device type under `kinds:`")
        )
    address = _address(record)
    if not address:
        return "it has no primary address"
    labels = {label: value for field, label in fields.items() if (value := _slug(_field(record, field)))}
    at = f"{where}: {short(name)}"
    try:
        return Entry(source_name(name), kind, address, labels=labels)
    except InputError as fault:
        raise InputError(fault.what, where=at, mend=fault.mend) from None


def _records(data: Any, file: str) -> Iterator[Any]:
    if isinstance(data, list):
        yield from data
        return
    if isinstance(data, dict):
        if isinstance(data.get("results"), list):
            if data.get("next"):
                mend = "Export all pages (`?limit=0`), or give the URL of NetBox itself."
                raise InputError("this is only the first page of a list", where=file, mend=mend)
            yield from data["results"]
            return
        parts = [data[key] for key in ("devices", "virtual_machines", "virtual-machines") if key in data]
        if parts:
            for part in parts:
                yield from _records(part, file)
            return
    mend = "Give a list of devices, {results: [...]}, or {devices: ..., virtual_machines: ...}."
    raise InputError("this is no list of devices", where=file, mend=mend)


def _field(record: dict[str, Any], field: str) -> Any:
    if field == "role":  # before NetBox 4 a device's role was called device_role
        return record.get("role") or record.get("device_role")
    if field.startswith("cf."):
        custom = record.get("custom_fields")
        return custom.get(field[3:]) if isinstance(custom, dict) else None
    return record.get(field)


def _slug(value: Any) -> str:
    """The short name of a nested object; `value` of a choice."""
    if isinstance(value, dict):
        value = value.get("slug") or value.get("value") or value.get("name")
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return "".join(c if c.isprintable() else "?" for c in text)[:200].strip()


def _default(slugs: dict[str, str]) -> str:
    slug = slugs["platform"].lower()
    return next((kind for begins, kind in DEFAULT_KINDS if slug.startswith(begins)), "")


def _address(record: dict[str, Any]) -> str:
    for key in ("primary_ip", "primary_ip4", "primary_ip6"):
        found = record.get(key)
        if isinstance(found, dict) and isinstance(found.get("address"), str):
            return str(found["address"]).partition("/")[0].strip()
    return ""
