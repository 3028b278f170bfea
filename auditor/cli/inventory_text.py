"""What `auditor inventory` prints. Names come from elsewhere: they are shown on one line, bounded, without controls."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from auditor.cli.output import as_json as print_json
from auditor.cli.output import one_line, table
from auditor.errors import InputError

if TYPE_CHECKING:
    from auditor.inventory.importers.apply import Opened
    from auditor.inventory.importers.compare import Difference
    from auditor.inventory.importers.entry import Entry
    from auditor.store.gone import Gone


def show_difference(difference: "Difference", *, applied: bool, removed: bool, as_json: bool) -> None:
    """Additions, changes and disappearances, and what the import names that can be no source."""
    if as_json:
        print_json(_data(difference, applied=applied, removed=removed))
        return
    for entry in difference.added:
        _line("+", entry.name, _told(entry))
    for changed in difference.changed:
        for change in changed.changes:
            _line("~", changed.name, f"{change.key}: {_shown(change.before)} -> {_shown(change.after)}")
    for name in difference.gone:
        said = "taken out" if applied and removed else "not in the import any more; it stays"
        _line("-", name, said)
    for one in difference.left_out:
        _line("!", one.name, f"left out: {one.reason}")
    counts = (
        f"{len(difference.added)} new, {len(difference.changed)} changed, {len(difference.gone)} gone, "
        f"{difference.same} the same, {len(difference.left_out)} left out"
    )
    done = "written" if applied and not difference.empty else "nothing was written"
    sys.stdout.write(f"{one_line(difference.origin)}: {counts}; {done}\n")
    if difference.gone and not (applied and removed):
        sys.stdout.write("next: --apply --remove-gone takes out what is gone\n")


def _line(mark: str, name: str, said: str) -> None:
    sys.stdout.write(f"{mark} {one_line(name, 100)}  {one_line(said, 400)}\n")


def _told(entry: "Entry") -> str:
    address = f"{entry.address or '(this machine)'}{f' port {entry.port}' if entry.port else ''}"
    labels = " ".join(f"{key}={value}" for key, value in entry.labels.items())
    return "  ".join(part for part in (entry.kind, address, entry.credential or "", labels) if part)


def _shown(value: str | int | None) -> str:
    return "(none)" if value is None else str(value)


def _data(difference: "Difference", *, applied: bool, removed: bool) -> dict[str, Any]:
    return {
        "origin": difference.origin,
        "applied": applied,
        "removed": bool(applied and removed),
        "added": [
            {
                "name": one.name,
                "kind": one.kind,
                "address": one.address,
                "port": one.port,
                "credential": one.credential,
                "labels": dict(one.labels),
            }
            for one in difference.added
        ],
        "changed": [
            {
                "name": one.name,
                "changes": [{"key": c.key, "before": c.before, "after": c.after} for c in one.changes],
            }
            for one in difference.changed
        ],
        "gone": list(difference.gone),
        "same": difference.same,
        "left_out": [{"name": one.name, "reason": one.reason} for one in difference.left_out],
    }


def show_sources(inventory: "Opened", format_: str) -> None:
    """The sources of an inventory. Raises InputError for an unknown format."""
    if format_ == "csv":
        from auditor.inventory.importers.csvfile import written

        sys.stdout.write(written(inventory.sources))
    elif format_ == "json":
        keys = ("name", "kind", "address", "port", "credential", "labels")
        print_json([{key: getattr(one, key) for key in keys} for one in inventory.sources])
    elif format_ == "text":
        rows = [
            (
                one.name,
                one.kind,
                one.address or "-",
                one.credential or "-",
                " ".join(f"{key}={value}" for key, value in one.labels.items()) or "-",
            )
            for one in inventory.sources
        ]
        table(("name", "kind", "address", "credential", "labels"), rows)
    else:
        raise InputError(f"unknown format {format_[:20]!r}", mend="Known: text, json, csv.")


def show_gone(found: "Sequence[Gone]", machines: int, *, as_json: bool) -> None:
    """Targets that are gone, each with when it was last read and what was found then."""
    if as_json:
        print_json([one.as_dict() for one in found])
        return
    if found:
        rows = [
            (
                one.name,
                one.platform,
                one.source,
                f"{one.last_seen:%Y-%m-%d %H:%M} UTC",
                ", ".join(f"{count} {word}" for word, count in one.counts.items() if count) or "-",
                one.reason,
            )
            for one in found
        ]
        table(("target", "platform", "source", "last seen", "found then", "why"), rows)
        sys.stdout.write("next: auditor inventory retire SOURCE/TARGET --reason '...' confirms that it is meant\n")
    else:
        sys.stdout.write("nothing is gone\n")
    if machines:
        sys.stdout.write(f"and {machines} virtual machines: --vms lists them\n")
