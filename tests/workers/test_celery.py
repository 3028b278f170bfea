"""A run through real Celery workers, a real Redis, and the database of a test."""

from pathlib import Path
from urllib.parse import urlsplit

from tests.servers.redis_server import RedisServer
from tests.service.nights import assert_whole, begun, estate_of
from tests.simulators import estate
from tests.workers.deployment import Deployment, tree


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


def test_no_password_is_told_to_anybody(
    postgres_url: str, redis_server: RedisServer, simulated: Path, tmp_path: Path
) -> None:
    """The passwords of broker and database stand in no log and no command line, also while the broker is away."""
    secrets = [urlsplit(redis_server.url).password or "?", urlsplit(postgres_url).password or "?"]
    inventory, names = estate_of(tmp_path, 30, after=1.0)
    with Deployment(tmp_path, postgres_url, redis_server.url) as service:
        run = begun(service.store, inventory)
        processes = [service.scheduler(), service.worker()]
        service.wait(lambda: service.contacts() >= 1, "begun")
        redis_server.kill()
        service.wait(lambda: "the broker is away" in service.logs(), "without a broker")
        lines = [Path(f"/proc/{pid}/cmdline").read_text() for process in processes for pid in tree(process)]
        redis_server.start()
        service.wait_over(run)
        assert_whole(service.store, run, names)
        said = service.logs(100_000)
    assert "Cannot connect to redis" in said
    assert not [one for one in secrets if one in said or any(one in line for line in lines)]


BREAKS = """
import pathlib, celery.apps.worker
_start, _mark = celery.apps.worker.Worker.start, pathlib.Path(__file__).with_name("broken")
def start(self):
    if _mark.exists():
        return _start(self)
    _mark.touch()
    raise AttributeError("'NoneType' object has no attribute 'hostname'")
celery.apps.worker.Worker.start = start
"""


def test_a_celery_worker_that_breaks_off_begins_again(
    postgres_url: str, redis_server: RedisServer, simulated: Path, tmp_path: Path
) -> None:
    """What ends Celery's main loop for good, as a broker's death sometimes does, does not end the worker."""
    (tmp_path / "breaks").mkdir()
    (tmp_path / "breaks" / "sitecustomize.py").write_text(BREAKS)
    inventory, names = estate_of(tmp_path, 5)
    with Deployment(tmp_path, postgres_url, redis_server.url) as service:
        run = begun(service.store, inventory)
        service.scheduler()
        worker = service.worker(more={"PYTHONPATH": f"{tmp_path / 'breaks'}:{service.environment['PYTHONPATH']}"})
        service.wait_over(run)
        assert_whole(service.store, run, names)
        assert "it begins again" in service.logs(500)
        assert worker.poll() is None
        worker.terminate()
        assert worker.wait(20) == 0
