"""Helm, and what it makes of the chart."""

import subprocess
import zipfile
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "auditor"
HELM = ROOT / ".ci" / "helm" / "bin" / "helm"
WHEELS = ROOT / ".ci" / "helm" / "wheels"
SETS = sorted(path.stem for path in (Path(__file__).parent / "values").glob("*.yaml"))
KUBERNETES = "1.37.0"
CUSTOM = (
    "keda.sh/v1alpha1",
    "monitoring.coreos.com/v1",
    "external-secrets.io/v1",
)  # not validated: no schema of theirs
Object = dict[str, Any]


def helm(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Helm."""
    return subprocess.run([HELM, *arguments], capture_output=True, text=True, check=False)


def values_file(name: str) -> str:
    """The file of a set of values."""
    return str(Path(__file__).parent / "values" / f"{name}.yaml")


def refused(*arguments: str) -> str:
    """What Helm says about values that it must not take."""
    done = helm("template", "audits", str(CHART), *arguments)
    assert done.returncode != 0, "these values were taken"
    return done.stderr


@cache
def rendered(name: str, *more: str) -> list[Object]:
    """The objects that a set of values makes, on a cluster that knows the custom resources."""
    known = [word for one in CUSTOM for word in ("--api-versions", one)]
    done = helm("template", "audits", str(CHART), "-n", "audit", "-f", values_file(name), *known, *more)
    assert done.returncode == 0, done.stderr
    return [one for one in YAML(typ="safe").load_all(StringIO(done.stdout)) if one]


def pods(name: str) -> dict[str, Object]:
    """The specs of all pods that a set of values makes, by kind and name of what makes them."""
    found = {}
    for one in rendered(name):
        spec = one["spec"] if one["kind"] == "Pod" else one.get("spec", {}).get("template", {}).get("spec")
        if spec and "containers" in spec:
            found[f"{one['kind']}/{one['metadata']['name']}"] = spec
    return found


def containers(spec: Object) -> list[Object]:
    """The containers of a pod, those that run before it too."""
    return [*spec.get("initContainers", []), *spec["containers"]]


def ours(name: str) -> dict[str, Object]:
    """The containers of a set that run Auditor, by pod and name."""
    found = {f"{pod}/{one['name']}": one for pod, spec in pods(name).items() for one in containers(spec)}
    return {where: one for where, one in found.items() if one.get("command", [""])[0] == "auditor"}


@cache
def _definitions() -> dict[str, Any]:
    (wheel,) = WHEELS.glob("kubernetes_validate-*.whl")
    folder = f"kubernetes_validate/kubernetes-json-schema/v{KUBERNETES}-local-strict"
    with zipfile.ZipFile(wheel) as archive:
        found: dict[str, Any] = orjson.loads(archive.read(f"{folder}/_definitions.json"))["$defs"]
    return found


@cache
def _validator(version: str, kind: str) -> Any:
    group, _, short = version.rpartition("/")
    wanted = {"group": group, "version": short, "kind": kind}
    key = "x-kubernetes-group-version-kind"
    names = [name for name, one in _definitions().items() if wanted in one.get(key, [])]
    assert len(names) == 1, f"Kubernetes {KUBERNETES} knows no {kind} of {version}"
    return jsonschema_rs.Draft202012Validator({"$defs": _definitions(), "$ref": f"#/$defs/{names[0]}"})


def faults(one: Object) -> list[str]:
    """What Kubernetes' own schema finds wrong with an object."""
    validator = _validator(one["apiVersion"], one["kind"])
    where = f"{one['kind']}/{one['metadata']['name']}"
    return [f"{where} {'.'.join(map(str, e.instance_path))}: {e.message}" for e in validator.iter_errors(one)]
