"""The schema describes every value, and takes no other. These need no Helm."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from tests.helm.chart import CHART

FREE = {"affinity", "global"}  # Kubernetes' own form, and what a parent chart hands down


def schema() -> dict[str, Any]:
    """The schema of the values."""
    found: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
    return found


def nodes(node: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every value that the schema knows, with its path."""
    for name, inner in node.get("properties", {}).items():
        yield f"{path}.{name}".lstrip("."), inner
        yield from nodes(inner, f"{path}.{name}")
    if isinstance(items := node.get("items"), dict):
        yield from nodes(items, f"{path}[]")


def test_every_value_is_described_and_typed() -> None:
    """No value is without words and a type, none says only what its name says."""
    for path, node in nodes(schema(), ""):
        assert node.get("description", "").endswith("."), path
        assert len(node["description"]) >= 5, path
        assert "type" in node, path


def test_no_object_takes_keys_that_nobody_reads() -> None:
    """Objects name their keys or the type of their values; two are Kubernetes' or Helm's own."""
    assert schema()["additionalProperties"] is False
    for path, node in nodes(schema(), ""):
        if node["type"] == "object" and path.rpartition(".")[2] not in FREE:
            assert node.get("additionalProperties") is False or "type" in node["additionalProperties"], path


def test_values_and_schema_name_the_same() -> None:
    """Each default stands in the schema and each value of the schema has its default."""
    values = YAML(typ="safe").load(StringIO((CHART / "values.yaml").read_text()))
    known = {path for path, _ in nodes(schema(), "") if "[]" not in path} - {"global"}
    missing = known - set(paths(values, ""))
    optional = {"image.registry", "tag", "digest"}
    assert not {path for path in missing if path.rpartition(".")[2] not in optional}
    unknown = set(paths(values, "")) - known
    texts = (".requests.", ".limits.", "dashboard.labels.")  # keys of somebody else's
    assert not {path for path in unknown if not any(one in path for one in texts)}


def paths(value: Any, path: str) -> Iterator[str]:
    """Paths of all keys."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}".lstrip(".")
            yield from paths(inner, f"{path}.{key}".lstrip("."))
