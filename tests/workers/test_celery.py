"""A run through real Celery workers, a real Redis, and the database of a test."""

from pathlib import Path

from tests.servers.redis_server import RedisServer
from tests.service.nights import assert_whole, begun, estate_of
from tests.simulators import estate
from tests.workers.deployment import Deployment


def test_a_run_goes_through_celery_workers(
    database_url: str, redis_server: RedisServer, simulated: Path, tmp_path: Path
) -> None:
    """A scheduler tells, two workers of two processes work: each host is asked once, the report is there."""
    inventory, names = estate_of(tmp_path, 60, after=0.05)
    with Deployment(tmp_path, database_url, redis_server.url) as service:
        run = begun(service.store, inventory, formats=["json"])
        service.scheduler()
        service.worker()
        service.worker()
        service.wait_over(run)
        assert_whole(service.store, run, names)
    assert sorted(estate.contacts(tmp_path)) == names
