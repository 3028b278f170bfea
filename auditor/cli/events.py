"""What a run does, as structured events: one when a source begins and ends, and one for each failure."""

from typing import Any

from auditor.cli.output import one_line
from auditor.runners import Collected, Progress


class LoggedProgress:
    """Logs what it is told and passes it on. Silent unless a log was asked for (`auditor.logging.start_log`)."""

    def __init__(self, inner: Progress) -> None:
        import structlog

        self._inner, self._log = inner, structlog.get_logger()
        self._begun: set[str] = set()

    def update(self, collected: Collected, stage: str) -> None:
        """Log the begin and the end of a source."""
        source = collected.source
        facts: dict[str, Any] = {"source": source.name, "kind": source.kind}
        if stage == "reading" and source.name not in self._begun:
            self._begun.add(source.name)
            self._log.info("source begun", **facts, address=one_line(source.address))
        if stage == "done":
            for failure in collected.failures:
                target = one_line(failure.target) if failure.target is not None else None
                self._log.warning("not read", **facts, target=target, why=failure.kind, reason=one_line(failure.reason))
            seconds, lost = round(collected.seconds, 3), len(collected.failures)
            self._log.info("source done", **facts, captures=len(collected.captures), failures=lost, seconds=seconds)
        self._inner.update(collected, stage)


def log_run(document: dict[str, Any]) -> None:
    """Log the end of a run with its numbers."""
    import structlog

    coverage, score = document["coverage"], document["score"]
    structlog.get_logger().info(
        "run judged",
        run=document["run"]["id"],
        population=coverage["population"],
        collected=coverage["collected"],
        **{name: score[name] for name in ("passed", "failed", "unknown", "lower", "upper")},
    )
