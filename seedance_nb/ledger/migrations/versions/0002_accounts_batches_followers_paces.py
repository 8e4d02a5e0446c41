"""Who pays, which batch and project, who follows a task, and the pace that all notebooks share."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str, type_: sa.types.TypeEngine[Any], comment: str) -> sa.Column[Any]:
    # Tasks of an older ledger have nothing to say here, which is the empty text.
    return sa.Column(name, type_, nullable=False, server_default="", comment=comment)


def upgrade() -> None:
    for column in (
        _text("account", sa.String(40), "Fingerprint of the key that pays, never the key; empty: not said."),
        _text("project", sa.Text(), "What the user files it under; empty: nothing."),
        _text("batch", sa.String(40), "Id of the `submit_many` that it came from; empty: it was submitted alone."),
        _text(
            "asked_sha256",
            sa.String(64),
            "SHA-256 of the body as asked for, before a seed was drawn, in hex; empty: not taken.",
        ),
        sa.Column(
            "seconds_high",
            sa.Integer(),
            nullable=True,
            comment="Longest clip it may bring, in whole seconds. NULL: not known.",
        ),
        _text("follower", sa.Text(), "The process that follows it now, as host/pid/start; empty: none."),
    ):
        op.add_column("tasks", column)
    op.create_index("ix_tasks_asked_sha256", "tasks", ["asked_sha256"])
    # Most tasks are submitted alone and belong to no project; these two cost only those that need them.
    for name, columns in (("batch", ["batch"]), ("project", ["project", "created_at"])):
        some = sa.text(f"{name} <> ''")
        op.create_index(f"ix_tasks_{'_'.join(columns)}", "tasks", columns, sqlite_where=some, postgresql_where=some)
    op.create_table(
        "workers",
        sa.Column("owner", sa.Text(), nullable=False, comment="The process, as host/pid/start."),
        sa.Column("beats", sa.BigInteger(), nullable=False, comment="How often it has said that it lives."),
        sa.Column("seen_at", sa.String(27), nullable=False, comment="When it last said so, by its own clock, UTC."),
        sa.PrimaryKeyConstraint("owner", name="pk_workers"),
        comment="Processes that follow tasks. One whose beats stand still is gone.",
    )
    op.create_table(
        "paces",
        sa.Column("name", sa.Text(), nullable=False, comment="What is paced: provider, address, account, operation."),
        sa.Column(
            "next_at",
            sa.Double(),
            nullable=False,
            comment="When the next one is due, in seconds since 1970; a burst may be ahead of it.",
        ),
        sa.Column(
            "held_until",
            sa.Double(),
            nullable=False,
            comment="Nobody takes one before this, in seconds since 1970: the provider asked us to wait.",
        ),
        sa.PrimaryKeyConstraint("name", name="pk_paces"),
        comment="How often a provider may be asked, shared by all processes on this ledger.",
    )


def downgrade() -> None:
    op.drop_table("paces")
    op.drop_table("workers")
    for index in ("asked_sha256", "batch", "project_created_at"):
        op.drop_index(f"ix_tasks_{index}", "tasks")
    for column in ("account", "project", "batch", "asked_sha256", "seconds_high", "follower"):
        op.drop_column("tasks", column)
