"""Write the next step of the schema from what `auditor.store.tables` has and the steps do not: read and mend it.

`python -m tests.store.new_revision TITLE`; with `--again` the newest step, not yet released, is written anew.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from auditor.store.engine import Store, open_store
from auditor.store.migrate import FOLDER, VERSION_TABLE, script_config, upgrade
from auditor.store.tables import UtcDateTime

TEXT = '''"""{title}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before!r}


def upgrade() -> None:
    """Make what was new."""
    {body}
'''


def main(arguments: list[str]) -> None:
    """Write `versions/rev_NNNN.py`, or again the newest."""
    versions = FOLDER / "versions"
    files = sorted(versions.glob("rev_*.py"))
    again = "--again" in arguments
    title = " ".join(word for word in arguments if word != "--again")
    if again and files:
        title = title or files[-1].read_text().partition('"""')[2].partition('."""')[0]
        files.pop().unlink()
    before = f"{len(files):04}" if files else None
    revision = f"{len(files) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/old.sqlite")
        if ScriptDirectory.from_config(script_config()).get_current_head() is not None:
            upgrade(store)
        body = difference(store)
        store.close()
    file = versions / f"rev_{revision}.py"
    file.write_text(TEXT.format(title=title, revision=revision, before=before, body=body))
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(file)], check=True)
    sys.stdout.write(f"{file.relative_to(Path.cwd())}\n")


def difference(store: Store) -> str:
    """The operations that lead from the database of `store` to the tables of today, as Python."""
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "render_item": rendered})
        operations = produce_migrations(context, SQLModel.metadata).upgrade_ops
    assert operations is not None
    code = render_python_code(operations, render_item=rendered)
    return "\n".join(line for line in code.splitlines() if not line.strip().startswith("#")).strip()


def rendered(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Types of ours as what they are in the database, so that a step does not change with our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
