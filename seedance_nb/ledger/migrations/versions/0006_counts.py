"""How many tasks have which status, and which are the newest, is read from an index, and not from a million tasks."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_tasks_status_created_at_is_sandbox", "tasks", ["status", "created_at", "is_sandbox"])
    op.drop_index("ix_tasks_status", "tasks")


def downgrade() -> None:
    op.create_index("ix_tasks_status", "tasks", ["status"])
    op.drop_index("ix_tasks_status_created_at_is_sandbox", "tasks")
