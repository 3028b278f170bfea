"""What `sshd -T` would answer after the change: its answer before it, with what the files then say otherwise."""

import re
from collections.abc import Mapping, Sequence
from functools import partial

from auditor.changes.linux.plan import Plan
from auditor.changes.linux.sshconfig import UNSURE, Configuration, Values
from auditor.changes.linux.sshconnections import connections
from auditor.changes.linux.sshvalues import Unknown, printed
from auditor.changes.linux.sshwords import ALIASES, DEFAULTS, EMPTY, NOT_ALWAYS
from auditor.changes.linux.work import Work
from auditor.collectors.linux.config import Files, Lines
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.collectors.linux.sections import accounts as accounts_section
from auditor.collectors.linux.sections.ssh_contexts import LIMIT, applies
from auditor.collectors.linux.sections.ssh_files import DROPINS, MAIN, POLICY, NotFollowed, split

NO_ONE = "user=auditor-none,host=none.invalid,addr=192.0.2.9,laddr=192.0.2.8,lport=65535"
_LISTENING = ("port", "listenaddress", "addressfamily")
_NEEDS_PORT = "'Match LocalPort' in configuration but 'lport' not in connection test specification."
Answer = dict[str, list[str]]


def apply(work: Work, plan: Plan, old: Evidence) -> None:
    """Edit the answers of `sshd -T` and of `sshd -T -C` in step with the files."""
    changes = plan.below(MAIN, DROPINS)
    if not changes:
        return
    where = changes[0].where
    try:
        before, after = Configuration.of(texts(old)), Configuration.of(texts(work.evidence()))
    except (NotFollowed, Unread) as why:
        for fact in ("sshd.effective", "sshd.match_blocks", "sshd.contexts"):
            work.gap(fact, where, f"what sshd reads could not be followed: {why}")
        return
    places = {
        (c.path, n): (line.where, line.text) for c in changes for n, line in enumerate(c.lines or (), 1) if line.where
    }
    after.lines = [
        (at, block, key, split(places[at][1])[1] if at in places else value) for at, block, key, value in after.lines
    ]
    if before.lines == after.lines and before.criteria == after.criteria:
        return
    work.remark(where, "it is assumed that sshd is reloaded after it; `sshd -T` shows its files in any case")
    _Server(work, places, where).run(before, after)


def texts(evidence: Evidence) -> dict[str, Lines]:
    """The files that sshd reads, by path. Raises Unread."""
    files = Files(evidence, "sshd_text" if evidence.out("sshd_text") else "conf")
    main = files.get(MAIN)
    if main is None:
        raise Unread(f"{MAIN} is not there")
    return {MAIN: main, **files.below(DROPINS), POLICY: Files(evidence, "conf").get(POLICY) or []}


class _Server:
    """One sshd, before and after."""

    def __init__(self, work: Work, places: Mapping[tuple[str, int], tuple[str, str]], where: str) -> None:
        self.work, self.places, self.where = work, places, where
        draft = Draft()
        accounts_section.shells(work.old, draft)
        accounts_section.accounts(work.old, draft)
        self.accounts, self.groups = draft.facts.get("accounts", {}), draft.facts.get("groups", {})

    def holds(self, connection: str, criteria: str) -> bool:
        """Whether a Match block holds for a connection."""
        return applies(criteria, connection, self.accounts, self.groups)

    def run(self, before: Configuration, after: Configuration) -> None:
        """The records of `sshd -T`, and of `sshd -T -C` for each connection."""
        old, new, known = before.general(), after.general(), set(before.lines)
        for place, criteria in after.criteria.items():
            if before.criteria.get(place) != criteria:
                where, text = self.places.get(place, (self.where, f"Match {criteria}"))
                for fact in ("sshd.match_blocks", "sshd.contexts"):
                    self.work.because(fact, where, text)
        for place in [line[0] for line in after.lines if line[1] and line not in known][:500]:
            where, text = self.places.get(place, (self.where, ""))
            self.work.because("sshd.match_blocks", where, text)
            self.work.because("sshd.contexts", where, text)
        later = set(after.lines)
        lost = [c for c in before.criteria if c not in after.criteria]
        if lost or any(line[1] and line not in later for line in before.lines):
            self.work.because("sshd.match_blocks", self.where, "", "a line of a Match block goes, or stands elsewhere")
            self.work.because("sshd.contexts", self.where, "", "a line of a Match block goes, or stands elsewhere")
        base_key = "sshd" if self._answered("sshd") else "sshd_plain"
        base = parse(self.work.out(base_key)) if self._answered(base_key) else None
        if base is None:
            return  # without root there was no answer, and there is none afterwards
        general = self._changed(base, old, new, "sshd.effective", self._listening(old, new))
        asked_before = self._asked()
        answers = {
            connection: parse(self.work.out(f"sshd_match_{n}"))
            for n, (_, connection) in enumerate(asked_before, 1)
            if self._answered(f"sshd_match_{n}")
        }
        self._contexts(before, after, base, answers)
        self._general(after, base_key, general, old, new)

    def _answered(self, key: str) -> bool:
        return self.work.has(key) and bool(self.work.out(key)) and self.work.ok(key)

    def _asked(self) -> list[tuple[str, str]]:
        rows = [line.split("\t") for line in self.work.out("sshd_matches").splitlines()]
        return [(row[0], row[1]) for row in rows if len(row) == 2]

    def _general(self, after: Configuration, base_key: str, answer: Answer, old: Values, new: Values) -> None:
        text = written(answer)
        local = any(re.search(r"\blocalport\b", c, re.I) for c in after.criteria.values())
        if any(re.search(r"\blocaladdress\b", c, re.I) for c in after.criteria.values()):
            self.work.remark(self.where, "an older sshd needs a connection for a bare -T with `Match LocalAddress`")
        for criteria in after.criteria.values():
            if re.search(r"\b(?:host|address|localaddress)[\s=]+\S*\*", criteria, re.I):
                self.work.gap("sshd.effective", self.where, f"whether a bare -T counts `Match {criteria[:80]}` as met")
        if after.criteria:
            plain = self._for(NO_ONE, after, new)
            self.work.put("sshd_plain", written(self._changed(answer, new, plain, "", ())))
        else:
            self.work.drop("sshd_plain")
        if local:
            self.work.because("sshd", self.where, "Match LocalPort", "a bare `sshd -T` stops at it")
            self.work.put("sshd", "", 255, _NEEDS_PORT)
        else:
            self.work.put("sshd", text)

    def _for(self, connection: str, configuration: Configuration, _: Values) -> Values:
        return configuration.of_connection(partial(self.holds, connection))

    def _contexts(
        self, before: Configuration, after: Configuration, base: Answer, answers: Mapping[str, Answer]
    ) -> None:
        """The connections that the program would make up then, and what each would get."""
        n = 0
        while self.work.has(f"sshd_match_{n + 1}"):
            n += 1
            self.work.drop(f"sshd_match_{n}")
        evidence = self.work.evidence()
        found = connections(texts(evidence), self.work.out("passwd"), self.work.out("group"))
        self.work.put("sshd_matches", "".join(f"{place}\t{c}\n" for place, c in found) or "\n")
        for number, (place, connection) in enumerate(found[:LIMIT], 1):
            new = self._for(connection, after, {})
            start = answers.get(connection)
            old = self._for(connection, before, {}) if start is not None else before.general()
            fact = f"sshd.contexts[{place}]"
            listening = self._listening(old, new)
            answer = self._changed(start if start is not None else base, old, new, fact, listening)
            self.work.put(f"sshd_match_{number}", written(answer))

    def _listening(self, old: Values, new: Values) -> tuple[str, ...]:
        return tuple(k for k in _LISTENING if _raw(old, k) != _raw(new, k))

    def _changed(self, base: Answer, old: Values, new: Values, fact: str, listening: Sequence[str]) -> Answer:
        """An answer with the keywords whose lines differ."""
        answer = dict(base)
        for key in sorted({*old, *new}):
            if _raw(old, key) == _raw(new, key) or key in _LISTENING:
                continue
            values = [value for value, _ in new.get(key, ())]
            where, text = self._first(new.get(key, ()), key)
            inner = fact if fact != "sshd.effective" else f"sshd.effective[{key}]"
            default = [] if key in old else base.get(key, [])
            others = [name for name, real in ALIASES.items() if real == key and name in base]
            try:
                if others or (key not in base and key not in NOT_ALWAYS):
                    for name in others if fact == "sshd.effective" else ():
                        self.work.gap(f"sshd.effective[{name}]", where, f"this version of sshd knows {key} otherwise")
                    raise Unknown(f"this version of sshd knows {key} otherwise")
                if key in UNSURE and len(set(values)) > 1:
                    raise Unknown(f"which of several lines with {key} counts differs between versions of OpenSSH")
                if values:
                    answer[key] = printed(key, values, default)
                elif key in EMPTY:
                    answer.pop(key, None)
                elif key in DEFAULTS:
                    answer[key] = [DEFAULTS[key]]
                else:
                    raise Unknown(f"what holds where no line sets {key} differs between versions")
            except Unknown as why:
                if fact:
                    self.work.gap(inner, where, str(why))
                    for derived in _derived(key, fact):
                        self.work.gap(derived, where, str(why))
            if fact:
                self.work.because(inner, where, text, "" if values else "no line sets it any more")
                for derived in _derived(key, fact):
                    self.work.because(derived, where, text)
        if listening:
            self._listeners(answer, base, old, new, fact)
        return answer

    def _listeners(self, answer: Answer, base: Answer, old: Values, new: Values, fact: str) -> None:
        """Ports and addresses: `sshd -T` prints every pair of them."""
        where, text = self._first([one for k in _LISTENING for one in new.get(k, ())], "")
        ports = [value.split()[0] for value, _ in new.get("port", ()) if value.split()] or ["22"]
        family = (new.get("addressfamily") or [("any", ("", 0))])[0][0].lower()
        given = [value for value, _ in new.get("listenaddress", ())]
        answer["port"], answer["addressfamily"] = ports, [family]
        if given:
            if fact:
                self.work.gap("sshd.effective[listenaddress]", where, "how sshd resolves ListenAddress is not computed")
        else:
            any_ = ([] if family == "inet6" else ["0.0.0.0"]) + ([] if family == "inet" else ["[::]"])  # noqa: S104
            answer["listenaddress"] = [f"{address}:{port}" for port in ports for address in any_]
        if not fact:
            return
        for key in _LISTENING:
            self.work.because(f"sshd.effective[{key}]", where, text)
        self.work.gap("listeners", where, "on what sshd then listens depends on whether it is reloaded or restarted")

    def _first(self, found: Sequence[tuple[str, tuple[str, int]]], key: str) -> tuple[str, str]:
        for value, place in found:
            if place in self.places:
                return self.places[place]
            return f"{place[0]}:{place[1]} of the host", f"{key} {value}"
        return self.where, ""


def _raw(values: Values, key: str) -> list[str]:
    return [value for value, _ in values.get(key, ())]


def _derived(key: str, fact: str) -> tuple[str, ...]:
    if fact != "sshd.effective":
        return ()
    return {
        "maxstartups": ("sshd.max_startups_start", "sshd.max_startups_full"),
        "rekeylimit": ("sshd.rekey_bytes", "sshd.rekey_seconds"),
        "hostkey": ("sshd.private_keys",),
    }.get(key, ())


def parse(text: str) -> Answer:
    """Lines of `sshd -T` by keyword."""
    found: Answer = {}
    for line in text.splitlines():
        key, _, value = line.strip().partition(" ")
        found.setdefault(key.lower(), []).append(value)
    return found


def written(answer: Answer) -> str:
    """The answer as `sshd -T` prints it."""
    return "".join(f"{key} {value}\n" for key, values in answer.items() for value in values)
