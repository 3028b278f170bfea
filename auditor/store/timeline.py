"""The history of one target: the runs that it is in, and the intervals of its findings and drift."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from auditor.store.sql import key_text, table_of
from auditor.store.tables import DriftRow, FindingRow, RuleRow, RunRow, RunTarget, TargetRow

_RUN, _RUN_TARGET, _TARGET = table_of(RunRow), table_of(RunTarget), table_of(TargetRow)
_FINDING, _DRIFT, _RULE = table_of(FindingRow), table_of(DriftRow), table_of(RuleRow)


def targets_named(connection: Connection, name: str) -> Sequence[Row[Any]]:
    """(id, source, platform, name) of the targets ever seen under a name, or `source/name`."""
    source, _, own = name.partition("/")
    meant = or_(
        _TARGET.c.name == key_text(name), (_TARGET.c.source == key_text(source)) & (_TARGET.c.name == key_text(own))
    )
    return connection.execute(select(_TARGET).where(meant).order_by(_TARGET.c.source, _TARGET.c.platform)).all()


def moments_of(connection: Connection, series: int, target: int) -> Sequence[Row[Any]]:
    """What became of a target in each run with a result, in the order of its moments; `run_name` is the run's id."""
    query = (
        select(_RUN_TARGET, _RUN.c.name.label("run_name"))
        .join(_RUN, _RUN_TARGET.c.run == _RUN.c.id)
        .where(_RUN_TARGET.c.series == series, _RUN_TARGET.c.target == target, _RUN.c.head.is_not(None))
        .order_by(_RUN_TARGET.c.moment)
    )
    return connection.execute(query).all()


def finding_intervals(connection: Connection, series: int, target: int) -> Sequence[Row[Any]]:
    """Every interval of a target's findings, by rule, subject and time; `rule_name` is the rule's id."""
    query = (
        select(_FINDING, _RULE.c.rule.label("rule_name"))
        .join(_RULE, _FINDING.c.rule == _RULE.c.id)
        .where(_FINDING.c.series == series, _FINDING.c.target == target)
        .order_by(_RULE.c.rule, _FINDING.c.subject, _FINDING.c.first)
    )
    return connection.execute(query).all()


def drift_intervals(connection: Connection, series: int, target: int) -> Sequence[Row[Any]]:
    """Every interval of a target's drift, by golden profile, path and time."""
    query = select(_DRIFT).where(_DRIFT.c.series == series, _DRIFT.c.target == target)
    return connection.execute(query.order_by(_DRIFT.c.golden, _DRIFT.c.path, _DRIFT.c.first)).all()
