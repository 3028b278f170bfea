"""A step that no release has, after the newest real one: what the machinery must carry is shown on it."""

from pathlib import Path

from alembic.script import ScriptDirectory

from auditor.store.migrate import script_config

REVISION = "test"
STEP = '''
import os, pathlib, time
import sqlalchemy as sa
from alembic import op

revision, down_revision = "test", {before!r}


def stop_at(place):
    """Tell whoever asked that this place is reached, and go on when the file is gone."""
    folder = os.environ.get("STEP_FOLDER")
    if folder and os.environ.get("STEP_STOP") == place:
        reached = pathlib.Path(folder) / place
        reached.touch()
        while reached.exists():
            time.sleep(0.01)


def upgrade():
    with op.batch_alter_table("target") as table:  # SQLite: a new table, the rows, and the old name
        table.add_column(sa.Column("note", sa.String(), nullable=False, server_default="-"))
        table.alter_column("platform", type_=sa.String(40), existing_type=sa.String())
    stop_at("tables")
    op.create_table("place", sa.Column("name", sa.String(), primary_key=True), sa.Column("targets", sa.Integer()))
    op.execute("INSERT INTO place (name, targets) SELECT source, count(*) FROM target GROUP BY source")
    op.execute("UPDATE target SET note = 'seen at ' || source")
    stop_at("rows")
    with op.batch_alter_table("waiver") as table:
        table.drop_index("waiver_rule_index")
    op.create_index("waiver_rule_state", "waiver", ["rule", "state"])
    {end}
'''


def later_step(folder: Path, end: str = "stop_at('end')") -> Path:
    """A folder with the step, which ends with the statement `end`; for `upgrade(store, [folder])`."""
    folder.mkdir(parents=True, exist_ok=True)
    newest = ScriptDirectory.from_config(script_config()).get_current_head()
    (folder / "rev_test.py").write_text(STEP.format(before=newest, end=end))
    return folder
