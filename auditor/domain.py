"""The words of the product as frozen data. No I/O, no third-party imports: everything else may import this module.

Words and their origin: architecture, section 3. Times are aware UTC datetimes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


class _Nothing(Mapping[str, Any]):
    """An empty mapping that nobody can fill; hashable, as Python 3.11 wants the default of a dataclass field to be."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


EMPTY: Mapping[str, Any] = _Nothing()


class Status(StrEnum):
    """Result of one rule on one subject, spelled as in XCCDF 1.2 (NIST IR 7275r4, table 26)."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    ERROR = "error"
    NOTAPPLICABLE = "notapplicable"
    NOTCHECKED = "notchecked"


class Severity(StrEnum):
    """How bad a failure is. DISA CAT I, II, III map to high, medium, low; critical comes by tailoring only."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (info) to 4 (critical)."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Secret:
    """A resolved secret. It prints as stars and is not serialised by accident; `reveal` is the only way to it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for the one call that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled: pass the source's name and resolve it again")


@dataclass(frozen=True, slots=True)
class Credential:
    """A login, resolved from its reference (environment, file) when the run begins."""

    name: str
    username: str = ""
    secrets: Mapping[str, Secret] = EMPTY  # password, key_file, auth_key, priv_key ...

    def secret(self, kind: str) -> str | None:
        """Text of one secret, or None when the credential has none of that kind."""
        found = self.secrets.get(kind)
        return found.reveal() if found else None


@dataclass(frozen=True, slots=True)
class Member:
    """One declared or discovered member of a source's population."""

    name: str
    platform: str


@dataclass(frozen=True, slots=True)
class NameServers:
    """Where names of targets are looked up; no server: where this machine looks them up."""

    servers: tuple[str, ...] = ()
    port: int = 53


@dataclass(frozen=True, slots=True)
class Source:
    """Something we log in to once. `options` is the kind's own checked model (`Options` of its collector)."""

    name: str
    kind: str
    address: str = ""
    port: int | None = None
    options: Any = None
    credentials: Mapping[str, Credential] = (
        EMPTY  # "" is the source's own; others by the option that names them ("ssh", "snmp")
    )
    labels: Mapping[str, str] = EMPTY
    timeout: float = 60.0  # seconds, one call
    deadline: float = 300.0  # seconds, the source as a whole
    population: tuple[Member, ...] = ()  # declared; empty = only what is discovered
    population_file: str = ""  # where `auditor collect` and `--save` write the discovered population
    warnings: tuple[str, ...] = ()  # verification that was switched off, legacy cryptography: shown in the report
    resolve_names: NameServers | None = None  # None: names of its targets are not looked up
    activity: bool = False  # also read who changed what, from the logs of its targets
    customisations: Mapping[str, Mapping[str, Any]] = EMPTY  # by target and name, for golden profiles

    @property
    def credential(self) -> Credential | None:
        """The source's own credential."""
        return self.credentials.get("")


@dataclass(frozen=True, slots=True)
class Capture:
    """The raw, redacted answer of one target. `body` is plain JSON data whose form belongs to the platform's `read`."""

    source: str
    target: str
    platform: str
    taken_at: datetime
    body: Mapping[str, Any]
    labels: Mapping[str, str] = EMPTY
    synthetic: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A source (`target` None) or one of its targets that could not be read at all."""

    source: str
    reason: str  # a sentence a person can act on
    target: str | None = None
    platform: str | None = None
    kind: str = "unreachable"  # unreachable | refused | untrusted | timeout | lost | unreadable


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The facts of one target at one time.

    `facts` is the plain form (`auditor.facts.plain`) of the platform's `Facts` model: dicts, lists, scalars; None and
    missing keys both mean absent (looked, not there). `sources` names the origin of a path and everything below it, the
    longest path wins. `gaps` maps a path to the reason why it, and everything below it, could not be read.
    """

    target: str
    platform: str
    source: str
    taken_at: datetime
    facts: Mapping[str, Any]
    sources: Mapping[str, str] = EMPTY
    gaps: Mapping[str, str] = EMPTY
    version: str = ""  # of the platform, e.g. "8.0.3"; "" when it could not be read
    labels: Mapping[str, str] = EMPTY
    group: str = ""  # cluster, site: the rows of the heat map
    synthetic: bool = False
    warnings: tuple[str, ...] = ()
    gap_roots: frozenset[str] = field(init=False, repr=False, compare=False)  # top-level facts that have a gap in them

    def __post_init__(self) -> None:
        object.__setattr__(self, "gap_roots", frozenset(root_of(path) for path in self.gaps))


def root_of(path: str) -> str:
    """The top-level fact that a path begins with: `services` of `services[TSM-SSH].running`."""
    return path.partition(".")[0].partition("[")[0]


class Absent:
    """The one value that means: looked, not there. Its JSON form is {"absent": true}."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "absent"

    def __bool__(self) -> bool:
        return False


ABSENT = Absent()


class GapValue(NamedTuple):
    """Stands in an observation for a fact that could not be read. Its JSON form is {"gap": reason}."""

    reason: str


class Observation(NamedTuple):
    """One fact looked at. `actual` is the plain value, ABSENT or a GapValue; `expected` is in words."""

    path: str
    expected: str
    actual: Any
    source: str


class Finding(NamedTuple):
    """Rule x target x subject -> status. Observations were made at the snapshot's `taken_at`."""

    rule: str
    target: str
    status: Status
    subject: str | None = None
    reason: str = ""
    observations: tuple[Observation, ...] = ()


class Drift(NamedTuple):
    """One difference from a golden profile, or from an earlier snapshot.

    `change`: missing | extra | changed | reordered | unknown. `expected` and `actual` are plain values or ABSENT; of an
    unknown drift `reason` says why nobody can tell.
    """

    target: str
    path: str
    change: str
    expected: Any
    actual: Any
    source: str = ""
    golden: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A member of the run's population and what became of it."""

    name: str
    platform: str
    source: str
    status: str  # collected | unreachable | stale
    reason: str = ""
    snapshot: Snapshot | None = None
    part_of: str = ""  # the target that this one is another view of, and is counted with
    last_good: datetime | None = None  # of a stale one: when its last good snapshot was taken, None: never
    own: str = ""  # its own name, where the run had to call it otherwise

    @property
    def own_name(self) -> str:
        """The name that its source knows it by."""
        return self.own or self.name


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A target that is out of scope by declaration, until a date (YYYY-MM-DD, inclusive; "" = without end)."""

    target: str
    reason: str
    until: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the population was looked at. `population` leaves the excluded out."""

    targets: tuple[Target, ...]
    excluded: tuple[Exclusion, ...] = ()

    @property
    def population(self) -> int:
        """Number of targets that should have been read; what is part of another target counts with that."""
        return sum(not target.part_of for target in self.targets)

    @property
    def collected(self) -> int:
        """Number of targets logged in to and identified."""
        return sum(target.status == "collected" and not target.part_of for target in self.targets)

    @property
    def percent(self) -> float:
        """Collected in percent of the population; an empty population covers nothing."""
        return 100.0 * self.collected / self.population if self.population else 0.0


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What one source did in a run."""

    source: Source
    seconds: float
    captures: int
    failures: tuple[Failure, ...] = ()

    @property
    def status(self) -> str:
        """ok | partial | failed."""
        if not self.failures:
            return "ok"
        return "partial" if self.captures else "failed"
