"""Structured logs on standard error. A command logs nothing unless asked; secrets never reach an event.

`start_log` is for commands, `start_service_log` for what runs for days: there the logs of libraries (uvicorn, celery,
SQLAlchemy) take the same way as ours. Bind what a piece of work is about with `bound`.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog

from auditor.errors import InputError

FORMS = ("text", "json")
NOISY = ("asyncssh", "weasyprint", "fontTools", "pysnmp")
MAX_TEXT = 4000  # characters of one value
HIDDEN = "***"
bound = structlog.contextvars.bound_contextvars  # with bound(run=..., source=...): in every event of the block

_SECRET_NAME = re.compile(
    r"passw|passphrase|secret|token|authorization|cookie|private_key|priv_key|auth_key|hmac", re.I
)
_IN_TEXT = (
    (re.compile(r"(\w://[^\s:/@]*):[^\s/@]*@"), rf"\1:{HIDDEN}@"),  # URL with a password
    (re.compile(r"\baud(?:once)?_[\w-]{20,}"), HIDDEN),  # a token of ours
    (re.compile(r"\b(Bearer|Basic) [\w.~+/=-]+", re.I), rf"\1 {HIDDEN}"),
    (
        re.compile(r"\b(passwor[dt]|passphrase|secret|token)(['\"]?\s*[=:]\s*)(['\"]?)[^\s'\",;&]+", re.I),
        rf"\1\2\3{HIDDEN}",
    ),
)


def start_log(form: str | None) -> None:
    """Send events to standard error as `text` or `json`; None keeps silent. Raises InputError for another form."""
    _checked(form)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.ERROR)
    if form is None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        return
    structlog.configure(
        processors=[*_common(), _renderer(form)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def start_service_log(form: str) -> None:
    """Send our events and those of every library to standard error as `text` or `json`. Raises InputError."""
    start_log(form)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_common()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(form)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "celery", "sqlalchemy", "alembic"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def without_secrets(_logger: Any, _method: str, event: Any) -> Any:
    """A structlog processor: values named like a secret, and secrets within texts, become `***`; texts are bounded."""
    return {name: value if name[:1] == "_" else _clean(name, value, 0) for name, value in event.items()}


def _clean(name: str, value: Any, depth: int) -> Any:
    if _SECRET_NAME.search(name) and isinstance(value, str | bytes):
        return HIDDEN
    if isinstance(value, int | float | None):
        return value
    if depth < 4 and isinstance(value, Mapping):
        return {str(key): _clean(str(key), inner, depth + 1) for key, inner in value.items()}
    if depth < 4 and isinstance(value, list | tuple):
        return [_clean(name, inner, depth + 1) for inner in value]
    return _clean_text(value if isinstance(value, str) else str(value))


def _clean_text(text: str) -> str:
    text = text[-64 * MAX_TEXT :]
    for pattern, instead in _IN_TEXT:
        text = pattern.sub(instead, text)
    half = MAX_TEXT // 2  # the end of a traceback says most
    return text if len(text) <= MAX_TEXT else f"{text[:half]} ... {text[-half:]}"


def _common() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]


def _renderer(form: str) -> Any:
    return structlog.processors.JSONRenderer() if form == "json" else structlog.processors.KeyValueRenderer()


def _checked(form: str | None) -> None:
    if form is not None and form not in FORMS:
        raise InputError(f"--log {form} is not a form of log", mend="Choose text or json.")
