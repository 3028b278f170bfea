"""Every set of values gives objects that Kubernetes knows, in pods that may do little."""

import re
from typing import Any

import pytest

from tests.helm.chart import CHART, CUSTOM, SETS, containers, faults, helm, pods, refused, rendered, values_file

pytestmark = pytest.mark.needs_helm


def test_there_are_sets_enough() -> None:
    """The tests below look at no fewer than six sets of values."""
    assert len(SETS) >= 6


@pytest.mark.parametrize("name", SETS)
def test_lint_finds_nothing(name: str) -> None:
    """`helm lint --strict` takes each set."""
    done = helm("lint", "--strict", str(CHART), "-f", values_file(name))
    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("more", [(), ("--is-upgrade",)], ids=["install", "upgrade"])
def test_kubernetes_knows_every_object(name: str, more: tuple[str, ...]) -> None:
    """Each object has the form of Kubernetes' schemas, unknown keys refused; custom resources are the named ones."""
    found = rendered(name, *more)
    plain = [one for one in found if one["apiVersion"] not in CUSTOM]
    assert len(plain) > 6
    assert not [fault for one in plain for fault in faults(one)]
    names = [(one["kind"], one["metadata"]["name"]) for one in found]
    assert len(set(names)) == len(names)


def test_the_validation_sees_a_slip() -> None:
    """A key that is misspelt in a pod is found, so that the check above can fail."""
    (api,) = [
        one
        for one in rendered("trial")
        if one["metadata"]["name"] == "audits-auditor-api" and "replicas" in one.get("spec", {})
    ]
    wrong = {**api, "spec": {**api["spec"], "replicaz": 2}}
    assert any("replicaz" in fault for fault in faults(wrong))


def test_custom_resources_only_where_the_cluster_knows_them() -> None:
    """Without their API versions nothing of KEDA, Prometheus or external-secrets is made, and NOTES say so."""
    done = helm("template", "audits", str(CHART), "-f", values_file("keda"))
    assert done.returncode == 0
    assert not [one for one in CUSTOM if one in done.stdout]
    assert {one["apiVersion"] for one in rendered("keda")} >= set(CUSTOM)
    notes = helm("install", "audits", str(CHART), "--dry-run=client", "-f", values_file("keda")).stdout.partition(
        "NOTES:"
    )[2]
    assert "NOT made" in notes
    assert all(one in notes for one in CUSTOM)


def test_the_notes_say_the_next_three_steps() -> None:
    """They stand there with the release's own names."""
    done = helm("install", "audits", str(CHART), "-n", "audit", "--dry-run=client", "-f", values_file("trial"))
    notes = done.stdout.partition("NOTES:")[2]
    assert re.findall(r"^(\d)\.", notes, re.MULTILINE) == ["1", "2", "3"]
    assert "helm test audits -n audit" in notes
    assert "deploy/audits-auditor-api" in notes
    assert "-i /etc/auditor/inventory/inventory.yaml" in notes


@pytest.mark.parametrize("name", SETS)
def test_images_carry_no_registry_of_ours(name: str) -> None:
    """A registry stands before an image only where image.registry says one; then before all of them."""
    images = {one["image"] for spec in pods(name).values() for one in containers(spec)}
    assert images
    for image in images:
        first = image.split("/")[0] if "/" in image else ""
        assert bool({".", ":"} & set(first)) == (name == "people"), image
    if name == "people":
        assert images == {f"registry.example.org/mirror/audit/auditor@sha256:{'a' * 64}"}


@pytest.mark.parametrize("name", SETS)
def test_pods_may_do_little(name: str) -> None:
    """No root, no capability, no way to write to the image, no token of the cluster, the runtime's seccomp profile."""
    found = pods(name)
    assert found
    for where, spec in found.items():
        assert spec["automountServiceAccountToken"] is False, where
        assert spec["securityContext"]["runAsNonRoot"] is True, where
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, where
        assert spec["securityContext"].get("runAsUser", 1) > 0, where
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec), where
        assert not [one for one in spec["volumes"] if "hostPath" in one], where
        for one in containers(spec):
            held = one["securityContext"]
            assert held["allowPrivilegeEscalation"] is False, where
            assert held["readOnlyRootFilesystem"] is True, where
            assert held["capabilities"] == {"drop": ["ALL"]}, where
            assert held["seccompProfile"] == {"type": "RuntimeDefault"}, where
            assert {"requests", "limits"} <= set(one["resources"]), where
            assert "/tmp" in {mount["mountPath"] for mount in one["volumeMounts"]}, where


def test_a_platform_may_assign_users() -> None:
    """With null no user or group is written, and pods still refuse root."""
    for where, spec in pods("openshift").items():
        assert not {"runAsUser", "runAsGroup", "fsGroup"} & set(spec["securityContext"]), where


TRIAL = ["-f", values_file("trial"), "--set"]
VALKEY = "trial.valkey.enabled=true"
SSO = "oidc.issuer=https://a.example.org,oidc.clientId=b"
REFUSED: list[tuple[str, list[str], str]] = [
    ("no database", ["--set", VALKEY], "no database"),
    ("no broker", ["--set", "trial.postgresql.enabled=true"], "no broker"),
    ("two databases", [*TRIAL, "database.url=postgresql://a@b/c"], "more than one database"),
    ("an unknown key", [*TRIAL, "databse.url=x"], "databse"),
    ("an unknown key below", [*TRIAL, "workers.collect.replica=2"], "replica"),
    ("an unknown queue", [*TRIAL, "workers.parse.replicas=2"], "parse"),
    ("a text for a number", ["-f", values_file("trial"), "--set-string", "api.replicas=two"], "replicas"),
    ("a text for yes or no", ["-f", values_file("trial"), "--set-string", "ingress.enabled=yes"], "enabled"),
    ("three schedulers", [*TRIAL, "scheduler.replicas=3"], "replicas"),
    ("root", [*TRIAL, "podSecurity.runAsUser=0"], "runAsUser"),
    ("too little time to end", [*TRIAL, "terminationGracePeriodSeconds=10"], "terminationGrace"),
    ("a password in a URL", ["--set", f"{VALKEY},database.url=postgresql://a:b@c/d"], "database"),
    ("SQLite", ["--set", f"{VALKEY},database.url=sqlite:////tmp/a"], "database"),
    ("ingress without TLS", [*TRIAL, "ingress.enabled=true,ingress.host=a.example.org"], "tlsSecret"),
    ("nobody let in", [*TRIAL, SSO], "oidc.roles"),
    ("an unknown role", ["-f", values_file("people"), "--set", "oidc.roles[0].role=boss"], "role"),
    ("two inventories", [*TRIAL, "inventory.secret=a"], "more than one inventory"),
]


@pytest.mark.parametrize(("arguments", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_values_that_cannot_work_are_refused(arguments: list[str], says: str) -> None:
    """Before anything is made, and the message names what is wrong."""
    assert says in refused(*arguments)


def test_secrets_that_are_made_are_kept_and_long() -> None:
    """What the chart makes by itself survives an uninstall, is random, and stands in no other object."""
    first, second = (
        [one for one in rendered("trial", *more) if one["kind"] == "Secret"] for more in ((), ("--skip-tests",))
    )
    assert {one["metadata"]["name"].removeprefix("audits-auditor-") for one in first} == {"hmac", "metrics", "trial"}
    values: list[Any] = []
    for one in first:
        assert one["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        values += one["data"].values()
    assert len(set(values)) == len(values) == 4
    assert all(len(value) >= 64 for value in values)
    assert not set(values) & {value for one in second for value in one["data"].values()}
    assert not [one for one in rendered("external") if one["kind"] == "Secret"]
