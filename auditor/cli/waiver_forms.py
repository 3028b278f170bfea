"""From what a person types to a waiver, and from waivers to what is printed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import orjson
import typer
from pydantic import ValidationError

from auditor.cli.output import one_line, table
from auditor.domain import Status
from auditor.errors import InputError
from auditor.service.accepting import bound_now
from auditor.store import blobs, runs, waivers
from auditor.store.engine import Store, now
from auditor.waivers import Bound, End, Scope, Waiver, bind, seen_of
from auditor.waivers.ends import SOON
from auditor.waivers.form import WaiverForm, plain

STATES = ("requested", "approved", "lapsed", "expired", "rejected", "revoked")


def known_rule(rule: str) -> None:
    """Raises InputError for a rule that no baseline has, with a near one."""
    from auditor.library import load_baselines

    known = {one.id for loaded in load_baselines().values() for one in loaded.baseline.rules}
    if rule not in known:
        near = get_close_matches(rule, known, 1)
        mend = f"Did you mean {near[0]!r}?" if near else "`auditor rules list` names them."
        raise InputError(f"no rule is called {rule[:200]!r}", mend=mend)


def scope_of(targets: Sequence[str] | None, label: str | None, source: str | None) -> Scope:
    """The scope that the options name. Raises InputError unless it is exactly one."""
    if sum(map(bool, (targets, label, source))) != 1:
        raise InputError("say where", mend="Give --target (once or more), or --label KEY=VALUE, or --source.")
    if label:
        key, sign, value = label.partition("=")
        if not sign or not key:
            raise InputError(f"--label {label} has no value", mend="Write it as KEY=VALUE.")
        return Scope(label=(key, value))
    return Scope(source=source) if source else Scope(tuple(dict.fromkeys(targets or ())))


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
    """A request. Raises InputError for what a waiver may not be."""
    try:
        at = datetime.now(UTC).replace(microsecond=0)
        made = Waiver(ident or "new", rule, scope, why, by, at, End(until, zone), subject, ticket=ticket)
        checked = WaiverForm.model_validate(plain(made)).waiver()
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{where}: {first['msg']}".removeprefix(": "), mend="Correct it.") from None
    except ValueError as problem:
        raise InputError(str(problem), mend="Correct --until or --zone.") from None
    return replace(checked, id=ident)


def drafted(wished: Waiver, audit: Path) -> Waiver:
    """The request, bound to the failing findings of an audit document. Raises InputError."""
    try:
        document = orjson.loads(audit.read_bytes())
        targets = {one["name"]: one for one in document["targets"]}
        found = [
            seen_of(one, targets[one["target"]])
            for one in document["findings"]
            if one["rule"] == wished.rule and one["status"] == Status.FAIL.value
        ]
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", where=str(audit)) from None
    except (ValueError, KeyError, TypeError):
        raise InputError("this is no audit.json", where=str(audit), mend="Name the file that -f json wrote.") from None
    bound = [bind(one) for one in found if one.within(wished.scope) and wished.subject in (None, one.finding.subject)]
    if not bound:
        where = f"{wished.rule} on {wished.scope.words}"
        raise InputError(f"{where} does not fail in this audit", where=str(audit), mend="Correct rule or scope.")
    return replace(wished, bound=tuple(dict.fromkeys(bound)))


def entries(store: Store, state: str | None, ending: int | None) -> list[dict[str, Any]]:
    """Stored waivers as plain data, with what the latest run said of each. Raises InputError."""
    if state is not None and state not in STATES:
        raise InputError(f"there is no state {state!r}", mend=f"Known states: {', '.join(STATES)}.")
    with store.reading() as connection:
        at = now(connection)
        if ending is None:
            kept = waivers.listed(connection)
        else:
            kept = waivers.ending(connection, timedelta(days=ending))
        latest = runs.find_run(connection, "latest")
        head = blobs.get_json(connection, latest.head) if latest is not None and latest.head is not None else {}
    said = {one["id"]: one for one in head.get("waivers", ())}
    found = [_entry(one.waiver, at, said.get(one.waiver.id)) for one in kept]
    return [one for one in found if state is None or one["state"] == state]


def _entry(waiver: Waiver, at: datetime, said: Mapping[str, Any] | None) -> dict[str, Any]:
    state = waiver.state.value
    if state == "approved" and at >= waiver.end.at:
        state = "expired"
    elif state == "approved" and said and said["state"] == "lapsed":
        state = "lapsed"
    return plain(waiver) | {
        "state": state,
        "scope_words": waiver.scope.words,
        "expires": waiver.end.last_second,
        "days_left": waiver.end.days_left(at),
        "latest_run": {key: said[key] for key in ("state", "covers", "lapsed", "reason")} if said else None,
    }


def detail(store: Store, ident: str) -> dict[str, Any]:
    """One waiver; `would_accept` is what a request would be bound to, or `would_accept_nothing` says why."""
    found = entries(store, None, None)
    with store.reading() as connection:
        waiver = waivers.find(connection, ident).waiver
        entry = next(one for one in found if one["id"] == waiver.id)
        if waiver.state == "requested":
            try:
                bound = bound_now(connection, waiver, now(connection))
                entry["would_accept"] = plain(replace(waiver, bound=tuple(bound)))["bound"]
            except InputError as problem:
                entry["would_accept_nothing"] = problem.what
    return entry


def list_rows(found: Sequence[Mapping[str, Any]]) -> None:
    """Print one line for each."""
    if not found:
        typer.echo("no waiver")
        return
    rows = []
    for one in found:
        run = one["latest_run"] or {}
        state = f"{one['state']}, ends soon" if one["state"] == "approved" and one["days_left"] < SOON else one["state"]
        until = f"{one['expiration_date']} {one['zone']}"
        count = str(run.get("covers", "")) if one["state"] == "approved" else ""
        rows.append((one["id"], state, until, one["rule"], one["scope_words"], count, one.get("ticket", "")))
    table(("id", "state", "until", "rule", "where", "findings", "ticket"), rows)


def detail_rows(one: Mapping[str, Any]) -> None:
    """Print one in full."""
    run = one["latest_run"] or {}
    lines = {
        "state": one["state"],
        "rule": one["rule"],
        "where": one["scope_words"] + (f", {one['subject']}" if "subject" in one else ""),
        "until": f"{one['expiration_date']} ({one['zone']}), {one['days_left']} days left",
        "why": one["justification"],
        **({"ticket": one["ticket"]} if one.get("ticket") else {}),
        "requested": f"{one['requested_at']} by {one['requested_by']}",
    }
    for step in ("approved", "rejected", "revoked"):
        if f"{step}_by" in one:
            why = f": {one[f'{step}_why']}" if f"{step}_why" in one else ""
            lines[step] = f"{one[f'{step}_at']} by {one[f'{step}_by']}{why}"
    if run:
        said = f"{run['state']}, beside {run['covers']} findings, {run['lapsed']} lapsed"
        lines["latest run"] = said + (f": {run['reason']}" if run["reason"] else "")
    typer.echo(one["id"])
    for name, text in lines.items():
        typer.echo(f"  {name:11} {one_line(text, 1000)}")
    if "would_accept_nothing" in one:
        typer.echo(f"  approved now, it would accept nothing: {one_line(one['would_accept_nothing'], 500)}")
    for bound in one.get("would_accept", one.get("bound", ())):
        typer.echo(f"  {'would accept' if 'would_accept' in one else 'accepts'}  {_bound_line(bound)}")


def bound_rows(bound: Iterable[Bound]) -> None:
    """Print what was accepted, one line for each finding."""
    for one in bound:
        subject = {} if one.subject is None else {"subject": one.subject}
        typer.echo(f"  {_bound_line({'target': one.target, 'observed': one.value_words, **subject})}")


def _bound_line(one: Mapping[str, Any]) -> str:
    subject = f", {one['subject']}" if "subject" in one else ""
    return one_line(f"{one['target']}{subject}: {one['observed']}", 400)
