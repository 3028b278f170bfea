"""Who reaches whom, and who has which secret."""

from typing import Any

import pytest

from tests.helm.chart import SETS, Object, containers, pods, rendered

pytestmark = pytest.mark.needs_helm
WITH_POLICIES = sorted(set(SETS) - {"openshift"})
TARGETS = {22, 443, 161, 2222}


def policies(name: str) -> dict[str, Object]:
    """The specs of a set's policies, by component."""
    found = [one["spec"] for one in rendered(name) if one["kind"] == "NetworkPolicy"]
    return {one["podSelector"]["matchLabels"]["app.kubernetes.io/component"]: one for one in found}


def ports(policy: Object) -> set[int]:
    """The ports that its pods may call."""
    return {port["port"] for rule in policy["egress"] for port in rule.get("ports", [])}


@pytest.mark.parametrize("name", WITH_POLICIES)
def test_every_pod_has_a_policy_for_both_ways(name: str) -> None:
    """No pod is left open: each has a policy of its own component, for what comes in and what goes out."""
    found = policies(name)
    for one in rendered(name):
        template = one.get("spec", {}).get("template")
        if not isinstance(template, dict) or "metadata" not in template:
            continue
        labels = template["metadata"]["labels"]
        policy = found[labels["app.kubernetes.io/component"]]
        assert policy["podSelector"]["matchLabels"].items() <= labels.items()
        assert policy["policyTypes"] == ["Ingress", "Egress"]
        assert all("ports" in rule for rule in policy["egress"])  # nobody may call everything


@pytest.mark.parametrize("name", WITH_POLICIES)
def test_only_workers_that_collect_reach_targets(name: str) -> None:
    """SNMP and SSH leave from there alone; HTTPS also to the provider, to webhooks and to git, where these are used."""
    found = policies(name)
    assert {161, 22, 443} <= ports(found["worker-collect"])
    for component in set(found) - {"worker-collect"}:
        assert 161 not in ports(found[component]), component
        if name != "git":
            allowed = {"api": {443} if name == "people" else set(), "scheduler": {443}}.get(component, set())
            assert ports(found[component]) & TARGETS == allowed, component


def test_the_named_peers_stand_in_the_policies() -> None:
    """Addresses of targets and servers bound the policies of who calls them."""
    found = policies("hpa")

    def to(component: str, port: int) -> Any:
        (rule,) = [one for one in found[component]["egress"] if port in {p["port"] for p in one["ports"]}]
        return rule["to"]

    assert to("worker-collect", 2222) == [{"ipBlock": {"cidr": "10.9.0.0/16"}}]
    assert to("api", 6432) == to("migrate", 6432) == [{"ipBlock": {"cidr": "10.1.0.7/32"}}]
    assert to("scheduler", 6380) == [{"ipBlock": {"cidr": "10.1.0.8/32"}}]


@pytest.mark.parametrize("name", WITH_POLICIES)
def test_only_the_api_is_called(name: str) -> None:
    """Nothing comes in anywhere else, but to servers of the chart's own, from its pods; a migration needs no broker."""
    for component, policy in policies(name).items():
        if component in ("postgresql", "valkey"):
            assert all(rule["from"] for rule in policy["ingress"])
            assert policy["egress"] == []
        else:
            assert bool(policy["ingress"]) == (component == "api")
    assert 6379 not in ports(policies(name)["migrate"])
    (came,) = policies("people")["api"]["ingress"]
    assert len(came["from"]) == 2


def holders(name: str, secret: str) -> set[str]:
    """The components whose pods can read a Secret."""
    found = set()
    for where, spec in pods(name).items():
        if f"'{secret}'" in repr(spec):
            found.add(where.partition("/")[2].removeprefix("audits-auditor-"))
    return found


def test_secrets_stand_where_they_are_needed_and_nowhere_else() -> None:
    """Credentials of targets with who collects, of channels with the scheduler, of figures and sign-in with the API."""
    assert holders("external", "vcenter-passwords") == holders("external", "vsm-keys") == {"worker-collect"}
    assert holders("external", "mail-password") == holders("external", "hook-keys") == {"scheduler"}
    assert holders("external", "auditor-metrics") == {"api"}
    assert holders("people", "auditor-oidc") == {"api"}
    everywhere = {"api", "scheduler", "worker-collect", "worker-judge", "worker-render"}
    assert holders("external", "auditor-hmac") == everywhere
    assert holders("external", "auditor-database") == {*everywhere, "migrate", "rollback"}


@pytest.mark.parametrize("name", SETS)
def test_no_secret_stands_in_plain_text(name: str) -> None:
    """Variables with secrets come from Secrets, and no command line holds one."""
    for where, spec in pods(name).items():
        for one in containers(spec):
            for said in one.get("env", []):
                if said["name"] in ("AUDITOR_HMAC_KEY", "GITSYNC_USERNAME"):
                    assert "secretKeyRef" in said["valueFrom"], where
            assert "password=" not in " ".join(map(str, [*one.get("args", []), *one.get("command", [])])), where
