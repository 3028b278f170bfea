"""inventory.yaml becomes sources that collectors can talk to. Every fault is an input error with file and line."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.collectors import OptionModel, collector_for, kinds
from auditor.domain import Credential, Exclusion, Member, NameServers, Source
from auditor.errors import InputError, InputErrors
from auditor.inventory.customisations import Values, read_customisations
from auditor.inventory.model import CustomisationsForm, InventoryForm, NamesForm, SourceForm
from auditor.inventory.population import read_population
from auditor.inventory.secrets import resolve
from auditor.yamlfile import Document, Loc, parse, read

_PATH_KEYS = {"ca_file", "pinned_leaf", "known_hosts", "captures"}  # relative to the inventory's folder
_TRUST_KEYS = {"ca_file", "pinned_leaf", "known_hosts"}
_WITHOUT_ADDRESS = {"replay"}


@dataclass(frozen=True, slots=True)
class Inventory:
    """Sources and exclusions, ready for a run. `file` is where they were declared."""

    sources: tuple[Source, ...]
    excluded: tuple[Exclusion, ...]
    file: str


def default_platform(kind: str) -> str:
    """Platform of the declared names behind a source of `kind`."""
    return "nxos" if kind == "nxos" else collector_for(kind).PLATFORM


def load_inventory(path: Path, *, secrets: bool = True) -> Inventory:
    """The inventory in `path`. Raises InputError or InputErrors: nothing of a faulty inventory is used.

    Without `secrets`, credentials keep their names and no secret is read: for who only wants to know what is declared.
    """
    return OpenInventory(path).whole(secrets=secrets)


class OpenInventory:
    """An inventory whose sources are made one by one, so that what one of them lacks is a failure of that one.

    Raises InputError for a file that cannot be read or is no inventory.
    """

    def __init__(self, path: Path, text: str | None = None) -> None:
        """`text` is what the file would say: it need not stand there yet."""
        document = read(path) if text is None else parse(text, str(path))
        if not isinstance(document.data, dict):
            raise InputError("this is not an inventory", where=str(path), mend="Begin it with `sources:`.")
        form = document.validate(InventoryForm)
        if not form.sources:
            mend = "Add a source, for example {name: here, kind: linux, connection: local}."
            raise InputError("the inventory has no sources", where=document.place(("sources",)), mend=mend)
        self._file, self._document, self._form = str(path), document, form
        self._base = path.resolve().parent
        self._numbers = {source.name: n for n, source in enumerate(form.sources)}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its sources, in the order of the file."""
        return tuple(self._numbers)

    def source(self, name: str, *, secrets: bool = True) -> Source:
        """One source with its secrets. Raises InputError when it, or one of its secrets or files, is not there."""
        if name not in self._numbers:
            raise InputError(f"there is no source {name!r} in it any more", where=self._file)
        number = self._numbers[name]
        builder = _Builder(self._document, self._form, self._base, secrets=secrets)
        return builder.source(number, self._form.sources[number])

    def whole(self, *, secrets: bool) -> Inventory:
        """All of it. Raises InputError or InputErrors."""
        builder = _Builder(self._document, self._form, self._base, secrets=secrets)
        sources, faults = [], []
        for n, source in enumerate(self._form.sources):
            try:
                sources.append(builder.source(n, source))
            except InputError as fault:
                faults.append(fault)
        faults += builder.clashes()
        if faults:
            raise faults[0] if len(faults) == 1 else InputErrors(faults)
        excluded = [
            Exclusion(one.target, one.reason, one.until.isoformat() if one.until else "", one.platform)
            for one in self._form.excluded
        ]
        return Inventory(tuple(sources), tuple(excluded), self._file)


class _Builder:
    def __init__(self, document: Document, form: InventoryForm, base: Path, *, secrets: bool) -> None:
        self._document, self._form, self._base, self._secrets = document, form, base, secrets
        self._credentials: dict[str, Credential] = {}

    def clashes(self) -> list[InputError]:
        seen: set[str] = set()
        faults = []
        for n, source in enumerate(self._form.sources):
            if source.name in seen:
                what = f"the source name {source.name!r} stands twice"
                faults.append(self._document.error(("sources", n, "name"), what, "Names are unique; rename one."))
            seen.add(source.name)
        return faults

    def source(self, n: int, form: SourceForm) -> Source:
        loc: Loc = ("sources", n)
        if form.kind not in kinds():
            mend = f"Known kinds: {', '.join(kinds())}."
            raise self._document.error((*loc, "kind"), f"unknown kind of source {form.kind!r}", mend)
        options = self._options(form, loc)
        local = getattr(options, "connection", "") == "local"
        if not form.address and form.kind not in _WITHOUT_ADDRESS and not local:
            raise self._document.error((*loc, "name"), f"the source {form.name!r} has no address", "Add `address:`.")
        platform = default_platform(form.kind)
        population_file = str(self._base / form.population.file) if form.population.file else ""
        members = [Member(name, platform) for name in form.population.names]
        if population_file:
            members += read_population(Path(population_file), platform)
        if not getattr(options, "vms", True):  # counted only where the source says so
            members = [member for member in members if member.platform != "vm"]
        return Source(
            name=form.name,
            kind=form.kind,
            address=form.address,
            port=form.port,
            options=options,
            credentials=self._source_credentials(form, options, loc),
            labels=form.labels,
            timeout=form.timeout or self._form.defaults.timeout,
            deadline=form.deadline or self._form.defaults.deadline,
            population=tuple(dict.fromkeys(members)),
            population_file=population_file,
            warnings=options.warnings(),
            resolve_names=_name_servers(form.resolve_names),
            activity=form.activity,
            customisations=self._customisations(form.customisations),
        )

    def _customisations(self, form: Values | CustomisationsForm) -> Values:
        return read_customisations(self._base / form.file) if isinstance(form, CustomisationsForm) else form

    def _options(self, form: SourceForm, loc: Loc) -> OptionModel:
        data = self._absolute(dict(form.model_extra or {}), loc)
        return self._document.validate(collector_for(form.kind).Options, data, loc)

    def _absolute(self, data: Mapping[str, Any], loc: Loc) -> dict[str, Any]:
        """`data` with its paths made absolute. Raises InputError for a file of trust that is not there."""
        out: dict[str, Any] = {}
        for key, value in data.items():
            if isinstance(value, Mapping):
                out[key] = self._absolute(value, (*loc, key))
            elif key in _PATH_KEYS and isinstance(value, str):
                path = self._base / Path(value).expanduser()
                if key in _TRUST_KEYS and not path.is_file():
                    mend = "Correct the path; without it the peer cannot be verified."
                    raise self._document.error((*loc, key), f"{key}: there is no file {value}", mend)
                out[key] = str(path)
            else:
                out[key] = value
        return out

    def _source_credentials(self, form: SourceForm, options: OptionModel, loc: Loc) -> dict[str, Credential]:
        wanted = {key: (name, (*loc, key, "credential")) for key, name in options.credential_names().items()}
        if form.credential:
            wanted[""] = (form.credential, (*loc, "credential"))
        return {key: self._credential(name, where) for key, (name, where) in wanted.items()}

    def _credential(self, name: str, loc: Loc) -> Credential:
        if name not in self._form.credentials:
            known = ", ".join(sorted(self._form.credentials)) or "none"
            raise self._document.error(loc, f"there is no credential {name!r}", f"Known credentials: {known}.")
        if not self._secrets:
            return Credential(name, self._form.credentials[name].username)
        if name not in self._credentials:

            def complain(field: str, what: str, mend: str) -> InputError:
                where: Loc = ("credentials", name, field) if field else ("credentials", name)
                return self._document.error(where, f"credential {name}: {what}", mend)

            self._credentials[name] = resolve(name, self._form.credentials[name], self._base, complain)
        return self._credentials[name]


def _name_servers(form: bool | NamesForm) -> NameServers | None:
    if isinstance(form, NamesForm):
        return NameServers(tuple(form.servers), form.port)
    return NameServers() if form else None
