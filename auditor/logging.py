"""Structured logs on request. Nothing is logged unless asked; secrets never reach an event."""

import logging
import sys

import structlog

from auditor.errors import InputError


def start_log(form: str | None) -> None:
    """Send events to standard error as `text` or `json`; None keeps silent. Raises InputError for another form."""
    if form not in (None, "text", "json"):
        raise InputError(f"--log {form} is not a form of log", mend="Choose text or json.")
    for noisy in ("asyncssh", "weasyprint", "fontTools", "pysnmp"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    if form is None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        return
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.processors.KeyValueRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
