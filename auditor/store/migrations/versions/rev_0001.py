"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make what was new."""
    op.create_table(
        "blob",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("blob_key")),
        sa.UniqueConstraint("sha256", name=op.f("blob_sha256_unique")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("journal_key")),
        sa.UniqueConstraint("hash", name=op.f("journal_hash_unique")),
        sa.UniqueConstraint("previous", name=op.f("journal_previous_unique")),
    )
    op.create_table(
        "rule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("rule_key")),
        sa.UniqueConstraint("rule", name=op.f("rule_rule_unique")),
    )
    op.create_table(
        "schedule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("schedule_key")),
        sa.UniqueConstraint("name", name=op.f("schedule_name_unique")),
    )
    op.create_table(
        "series",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("series_key")),
        sa.UniqueConstraint("definition", name=op.f("series_definition_unique")),
    )
    op.create_table(
        "snapshot",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("parts", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("snapshot_key")),
        sa.UniqueConstraint("sha256", name=op.f("snapshot_sha256_unique")),
    )
    op.create_table(
        "target",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("target_key")),
    )
    op.create_index("target_identity", "target", ["source", "platform", "name"], unique=True)
    op.create_table(
        "waiver",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("waiver_key")),
        sa.UniqueConstraint("name", name=op.f("waiver_name_unique")),
    )
    op.create_index(op.f("waiver_rule_index"), "waiver", ["rule"], unique=False)
    op.create_table(
        "worker",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("worker_key")),
    )
    op.create_table(
        "drift",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("series", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("golden", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("body", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["body"], ["blob.id"], name=op.f("drift_body_of_blob")),
        sa.ForeignKeyConstraint(["series"], ["series.id"], name=op.f("drift_series_of_series")),
        sa.ForeignKeyConstraint(["target"], ["target.id"], name=op.f("drift_target_of_target")),
        sa.PrimaryKeyConstraint("id", name=op.f("drift_key")),
    )
    op.create_index(op.f("drift_body_index"), "drift", ["body"], unique=False)
    op.create_index(
        "drift_open",
        "drift",
        ["series", "target", "golden", "path", "change"],
        unique=True,
        sqlite_where=sa.text("last IS NULL"),
        postgresql_where=sa.text("last IS NULL"),
    )
    op.create_index("drift_target", "drift", ["series", "target", "last"], unique=False)
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("series", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("body", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["body"], ["blob.id"], name=op.f("finding_body_of_blob")),
        sa.ForeignKeyConstraint(["rule"], ["rule.id"], name=op.f("finding_rule_of_rule")),
        sa.ForeignKeyConstraint(["series"], ["series.id"], name=op.f("finding_series_of_series")),
        sa.ForeignKeyConstraint(["target"], ["target.id"], name=op.f("finding_target_of_target")),
        sa.PrimaryKeyConstraint("id", name=op.f("finding_key")),
    )
    op.create_index(op.f("finding_body_index"), "finding", ["body"], unique=False)
    op.create_index(
        "finding_open",
        "finding",
        ["series", "target", "rule", "subject"],
        unique=True,
        sqlite_where=sa.text("last IS NULL"),
        postgresql_where=sa.text("last IS NULL"),
    )
    op.create_index(
        "finding_standing",
        "finding",
        ["series", "status", "severity", "rule"],
        unique=False,
        sqlite_where=sa.text("last IS NULL"),
        postgresql_where=sa.text("last IS NULL"),
    )
    op.create_index("finding_target", "finding", ["series", "target", "status"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("series", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("schedule", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("head", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("rules", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("collected", sa.Integer(), nullable=False),
        sa.Column("stale", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("notapplicable", sa.Integer(), nullable=False),
        sa.Column("notchecked", sa.Integer(), nullable=False),
        sa.Column("waived", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["head"], ["blob.id"], name=op.f("run_head_of_blob")),
        sa.ForeignKeyConstraint(["rules"], ["blob.id"], name=op.f("run_rules_of_blob")),
        sa.ForeignKeyConstraint(["schedule"], ["schedule.id"], name=op.f("run_schedule_of_schedule")),
        sa.ForeignKeyConstraint(["series"], ["series.id"], name=op.f("run_series_of_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("run_key")),
        sa.UniqueConstraint("name", name=op.f("run_name_unique")),
    )
    op.create_index(op.f("run_head_index"), "run", ["head"], unique=False)
    op.create_index("run_open", "run", ["state", "id"], unique=False)
    op.create_index(op.f("run_rules_index"), "run", ["rules"], unique=False)
    op.create_index("run_series", "run", ["series", "id"], unique=False)
    op.create_table(
        "report",
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("content", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["content"], ["blob.id"], name=op.f("report_content_of_blob")),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("report_run_of_run")),
        sa.PrimaryKeyConstraint("run", "format", name=op.f("report_key")),
    )
    op.create_index(op.f("report_content_index"), "report", ["content"], unique=False)
    op.create_table(
        "run_capture",
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capture", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("about", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["about"], ["blob.id"], name=op.f("run_capture_about_of_blob")),
        sa.ForeignKeyConstraint(["capture"], ["blob.id"], name=op.f("run_capture_capture_of_blob")),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("run_capture_run_of_run")),
        sa.PrimaryKeyConstraint("run", "source", "platform", "target", name=op.f("run_capture_key")),
    )
    op.create_index(op.f("run_capture_about_index"), "run_capture", ["about"], unique=False)
    op.create_index(op.f("run_capture_capture_index"), "run_capture", ["capture"], unique=False)
    op.create_table(
        "run_source",
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("result", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["result"], ["blob.id"], name=op.f("run_source_result_of_blob")),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("run_source_run_of_run")),
        sa.PrimaryKeyConstraint("run", "source", name=op.f("run_source_key")),
    )
    op.create_index(op.f("run_source_result_index"), "run_source", ["result"], unique=False)
    op.create_table(
        "run_target",
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("series", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("moment", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("snapshot", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("about", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unread", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("notapplicable", sa.Integer(), nullable=False),
        sa.Column("notchecked", sa.Integer(), nullable=False),
        sa.Column("waived", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["about"], ["blob.id"], name=op.f("run_target_about_of_blob")),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("run_target_run_of_run")),
        sa.ForeignKeyConstraint(["series"], ["series.id"], name=op.f("run_target_series_of_series")),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshot.id"], name=op.f("run_target_snapshot_of_snapshot")),
        sa.ForeignKeyConstraint(["target"], ["target.id"], name=op.f("run_target_target_of_target")),
        sa.ForeignKeyConstraint(["unread"], ["blob.id"], name=op.f("run_target_unread_of_blob")),
        sa.PrimaryKeyConstraint("run", "target", name=op.f("run_target_key")),
    )
    op.create_index(op.f("run_target_about_index"), "run_target", ["about"], unique=False)
    op.create_index("run_target_history", "run_target", ["target", "moment"], unique=False)
    op.create_index("run_target_moment", "run_target", ["series", "target", "moment"], unique=True)
    op.create_index(op.f("run_target_snapshot_index"), "run_target", ["snapshot"], unique=False)
    op.create_index(
        "run_target_unread",
        "run_target",
        ["unread"],
        unique=False,
        sqlite_where=sa.text("unread IS NOT NULL"),
        postgresql_where=sa.text("unread IS NOT NULL"),
    )
    op.create_table(
        "schedule_slot",
        sa.Column("schedule", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("schedule_slot_run_of_run")),
        sa.ForeignKeyConstraint(["schedule"], ["schedule.id"], name=op.f("schedule_slot_schedule_of_schedule")),
        sa.PrimaryKeyConstraint("schedule", "due_at", name=op.f("schedule_slot_key")),
    )
    op.create_table(
        "shard",
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("items", sa.String(), nullable=False),
        sa.Column("exclusive", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("lease", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("shard_run_of_run")),
        sa.PrimaryKeyConstraint("run", "kind", "number", name=op.f("shard_key")),
    )
    op.create_index("shard_open", "shard", ["state", "run"], unique=False)
