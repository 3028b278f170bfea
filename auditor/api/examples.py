"""Examples of what is sent and answered, in the OpenAPI document: put together from those of the fields."""

from collections.abc import Mapping
from typing import Any

NONE = "..."  # of a text without an example of its own: a test finds it
MOMENT = "2026-11-21T02:00:00Z"
JSON = "application/json"
DEEPEST = 12
RUN, SHA256 = "20261121-020000-7f3a", "9b74c9897bac770ffc029102a200c5de" * 2
WORDS = {  # of fields that are called the same wherever they stand, and mean the same
    "about": "sees results on pages",
    "at": MOMENT,
    "baseline": "esxi-8",
    "channel": "team",
    "checksum": "/api/v1/reports/7/checksum",
    "created_by": "zoe",
    "csrf": "b1946ac92492d2347c6235b4d2611184",
    "current": "the words that were",
    "delivery": "msg_5d41402abc4b2a76b9719d91",
    "display": "Zoe",
    "expiration_date": "2027-03-31",
    "family": "IA-AUTHN",
    "golden": "linux-web",
    "hash": SHA256,
    "head": SHA256,
    "id": "linux-web",
    "justification": "replaced in the next maintenance window",
    "last_run": RUN,
    "message": "",
    "missed_by": RUN,
    "name": "nightly",
    "new": "the words that are to be",
    "note": "",
    "owner": "zoe",
    "password": "words that do not belong together",
    "path": "sshd.permit_root_login",
    "platform": "linux",
    "reason": "nobody answers",
    "removed": "team",
    "requested_by": "zoe",
    "rule": "esxi-account-lock-failures",
    "run": RUN,
    "severity": "high",
    "sha256": SHA256,
    "source": "vc01",
    "state": "collecting",
    "status": "fail",
    "target": "esx01",
    "title": "Accounts lock after repeated failed logins",
    "token": "aud_...",
    "used_from": "192.0.2.7",
    "version": "2026.1",
    "zone": "Europe/Amsterdam",
}


def with_examples(document: dict[str, Any]) -> dict[str, Any]:
    """The document, where every JSON that is sent or answered has an example. It is changed."""
    known = document.get("components", {}).get("schemas", {})
    for methods in document["paths"].values():
        for operation in methods.values():
            bodies = [operation.get("requestBody", {}), *_good(operation["responses"])]
            for content in (one.get("content", {}).get(JSON) for one in bodies):
                if (
                    content is not None
                    and _has_parts(content.get("schema", {}))
                    and not {"example", "examples"} & {*content}
                ):
                    content["example"] = example_of(content.get("schema", {}), known)
    return document


def example_of(schema: Mapping[str, Any], known: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that fits a schema, as it is typically: by its examples, choices, defaults, types."""
    if depth > DEEPEST:
        return None
    if (name := schema.get("$ref", "").rpartition("/")[2]) and "examples" not in schema:
        return example_of(known[name], known, depth + 1)
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("const", "default"):
        if schema.get(key) not in (None, "", [], {}):
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    if choices := (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found = example_of(choices[0], known, depth + 1)
        return None if found == NONE and {"type": "null"} in choices else found
    return _by_type(schema, known, depth)


def _by_type(schema: Mapping[str, Any], known: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return {key: _field(key, one, known, depth) for key, one in schema.get("properties", {}).items()}
    if kind == "array":
        item = example_of(schema["items"], known, depth + 1) if schema.get("items") else NONE
        return [item] if item != NONE or schema.get("minItems") else []
    if kind == "string":
        if schema.get("format") == "date-time":
            return MOMENT
        return schema["default"] if schema.get("default") == "" else NONE
    whole = {"integer": max(1, schema.get("minimum", 1)), "number": 61.5, "boolean": False}
    return whole.get(str(kind))


def _field(key: str, schema: Mapping[str, Any], known: Mapping[str, Any], depth: int) -> Any:
    found = example_of(schema, known, depth + 1)
    if found == NONE or (found is None and _takes_text(schema)):
        if key.endswith(("_at", "_since", "_until", "_read", "since", "until", "not_before")):
            return MOMENT
        return WORDS.get(key, found)
    return found


def _takes_text(schema: Mapping[str, Any]) -> bool:
    """Whether it may be any text: a pattern has to be met by an example of its own."""
    return any(one.get("type") == "string" and "pattern" not in one for one in schema.get("anyOf", ()))


def _has_parts(schema: Mapping[str, Any]) -> bool:
    """Whether there is anything to show: not for a file, or a document that is described elsewhere."""
    return bool({"$ref", "properties", "items", "anyOf", "oneOf"} & {*schema})


def _good(responses: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [answer for status, answer in responses.items() if status.startswith("2")]
