"""A waiver's form as it is typed: what of it goes where in the API's form, and every fault at its field."""

from collections.abc import Mapping
from typing import Any

from auditor.api.problems import ProblemError
from auditor.api.routes.waivers import WaiverForm
from auditor.service import catalogue
from auditor.waivers import End
from auditor.waivers.ends import zone_of
from auditor.web.filling import REFUSED, faults_of, lines_of, pairs_of
from auditor.web.forms import Fields, filled, one

NAMES = {
    "rule": "rule",
    "scope": "targets",
    "targets": "targets",
    "label": "label",
    "source": "source",
    "subject": "subject",
    "justification": "why",
    "ticket": "ticket",
    "expiration_date": "until",
    "zone": "zone",
}


def checked_form(fields: Fields) -> tuple[WaiverForm | None, dict[str, str]]:
    """The API's form, or every fault by its field."""
    faults: dict[str, str] = {}
    zone, until = one(fields, "zone").strip(), one(fields, "until").strip()
    try:
        zone_of(zone)
        End(until, zone)
    except ValueError as problem:
        faults["zone" if "zone" in str(problem) else "until"] = str(problem)[:300]
    if one(fields, "rule").strip() not in catalogue.rules():
        faults["rule"] = "There is no such rule."
    try:
        form = filled(WaiverForm, _asked(fields))
        form.scope.scope()
    except ProblemError as problem:
        return None, {"targets": problem.detail, **faults}
    except REFUSED as problem:
        return None, {**faults_of(problem, NAMES)[1], **faults}
    return (None, faults) if faults else (form, {})


def _asked(fields: Fields) -> Mapping[str, Any]:
    """What was typed, as the API takes it."""
    return {
        "rule": one(fields, "rule").strip(),
        "scope": {
            "targets": lines_of(one(fields, "targets")),
            "label": pairs_of(one(fields, "label")),
            "source": one(fields, "source").strip(),
        },
        "subject": one(fields, "subject") or None,
        "justification": one(fields, "why").strip(),
        "ticket": one(fields, "ticket").strip(),
        "expiration_date": one(fields, "until").strip(),
        "zone": one(fields, "zone").strip(),
    }
