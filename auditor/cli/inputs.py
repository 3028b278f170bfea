"""What audit and collect share: which sources a command is for."""

from collections.abc import Sequence
from pathlib import Path

from auditor.domain import Exclusion, Source
from auditor.errors import InputError


def sources_of(
    inventory: Path | None, captures: Path | None, patterns: Sequence[str]
) -> tuple[list[Source], Sequence[Exclusion]]:
    """Sources and exclusions from `-i` or `--from`, narrowed to what the patterns may mean. Raises InputError."""
    if (inventory is None) == (captures is None):
        raise InputError("name what to audit", mend="Give either -i inventory.yaml or --from CAPTURES (not both).")
    from auditor.inventory.select import needed

    sources: list[Source]
    excluded: Sequence[Exclusion] = ()
    if captures is not None:
        sources = _stored(captures)
    else:
        from auditor.inventory.load import load_inventory

        loaded = load_inventory(Path(inventory or ""))
        sources, excluded = list(loaded.sources), loaded.excluded
    chosen = needed(patterns, sources)
    if not chosen:
        names = ", ".join(source.name for source in sources[:10])
        raise InputError(f"no target or source matches {' '.join(patterns)}", mend=f"Known sources: {names}.")
    return chosen, excluded


def _stored(folder: Path) -> list[Source]:
    from auditor.collectors.replay import Options
    from auditor.evidence.captures import read_index

    sources = [
        Source(
            name=stored.name,
            kind="replay",
            address=stored.address,
            options=Options(captures=folder, only=stored.name),
            labels=stored.labels,
            population=stored.population,
            deadline=3600.0,
            warnings=stored.warnings,
        )
        for stored in read_index(folder).sources
    ]
    if not sources:
        raise InputError("the captures folder names no source", where=str(folder), mend="Collect again.")
    return sources


def checked_folder(folder: Path) -> Path:
    """`folder`, if files can be written there. Nothing is made yet. Raises InputError."""
    import tempfile

    try:
        nearest = folder.absolute()
        while not nearest.exists():  # OSError: a name that is too long
            nearest = nearest.parent
        with tempfile.TemporaryFile(dir=nearest):  # permission bits say little to root, on /proc or a read-only disk
            pass
    except OSError as problem:
        why = f"nothing can be written there: {problem.strerror}"
        raise InputError(why, where=str(folder), mend="Name another folder with -o.") from None
    return folder


def checked_key(sources: Sequence[Source]) -> None:
    """Find or make the key that secrets are fingerprinted with, where secrets can come in. Raises InputError."""
    from auditor.evidence.redaction import redactor

    if any(source.kind != "replay" for source in sources):
        redactor()
