"""Files of waivers made from an audit, as `auditor waiver` makes them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.waivers import End, Scope, Seen, Waiver, bind, seen_of
from auditor.waivers.form import plain

ASKED, AGREED = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


def failures(audit: Mapping[str, Any]) -> Iterator[Seen]:
    """The failing findings of an audit document."""
    targets = {one["name"]: one for one in audit["targets"]}
    for one in audit["findings"]:
        if one["status"] == "fail":
            yield seen_of(one, targets[one["target"]])


def accepting(name: str, accepted: Iterable[Seen], end: str = "2099-12-31", **changes: Any) -> Waiver:
    """An approved waiver for findings of one rule."""
    found = list(accepted)
    targets = tuple(dict.fromkeys(one.finding.target for one in found))
    why = changes.pop("justification", "Replaced in the next quarter")
    scope = changes.pop("scope", Scope(targets))
    made = Waiver(name, found[0].finding.rule, scope, why, "Web team", ASKED, End(end, "Europe/Paris"), **changes)
    return made.approve("Security office", AGREED, [bind(one) for one in found]) if made.end.at > AGREED else made


def write(path: Path, waivers: Iterable[Waiver]) -> Path:
    """The waivers as a file; JSON is YAML too."""
    path.write_text(json.dumps({"waivers": [plain(one) for one in waivers]}, indent=1))
    return path
