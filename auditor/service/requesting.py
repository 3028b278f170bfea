"""A request for a waiver, out of what a person wrote."""

from dataclasses import replace
from datetime import UTC, datetime

from pydantic import ValidationError

from auditor.errors import InputError
from auditor.waivers import End, Scope, Waiver
from auditor.waivers.form import WaiverForm, plain


def asked(
    ident: str,
    rule: str,
    scope: Scope,
    subject: str | None,
    why: str,
    by: str,
    until: str,
    zone: str,
    ticket: str = "",
) -> Waiver:
    """A request; `ident` "" is given when it is kept. Raises InputError for what a waiver may not be."""
    at = datetime.now(UTC).replace(microsecond=0)
    try:
        made = Waiver(ident or "new", rule, scope, why, by, at, End(until, zone), subject, ticket=ticket)
        checked = WaiverForm.model_validate(plain(made)).waiver()
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{where}: {first['msg']}".removeprefix(": "), mend="Correct it.") from None
    except ValueError as problem:
        raise InputError(str(problem)[:300], mend="Correct its end, or the zone.") from None
    return replace(checked, id=ident)
