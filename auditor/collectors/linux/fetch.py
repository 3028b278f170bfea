"""One login, one program, one capture."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime

from auditor.collectors.linux.frame import clean, parse
from auditor.collectors.linux.options import Options
from auditor.collectors.linux.program import program
from auditor.collectors.linux.redact import redact
from auditor.collectors.linux.transport import Stream, Trouble, run
from auditor.domain import Capture, Failure, Source

PLATFORM = "linux"


async def fetch(source: Source, deadline: float) -> AsyncIterator[Capture | Failure]:
    """The capture of the host, also when its answer is cut; a Failure when the host did not say what it is."""
    options = source.options
    if not isinstance(options, Options):
        yield Failure(source.name, "this source has no options of kind linux", kind="unreadable")
        return
    begun, stream = datetime.now(UTC), Stream(bytearray())
    try:
        await run(source, options, program(options.become or "", activity=source.activity), stream, deadline)
    except Trouble as trouble:
        yield Failure(source.name, trouble.reason, kind=trouble.kind)
        return
    answer = parse(bytes(stream.data))
    if "meta" not in answer.records or "os" not in answer.records:
        yield Failure(source.name, _nothing(stream, answer.begun), kind=stream.kind if stream.lost else "unreadable")
        return
    records = redact(answer.records)
    yield Capture(
        source=source.name,
        target=source.name,
        platform=PLATFORM,
        taken_at=begun,
        body={
            "records": {key: asdict(record) for key, record in records.items()},
            "complete": answer.complete,
            "lost": "" if answer.complete else stream.lost or "the connection ended before the answer did",
        },
        labels=source.labels,
        warnings=source.warnings,
    )


def _nothing(stream: Stream, begun: bool) -> str:
    if stream.lost:
        return stream.lost
    if begun:
        return "the answer ended before the host had said what it is"
    seen = " ".join(clean(bytes(stream.data[:2000])).split())[:120]
    return (
        f"the login worked, but `sh -s` did not run: it answered {seen!r}"
        if seen
        else "the login worked, but `sh -s` answered nothing"
    )
