"""Facts in the making: each part is built, or becomes a gap with its reason. Nothing in a capture can make it raise."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from auditor.collectors.said import said
from auditor.domain import Capture, Snapshot
from auditor.facts.base import FactModel, plain

Json = Any
_STEPS = re.compile(r"[^.\[\]]+")
UNKNOWN_TO_API = "is not known to this version of the API"
MAX_TEXT = 65_536  # characters of one value that are kept; nothing that is configured on purpose comes near it


class Missing(Exception):
    """A part could not be looked at; the text is the reason."""


class Draft:
    """Collects facts, their sources and gaps for one capture of the platform whose model is `model`."""

    def __init__(self, capture: Capture, model: type[FactModel]) -> None:
        self.capture, self.model = capture, model
        body: Any = capture.body
        self.body: Mapping[str, Json] = body if isinstance(body, Mapping) else {}
        self.facts: dict[str, Json] = {}
        self.gaps: dict[str, str] = {}
        self.sources: dict[str, str] = {}

    def part(self, path: str, source: str, build: Callable[[], Json]) -> Json:
        """Set the facts at `path` to `build()`, or a gap there when it cannot be built.

        The path is `a.b`, or `a[b]` where `a` is a mapping. None means absent.
        """
        try:
            value = build()
        except Missing as missing:
            self.gap(path, str(missing))
            return None
        except Exception as problem:
            self.gap(path, f"{source} could not be understood: {type(problem).__name__}")
            return None
        *parents, name = _STEPS.findall(path)
        where = self.facts
        for parent in parents:
            where = where.setdefault(parent, {})
        if value is not None:
            where[name] = value
        self.sources[path] = source
        return value

    def gap(self, path: str, reason: str) -> None:
        """Say that `path` and what is below it could not be looked at; the first reason stays."""
        self.gaps.setdefault(path, said(reason))

    def snapshot(self, version: str, group: str = "") -> Snapshot:
        """What came of it. A field whose value does not fit the model is a gap."""
        kept: dict[str, Json] = {}
        for name, value in self.facts.items():
            try:
                self.model.model_validate({name: value})
                kept[name] = value
            except (ValidationError, RecursionError) as problem:
                place = (
                    ".".join(str(p) for p in problem.errors()[0]["loc"])
                    if isinstance(problem, ValidationError)
                    else name
                )
                self.gap(name, f"the answer does not have the form of this fact at {place[:120]}")
        facts = plain(self.model.model_validate(kept))
        capture = self.capture
        return Snapshot(
            target=capture.target,
            platform=capture.platform,
            source=capture.source,
            taken_at=capture.taken_at,
            facts=facts,
            sources=self.sources,
            gaps=self.gaps,
            version=version,
            labels=capture.labels,
            group=group,
            synthetic=capture.synthetic,
            warnings=capture.warnings,
        )


class Props:
    """Properties of one object in a capture: {"props": {path: data}, "errors": {path: reason}}."""

    def __init__(self, item: Json, what: str) -> None:
        self._props = record(item.get("props")) if isinstance(item, Mapping) else {}
        self._errors = record(item.get("errors")) if isinstance(item, Mapping) else {}
        self._what = what

    def __contains__(self, path: str) -> bool:
        """Whether the object has a value at `path`, or one that could not be read."""
        return path in self._props or path in self._errors

    def optional(self, path: str) -> Json:
        """The data at `path`, None when the object has none. Raises Missing when it could not be read."""
        if path in self._errors:
            raise Missing(str(self._errors[path]))
        return self._props.get(path)

    def where_known(self, path: str) -> Json:
        """As `optional`, and None too where the server's API is older than the property."""
        return None if str(self._errors.get(path, "")).endswith(UNKNOWN_TO_API) else self.optional(path)

    def required(self, path: str) -> Json:
        """As `optional`; every object of this kind has it, so nothing there means nothing was read."""
        value = self.optional(path)
        if value is None:
            raise Missing(f"no value came for {self._what}.{path}, which always has one")
        return value


def activity(draft: Draft) -> None:
    """The fact `activity`, where the events were asked for."""
    body = draft.body
    if "activity_error" in body:
        draft.gap("activity", str(body["activity_error"]))
    elif "activity" in body:
        draft.part("activity", "EventManager.QueryEvents", lambda: body["activity"])


def record(value: Json) -> Mapping[str, Json]:
    """`value` as an object; nothing is an empty one. Raises TypeError."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError("an object was expected")
    return value


def rows(value: Json) -> list[Mapping[str, Json]]:
    """`value` as a list of objects; nothing is an empty one. Raises TypeError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return [record(item) for item in value]


def build_number(text: Json) -> int | None:
    """A build number, None when it is no number."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 16 else None


def product(data: Mapping[str, Json]) -> dict[str, Json]:
    """AboutInfo as the `Product` facts."""
    version, build = data.get("version"), build_number(data.get("build"))
    return {
        "name": data.get("name"),
        "version": version,
        "build": build,
        "release": f"{version}.{build}" if version and build is not None else None,
        "full_name": data.get("fullName"),
        "api_version": data.get("apiVersion"),
        "licence": data.get("licenseProductName"),
    }


def cluster(item: Json) -> dict[str, Json]:
    """A cluster's content as the `Cluster` facts. Raises Missing."""
    props = Props(item, "ClusterComputeResource")
    configuration = record(props.required("configurationEx"))
    das, drs = record(configuration.get("dasConfig")), record(configuration.get("drsConfig"))
    summary = record(props.optional("summary"))
    monitoring = das.get("hostMonitoring")
    return {
        "name": props.required("name"),
        "ha": das.get("enabled"),
        "ha_admission_control": das.get("admissionControlEnabled"),
        "ha_host_monitoring": monitoring == "enabled" if monitoring is not None else None,
        "drs": drs.get("enabled"),
        "drs_behavior": drs.get("defaultVmBehavior"),
        "evc_mode": summary.get("currentEVCModeKey"),
        "vsan": record(configuration.get("vsanConfigInfo")).get("enabled"),
        "hosts": summary.get("numHosts"),
    }
