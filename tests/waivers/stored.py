"""A small estate that is audited into a store, and changes as a test wants."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.collectors.replay import Options
from auditor.document import Cover
from auditor.domain import Failure, Source
from auditor.pipeline import Plan, audit
from auditor.runners import Collected, Progress, SerialRunner
from auditor.selection import ActiveBaseline
from auditor.service.accepting import bound_now
from auditor.service.keeping import keep
from auditor.service.request import Request
from auditor.service.stored import Document, document_of
from auditor.store import waivers
from auditor.store.engine import Store, now
from auditor.store.waivers import waivers_in_force
from auditor.waivers import Waiver
from tests.docpages import SAMPLES

RULE = "nexus1000v-idle-sessions-end"  # fails on the subjects console and vty


class ChangedRunner(SerialRunner):
    """Replays captures with texts replaced; a source named in `dead` does not answer."""

    def __init__(self, texts: Mapping[str, str], dead: Sequence[str]) -> None:
        self._texts, self._dead = texts, dead

    async def collect(self, sources: Sequence[Source], progress: Progress) -> list[Collected]:
        found = await super().collect(sources, progress)
        for one in found:
            if one.source.name in self._dead:
                one.captures = []
                one.failures = [Failure(one.source.name, "nobody answers", "vsm-synthetic", "nexus1000v")]
            one.captures = [replace(capture, body=self._changed(capture.body)) for capture in one.captures]
        return found

    def _changed(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        text = json.dumps(body)
        for old, new in self._texts.items():
            assert old in text
            text = text.replace(old, new)
        changed: Mapping[str, Any] = json.loads(text)
        return changed


def run_stored(
    store: Store,
    baselines: Sequence[ActiveBaseline],
    *,
    texts: Mapping[str, str] | None = None,
    sources: Mapping[str, Mapping[str, str]] | None = None,
    dead: Sequence[str] = (),
) -> Document:
    """An audit of `sources` (names with labels) with the waivers of the store, kept in it; its stored document."""
    asked = [
        Source(name, "replay", options=Options(captures=SAMPLES / "vsm"), labels=labels)
        for name, labels in (sources or {"vsm": {"site": "ams"}}).items()
    ]
    with store.reading() as connection:
        accepted = waivers_in_force(store, now(connection))
    made = audit(Plan(asked, baselines, waivers=accepted), ChangedRunner(texts or {}, dead))
    keep(store, made, Cover("0"), Request(inventory="inventory.yaml"))
    return document_of(store, made.id)


def ask(store: Store, waiver: Waiver, actor: str = "tester") -> Waiver:
    """A request, kept."""
    with store.writing() as connection:
        return waivers.request(connection, waiver, actor)


def approve(store: Store, name: str, by: str = "Security office") -> Waiver:
    """Approved for what fails now, as `auditor waiver approve` does."""
    with store.writing() as connection:
        stored = waivers.find(connection, name, lock=True)
        bound = bound_now(connection, stored.waiver, now(connection))
        return waivers.approve(connection, name, by, bound, by)
