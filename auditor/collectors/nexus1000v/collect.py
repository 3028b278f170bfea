"""`fetch`: one login, the commands the facts need, the supervisor's identity read first and last."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from auditor.collectors.nexus1000v import snmp
from auditor.collectors.nexus1000v.accounting import ASKED, CLOCK, LOG, redact_log
from auditor.collectors.nexus1000v.commands import ALL, COMMON, IDENTITY, OF_SWITCH, OF_VSM, RUNNING, Answer, cut_short
from auditor.collectors.nexus1000v.options import Options
from auditor.collectors.nexus1000v.redact import redact
from auditor.collectors.nexus1000v.shell import ShellSession
from auditor.collectors.nexus1000v.show import family_of, read_redundancy, read_version
from auditor.collectors.nexus1000v.ssh import ExecSession, ExecUnusable, Session, connect
from auditor.collectors.nexus1000v.trouble import Trouble, trouble_of
from auditor.domain import Capture, Credential, Failure, Source
from auditor.errors import AuditorError
from auditor.evidence.redaction import redactor

_FATAL = {
    "incomplete": "unreadable",
    "oversize": "unreadable",
    "timeout": "timeout",
}  # a refusal is a gap, these are not

_GRACE = 2.0  # seconds for a goodbye, also beyond the deadline


async def fetch(source: Source, deadline: float) -> AsyncIterator[Capture | Failure]:
    """Yields one item: the capture of the switch, or why there is none. `deadline` is in seconds."""
    outcome: Capture | Failure
    try:
        async with asyncio.timeout(deadline) as limit:
            outcome = await _collect(source)
    except AuditorError:
        raise  # a mistake in our own set-up, not in the switch
    except Exception as problem:
        trouble = trouble_of(problem, f"{source.address}:{_options(source).ssh.port}")
        if limit.expired():
            trouble = Trouble("timeout", f"{source.address} was not read within its deadline of {deadline:g} s")
        outcome = Failure(source.name, trouble.reason, kind=trouble.kind)
    yield outcome


def _options(source: Source) -> Options:
    """The source's options; a `port` of the source itself is that of SSH, unless `ssh` names its own."""
    options: Options = source.options
    if source.port is None or "port" in options.ssh.model_fields_set:
        return options
    return options.model_copy(update={"ssh": options.ssh.model_copy(update={"port": source.port})})


async def _collect(source: Source) -> Capture:
    options = _options(source)
    asked = asyncio.ensure_future(_ask_snmp(source, options))
    try:
        body = await _ask_ssh(source, options)
        body["snmp"] = await asked
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
    return Capture(
        source=source.name,
        target=source.name,
        platform=source.kind,
        taken_at=datetime.now(UTC),
        body=body,
        labels=source.labels,
        warnings=(*source.warnings, *_warnings(source, body)),
    )


async def _ask_snmp(source: Source, options: Options) -> dict[str, Any]:
    if options.snmp is None:
        return {"reason": "the source has no `snmp:` key"}
    credential = source.credentials.get("snmp") or Credential("snmp")
    try:
        return await snmp.ask(source.address, options.snmp, credential, redactor())
    except Exception as problem:  # SNMP adds to what SSH tells; alone it never fails a source
        return {"reason": f"SNMP: {type(problem).__name__}"}


async def _ask_ssh(source: Source, options: Options) -> dict[str, Any]:
    credential = source.credentials.get("ssh") or Credential("ssh")
    connection = await connect(source.address, options.ssh, credential, source.timeout)
    try:
        session: Session = ExecSession(connection, source.timeout)
        try:
            await session.run(IDENTITY[0])
        except ExecUnusable:
            session = ShellSession(connection, source.timeout)
        try:
            for recollected in (False, True):
                answers, same = await _round(session, source, options)
                if same:
                    keep, asked = redactor(), {}
                    if source.activity:
                        answers[CLOCK] = await session.run(CLOCK)
                        asked = {ASKED: datetime.now(UTC).isoformat()}
                        answers[LOG] = await session.run(LOG)
                    return {
                        "transport": session.transport,
                        "recollected": recollected,
                        "commands": {
                            command: {
                                **answer.plain(),
                                "text": (redact_log if command == LOG else redact)(answer.text, keep),
                            }
                            for command, answer in answers.items()
                        },
                        **asked,
                    }
        finally:
            await session.close()
    finally:
        connection.close()
        try:
            async with asyncio.timeout(_GRACE):
                await connection.wait_closed()
        except TimeoutError:
            connection.abort()
    raise Trouble("lost", "the active supervisor changed twice while it was read: try again when the pair is stable")


async def _round(session: Session, source: Source, options: Options) -> tuple[dict[str, Answer], bool]:
    """All answers, and whether the same supervisor was active before and after."""
    first = [await session.run(command) for command in IDENTITY]
    if first[0].status in _FATAL:
        raise Trouble(_FATAL[first[0].status], first[0].reason)
    answers = {answer.command: answer for answer in first}
    wanted = [RUNNING, *([ALL] if options.running_config_all else []), *COMMON]
    vsm = (read_version(first[0].text).get("family") or family_of(first[0].text) or source.kind) == "nexus1000v"
    wanted += OF_VSM if vsm else OF_SWITCH
    for command in wanted:
        answers[command] = await session.run(command)
        if command == RUNNING and answers[command].status in _FATAL:
            raise Trouble(_FATAL[answers[command].status], answers[command].reason)
    running = cut_short(answers[RUNNING], answers.get(ALL), vsm=vsm)
    if answers[RUNNING].ok and not running.ok:  # cut, or changed between two commands: once more tells which
        answers[RUNNING] = await session.run(RUNNING)
        running = cut_short(answers[RUNNING], answers.get(ALL), vsm=vsm)
    if running.status in _FATAL:
        raise Trouble(_FATAL[running.status], running.reason)
    if not (first[0].ok or running.ok):
        raise Trouble("refused", f"{first[0].reason}; {running.reason}: nobody knows what answered")
    last = [await session.run(command) for command in IDENTITY]
    if last[0].status == "timeout":
        raise Trouble("timeout", f"whether the same supervisor is still active is not known: {last[0].reason}")
    return answers, _same(first, last)


def _same(first: list[Answer], last: list[Answer]) -> bool:
    before, after = ({**read_version(pair[0].text), **read_redundancy(pair[1].text)} for pair in (first, last))
    went_back = after.pop("uptime", 0) < before.pop("uptime", 0)
    return not went_back and before == after


def _warnings(source: Source, body: dict[str, Any]) -> list[str]:
    found = []
    family = read_version(body["commands"][IDENTITY[0]]["text"]).get("family")
    if family and (family == "nexus1000v") != (source.kind == "nexus1000v"):
        found.append(f"the source is of kind {source.kind}, but a {family} answers")
    if not any(body["commands"][command]["status"] == "ok" for command in IDENTITY):
        found.append("whether the same supervisor was active all the time is not known: its commands were refused")
    if body["recollected"]:
        found.append("the active supervisor changed during the first reading, which was thrown away")
    return found
