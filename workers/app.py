"""Celery as a carrier of hints: which shard waits. Ids go through the broker, nothing comes back.

The settings are those that were measured with workers and brokers killed (docs/explanation/how-a-night-runs.md).
"""

from typing import Any
from urllib.parse import urlsplit

import structlog
from celery import Celery

from auditor.service.sweep import Publish
from auditor.store.shards import KINDS

TASK = "auditor.work"
VISIBLE = 3600  # seconds until Redis gives a message that nobody acknowledged to somebody else
LAST_RESORT = 26 * 3600  # seconds of one task: shards keep their own, shorter times


def make_app(broker: str) -> Celery:
    """The Celery application for a broker. Its URL may hold a password; Celery shows it masked."""
    app = Celery("auditor", broker=verifying(broker), set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_acks_late=True,  # a worker that dies has not acknowledged
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_default_queue="collect",
        task_time_limit=LAST_RESORT,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=200,  # what a library leaks ends with its process
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,  # its lease is in the database
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": VISIBLE,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 5,
            "socket_timeout": 30,
            "max_retries": 1,  # of a publisher: the sweep comes again
            "interval_start": 0,
            "interval_max": 0.2,
        },
        timezone="UTC",
        enable_utc=True,
    )
    return app


def verifying(broker: str) -> str:
    """`broker`, its certificate verified where its URL does not say otherwise: kombu alone would take any (5.7)."""
    parts = urlsplit(broker)
    if parts.scheme != "rediss" or "ssl_cert_reqs=" in parts.query:
        return broker
    return parts._replace(query="&".join(filter(None, [parts.query, "ssl_cert_reqs=required"]))).geturl()


def publisher(broker: str) -> Publish:
    """A function that tells workers of a shard through the broker; False when the broker did not take it."""
    app = make_app(broker)
    away = False

    def publish(kind: str, run: int, number: int) -> bool:
        nonlocal away
        try:
            app.send_task(TASK, args=(kind, run, number), queue=kind, retry=False, ignore_result=True)
        except Exception as problem:  # a client raises what it likes: the shard waits in the database
            if not away:
                structlog.get_logger().warning("the broker is away", problem=type(problem).__name__)
            away = True
            return False
        if away:
            structlog.get_logger().info("the broker is back")
        away = False
        return True

    return publish


def queues(text: str) -> list[str]:
    """The kinds of shards in a comma list. Raises ValueError for one that is none."""
    found = [part.strip() for part in text.split(",") if part.strip()]
    if unknown := [one for one in found if one not in KINDS]:
        raise ValueError(unknown[0])
    return list(dict.fromkeys(found))


def key_of(kind: Any, run: Any, number: Any) -> tuple[str, int, int]:
    """What a message names, checked: anybody who reaches the broker can write one. Raises ValueError."""
    if kind not in KINDS or not all(isinstance(one, int) and 0 <= one < 1 << 62 for one in (run, number)):
        raise ValueError("this message names no shard")
    return kind, run, number
