"""The chart says nothing that the service does not know: variables, commands, files, addresses, queues, times."""

import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

import auditor
from auditor.cli.app import app
from auditor.settings.form import Settings, variable
from auditor.settings.load import OTHERS, load
from auditor.store.shards import KINDS
from tests.helm.chart import CHART, ROOT, SETS, Object, containers, helm, ours, pods, refused, rendered, values_file
from workers import child
from workers.supervisor import Supervisor

pytestmark = pytest.mark.needs_helm
SAID_ON_THE_COMMAND_LINE = {"host", "port"}
NOT_IN_A_POD = {"workers"}  # a worker's own option says how many


def variables(container: Object) -> dict[str, str]:
    """Variables of a container, with a stand-in for what comes from a Secret."""
    return {one["name"]: one.get("value", "postgresql://a@b/c") for one in container.get("env", [])}


@pytest.mark.parametrize("name", SETS)
def test_every_variable_is_a_setting(name: str) -> None:
    """Each variable is one that the service reads, and the values are ones that it takes."""
    known = {*map(variable, Settings.model_fields), *OTHERS}
    found = ours(name)
    assert found
    for where, container in found.items():
        said = variables(container)
        assert set(said) <= known, where
        names = [one["name"] for one in container["env"]]
        assert len(set(names)) == len(names), where
        load({**said, **({"AUDITOR_BROKER": "redis://b"} if "AUDITOR_BROKER" in said else {})})


def test_every_setting_can_be_said() -> None:
    """No setting of the service is out of reach for who installs the chart."""
    said = {key for name in SETS for one in ours(name).values() for key in variables(one)}
    left = {name for name in Settings.model_fields if variable(name) not in said}
    assert left == SAID_ON_THE_COMMAND_LINE | NOT_IN_A_POD
    api = ours("trial")["Deployment/audits-auditor-api/api"]
    assert {f"--{name}" for name in SAID_ON_THE_COMMAND_LINE} <= set(api["command"])


@pytest.mark.parametrize("name", SETS)
def test_every_command_is_one_of_ours(name: str) -> None:
    """What containers are started with is what the command line takes."""
    root: Any = typer.main.get_command(app)
    for where, container in ours(name).items():
        command, words, called = root, list(container["command"][1:]), "auditor"
        while True:
            context = command.make_context(called, list(words))
            rest = [*getattr(context, "_protected_args", ()), *context.args]
            if not hasattr(command, "commands"):
                assert not rest, where
                break
            assert rest, where
            called, command, words = command.resolve_command(context, rest)


def test_workers_take_every_queue() -> None:
    """There is a Deployment for each kind of work, and each takes its own alone."""
    found = [one["command"] for where, one in ours("trial").items() if "/audits-auditor-worker-" in where]
    queues = [command[command.index("--queue") + 1] for command in found]
    assert sorted(queues) == sorted(KINDS)


@pytest.mark.parametrize("name", SETS)
def test_files_that_are_named_are_mounted(name: str) -> None:
    """Each path of a variable lies below a mount; each mount has its volume, and each volume is mounted."""
    for where, spec in pods(name).items():
        volumes = {one["name"] for one in spec["volumes"]}
        made = {"data"} if where.startswith("StatefulSet") else set()
        mounted = {mount["name"] for one in containers(spec) for mount in one["volumeMounts"]}
        assert mounted - made == volumes, where
        for one in containers(spec):
            below = [mount["mountPath"] + "/" for mount in one["volumeMounts"]]
            paths = [value for value in variables(one).values() if value.startswith("/")]
            for path in paths:  # below a mount, or a folder of mounts
                assert any(f"{path}/".startswith(top) or top.startswith(f"{path}/") for top in below), (where, path)


@pytest.mark.parametrize("name", SETS)
def test_what_is_referred_to_is_made_or_given(name: str) -> None:
    """Every ConfigMap and Secret that a pod names is rendered, or stands in the set of values."""
    given = YAML(typ="safe").load(StringIO((ROOT / "tests" / "helm" / "values" / f"{name}.yaml").read_text()))
    words = set(re.findall(r"[\w.-]+", json.dumps(given)))
    made = {one["metadata"]["name"] for one in rendered(name) if one["kind"] in ("ConfigMap", "Secret")}
    for where, spec in pods(name).items():
        assert references(spec) <= made | words, where


def references(spec: Any) -> set[str]:
    """Names of ConfigMaps and Secrets anywhere in a pod."""
    found = set()
    for key, value in _pairs(spec):
        if key == "secretName":
            found.add(value)
        elif key in ("secretKeyRef", "secretRef", "configMap", "configMapRef"):
            found.add(value["name"])
    return found


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from _pairs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pairs(inner)


HOOK = "helm.sh/hook"


@pytest.mark.parametrize("name", sorted(set(SETS) - {"openshift"}))
@pytest.mark.parametrize("more", [(), ("--is-upgrade",)], ids=["install", "upgrade"])
def test_a_migration_stands_on_nothing_that_comes_after_it(name: str, more: tuple[str, ...]) -> None:
    """A hook before an install refers to no object that the chart makes, for those are made after it.

    With a database of the chart's own the first Job is therefore none. On upgrades it always runs first.
    """
    objects = rendered(name, *more)
    made = {one["metadata"]["name"] for one in objects if one["kind"] in ("ConfigMap", "Secret", "StatefulSet")}
    (job,) = [one for one in objects if one["kind"] == "Job" and one["metadata"]["name"].endswith("-migrate")]
    hook = job["metadata"].get("annotations", {}).get(HOOK)
    own_database = any("postgresql" in one for one in made)
    assert hook == (None if own_database and not more else "pre-install,pre-upgrade")
    if hook and not own_database:
        assert not references(job) & made
    spec = job["spec"]["template"]["spec"]
    assert spec["containers"][0]["command"] == ["auditor", "db", "upgrade"]


def test_an_older_release_looks_at_the_database_before_it_starts() -> None:
    """A rollback begins with a Job of the release that is gone back to; it ends when the schema is not its own."""
    (job,) = [one for one in rendered("external") if one["metadata"].get("annotations", {}).get(HOOK) == "pre-rollback"]
    assert job["spec"]["template"]["spec"]["containers"][0]["command"] == ["auditor", "db", "status"]
    assert job["spec"]["backoffLimit"] == 0


def test_pods_have_the_time_that_the_service_takes_to_end() -> None:
    """Children hand back within their grace, their parent waits as long; together less than Kubernetes waits."""
    for where, spec in pods("external").items():
        if where.startswith("Deployment"):
            assert spec["terminationGracePeriodSeconds"] > child.GRACE + Supervisor([])._grace + 5, where
    assert "terminationGrace" in refused("-f", values_file("trial"), "--set", "terminationGracePeriodSeconds=44")


def test_probes_ask_where_the_service_answers() -> None:
    """Paths of probes are routes of the API, and only the API is probed over HTTP."""
    from auditor.api.app import make_app
    from auditor.api.context import Context
    from auditor.store.engine import Store, make_engine

    routes = set(make_app(Context(Store(make_engine("sqlite://")), None)).openapi()["paths"])
    asked = set()
    for spec in pods("external").values():
        for one in spec["containers"]:
            asked |= {one[probe]["httpGet"]["path"] for probe in one if probe.endswith("Probe")}
    assert asked == {"/health/live"}
    schema = json.loads((CHART / "values.schema.json").read_text())
    asked |= set(schema["properties"]["api"]["properties"]["readinessPath"]["enum"])
    assert asked == {"/health/live", "/health/ready"}
    assert asked <= routes


def test_versions_are_one() -> None:
    """The chart names the release that it stands beside."""
    chart = YAML(typ="safe").load(StringIO((CHART / "Chart.yaml").read_text()))
    assert chart["appVersion"] == auditor.__version__


def test_serve_leaves_schedules_to_the_scheduler() -> None:
    """`--no-schedules`, as the chart starts the API, begins no process that keeps schedules; otherwise there is one."""
    import socket

    from workers.serve import _children

    with socket.socket() as listener:
        told = {"broker": "redis://b", "log": "json"}
        with_, without = ([one.name for one in _children(told, listener, 0, keep)] for keep in (True, False))
    assert (with_, without) == (["api", "scheduler"], ["api"])


def test_roles_of_groups_are_written_as_the_service_reads_them(tmp_path: Any) -> None:
    """The file of single sign-on that the chart makes loads."""
    from auditor.sso.configured import relying

    (text,) = [
        one["data"]["roles.yaml"] for one in rendered("people") if one["metadata"]["name"].endswith("-oidc-roles")
    ]
    file = tmp_path / "roles.yaml"
    file.write_text(text)
    said = load(
        {
            "AUDITOR_OIDC_ISSUER": "https://login.example.org/realms/main",
            "AUDITOR_OIDC_CLIENT_ID": "auditor",
            "AUDITOR_OIDC_ROLES_FILE": str(file),
        }
    )
    assert relying(said) is not None


def test_the_chart_can_be_packed(tmp_path: Any) -> None:
    """`helm package` makes one file of it."""
    done = helm("package", str(CHART), "-d", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert [one.name for one in tmp_path.iterdir()] == [f"auditor-{auditor.__version__}.tgz"]
