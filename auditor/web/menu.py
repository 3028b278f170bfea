"""The menu: what there is to go to for who asks."""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from auditor.access import Permission


class Entry(NamedTuple):
    """A place in the menu, for whoever has the permission somewhere."""

    path: str
    word: str
    needs: Permission


ENTRIES: tuple[Entry, ...] = (
    Entry("/", "Overview", Permission.RESULTS_READ),
    Entry("/runs", "Runs", Permission.RESULTS_READ),
    Entry("/targets", "Targets", Permission.RESULTS_READ),
    Entry("/findings", "Findings", Permission.RESULTS_READ),
    Entry("/drift", "Drift", Permission.RESULTS_READ),
    Entry("/golden", "Golden", Permission.RESULTS_READ),
    Entry("/rules", "Rules", Permission.RESULTS_READ),
    Entry("/waivers", "Waivers", Permission.RESULTS_READ),
    Entry("/changes", "Changes", Permission.RESULTS_READ),
    Entry("/schedules", "Schedules", Permission.RESULTS_READ),
    Entry("/inventory", "Inventory", Permission.RESULTS_READ),
    Entry("/reports", "Reports", Permission.REPORTS_DOWNLOAD),
    Entry("/journal", "Journal", Permission.JOURNAL_READ),
    Entry("/users", "Users", Permission.USERS_READ),
    Entry("/notifications", "Notifications", Permission.SETTINGS_WRITE),
)


def menu(may: AbstractSet[Permission], path: str) -> list[tuple[Entry, bool]]:
    """The entries for these permissions, each with whether `path` lies in it."""
    return [(one, _lies_in(path, one.path)) for one in ENTRIES if one.needs in may]


def _lies_in(path: str, entry: str) -> bool:
    return path == entry or (entry != "/" and path.startswith(f"{entry}/"))
