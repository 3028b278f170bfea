"""What a test may need beyond Python, and what its absence means.

On a person's machine a missing peer skips the test, with the reason. Under AUDITOR_REQUIRE_PEERS=1 (and, for the PDF
libraries, AUDITOR_REQUIRE_PDF=1), as continuous integration sets them, the same absence is a failure, and so is any
other skip.
"""

import ctypes
import gc
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from auditor.garbage import look_seldom

SYSTEM_PROGRAMS = ":".join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
OIDC = Path(__file__).parents[1] / ".ci" / "oidc" / "node_modules" / "oidc-provider"
HELM = Path(__file__).parents[1] / ".ci" / "helm" / "bin" / "helm"
GOVMOMI = Path("/usr/share/gocode/src/github.com/vmware/govmomi")
pytest_plugins = ["tests.servers.fixtures"]
PANGO = ["libgobject-2.0.so.0", "libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz.so.0", "libfontconfig.so.1"]


look_seldom()
# how fast examples come is the machine's, no fact of the code
settings.register_profile("auditor", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("auditor")

# Files with few tests that take minutes: begun first, so that no worker is left alone with one at the end. Those that
# wait for others (leases, deadlines) stand between those that keep a core busy.
FIRST = (
    "workers/test_two_nights.py",
    "workers/test_faults.py",
    "reporting/test_pdf.py",
    "serve/test_serve.py",
    "flips/test_linux_roles.py",
    "store/test_migrate.py",
    "service/test_interrupted.py",
    "serve/test_faults.py",
    "collectors/linux/test_lab.py",
    "store/test_retention.py",
    "stories/test_stories.py",
    "flips/test_linux_system.py",
    "flips/test_linux_access.py",
    "adversary/test_bad_sources.py",
    "changes/linux/test_fidelity.py",
    "changes/test_pipeline.py",
    "notify/test_services.py",
    "schedules/test_tick.py",
    "test_estate.py",
    "cli/test_save.py",
    "test_estate_nexus.py",
    "golden/test_twins.py",
    "store/access/test_users.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take long first (with --no-loadscope-reorder, which keeps that order)."""
    folder = Path(__file__).parent
    order = {folder / name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))
    gc.freeze()  # ten thousand tests are no garbage


def require(condition: object, reason: str, *, pdf: bool = False) -> None:
    """Skip the calling test when `condition` is false; fail it where `reason` must not happen.

    `reason` says what is missing and how to get it. `pdf` says that AUDITOR_REQUIRE_PDF decides too.
    """
    if condition:
        return
    if strict() or (pdf and os.environ.get("AUDITOR_REQUIRE_PDF")):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def strict() -> bool:
    """Whether no test may be skipped."""
    return bool(os.environ.get("AUDITOR_REQUIRE_PEERS"))


def program(name: str) -> str | None:
    """The absolute path of a program, also where only root's PATH has it (sshd and snmpd want one)."""
    return shutil.which(name, path=SYSTEM_PROGRAMS)


def loads(*libraries: str) -> bool:
    """Whether the dynamic linker finds these libraries."""
    try:
        for name in libraries:
            ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_postgres() -> bool:
    """Whether a PostgreSQL cluster can be made."""
    return bool(program("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))


def has_lab() -> bool:
    """Whether a lab host can be made and booted."""
    return os.geteuid() == 0 and all(map(program, ("debootstrap", "systemd-nspawn", "unshare", "ip")))


NEEDS: dict[str, tuple[Callable[[], object], str]] = {
    "needs_pango": (lambda: loads(*PANGO), "WeasyPrint's libraries are missing; ./dev test brings them"),
    "browser": (  # playwright's driver links to libatomic and does not bring it
        lambda: program("chromium") and loads("libatomic.so.1"),
        "Chromium or libatomic is missing; apt-get install chromium libatomic1",
    ),
    "needs_go": (
        lambda: program("go") and GOVMOMI.is_dir(),
        "Go or govmomi is missing; apt-get install golang-go golang-github-vmware-govmomi-dev",
    ),
    "needs_postgres": (has_postgres, "PostgreSQL is missing; apt-get install postgresql"),
    "needs_redis": (
        lambda: program("valkey-server") or program("redis-server"),
        "Redis and Valkey are missing; apt-get install redis-server",
    ),
    "needs_root": (lambda: os.geteuid() == 0, "needs root"),
    "needs_snmpd": (lambda: program("snmpd"), "snmpd is missing; apt-get install snmpd"),
    "needs_sshd": (lambda: program("sshd"), "sshd is missing; apt-get install openssh-server openssh-client"),
    "needs_node": (
        lambda: program("node") and OIDC.is_dir(),
        "a certified provider is missing; apt-get install nodejs npm, then npm ci --prefix .ci/oidc",
    ),
    "needs_helm": (HELM.is_file, "Helm is missing; .venv/bin/python .ci/helm/get.py brings it"),
    "needs_lab": (has_lab, "a lab host needs root and apt-get install debootstrap systemd-container iproute2"),
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name, (present, reason) in NEEDS.items():
        if item.get_closest_marker(name):
            require(present(), reason, pdf=name == "needs_pango")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn any skip of a test into a failure where none is allowed."""
    report = yield
    if strict() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where no skip is allowed (AUDITOR_REQUIRE_PEERS): {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module."""
    report = yield
    if strict() and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped where no skip is allowed (AUDITOR_REQUIRE_PEERS): {report.longrepr}"
    return report
