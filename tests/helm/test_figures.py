"""Alerts, dashboard and autoscaling ask for figures that the service gives."""

import json
import re
from typing import Any

import pytest

from tests.docpages import DOCS
from tests.helm.chart import CHART, rendered

pytestmark = pytest.mark.needs_helm
ADDED = {"namespace"}  # by Prometheus' operator


def exported() -> dict[str, set[str]]:
    """Metrics and their labels, from the page that tests/api/test_metrics.py holds to what is exported."""
    rows = re.findall(r"^\| `(auditor_\w+)` \| (.*?) \|", (DOCS / "reference" / "metrics.md").read_text(), re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def check(expression: str) -> None:
    """Fail unless every metric and label of an expression is exported."""
    known = exported()
    uses = re.findall(r"\b(auditor_\w+)(?:\{([^}]*)\})?", expression)
    assert uses, expression
    for metric, inner in uses:
        assert metric in known, expression
        assert set(re.findall(r"(\w+)\s*=", inner)) <= known[metric] | ADDED, expression
    shown = set.union(*(known[metric] for metric, _ in uses))
    for group in re.findall(r"by \(([^)]*)\)", expression):
        assert set(re.findall(r"\w+", group)) <= shown, expression


def rules() -> list[dict[str, Any]]:
    """The alert rules."""
    (found,) = [one for one in rendered("keda") if one["kind"] == "PrometheusRule"]
    return [rule for group in found["spec"]["groups"] for rule in group["rules"]]


def test_alerts_ask_for_what_is_exported() -> None:
    """Each alert has a metric that exists, a severity, and words for who is woken up; no alert of the page lacks."""
    for rule in rules():
        check(rule["expr"])
        assert 'namespace="audit"' in rule["expr"]
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert {"summary", "description"} <= set(rule["annotations"])
        labels = re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])
        assert all(re.search(rf"by \([^)]*\b{label}\b", rule["expr"]) for label in labels)
    page = set(re.findall(r"alert: (\w+)", (DOCS / "reference" / "metrics.md").read_text()))
    assert page <= {rule["alert"] for rule in rules()}


def test_the_dashboard_asks_for_what_is_exported() -> None:
    """Each panel and variable has metrics and labels that exist, and every metric of the service has its panel."""
    dashboard = json.loads((CHART / "dashboards" / "auditor.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [one["definition"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
    for expression in asked:
        check(expression)
    used = {metric for expression in asked for metric in re.findall(r"\bauditor_\w+", expression)}
    assert set(exported()) - used == {
        "auditor_last_run_complete",  # alerts have these
        "auditor_last_run_checks",
        "auditor_last_run_sources",
        "auditor_figures_timestamp_seconds",
    }
    (made,) = [one for one in rendered("keda") if one["metadata"]["name"].endswith("-dashboard")]
    assert json.loads(made["data"]["auditor.json"]) == dashboard
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(places)


def test_workers_are_scaled_by_the_age_of_their_own_queue() -> None:
    """Each ScaledObject asks for the age of its queue; each HorizontalPodAutoscaler for the same, outside a cluster."""
    kinds = set()
    for one in (one for one in rendered("keda") if one["kind"] == "ScaledObject"):
        (trigger,) = one["spec"]["triggers"]
        check(trigger["metadata"]["query"])
        (kind,) = re.findall(r'kind="(\w+)"', trigger["metadata"]["query"])
        assert one["spec"]["scaleTargetRef"]["name"] == f"audits-auditor-worker-{kind}"
        kinds.add(kind)
    scaled = [one["spec"] for one in rendered("hpa") if one["kind"] == "HorizontalPodAutoscaler"]
    metrics = [metric["external"]["metric"] for one in scaled for metric in one["metrics"]]
    assert kinds == {one["selector"]["matchLabels"]["kind"] for one in metrics} == {"collect", "judge", "render"}
    assert all("kind" in exported()[one["name"]] for one in metrics)
    for name in ("keda", "hpa"):
        workers = [
            one for one in rendered(name) if one["kind"] == "Deployment" and "-worker-" in one["metadata"]["name"]
        ]
        assert len(workers) == 3
        assert not [one for one in workers if "replicas" in one["spec"]]


def test_figures_are_fetched_with_the_token() -> None:
    """The ServiceMonitor sends the token that the API is told to want, to a port and path that it has."""
    (found,) = [one for one in rendered("keda") if one["kind"] == "ServiceMonitor"]
    (endpoint,) = found["spec"]["endpoints"]
    (service,) = [
        one for one in rendered("keda") if one["kind"] == "Service" and one["metadata"]["name"] == "audits-auditor"
    ]
    assert found["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert endpoint["authorization"]["credentials"] == {"name": "audits-auditor-metrics", "key": "token"}
