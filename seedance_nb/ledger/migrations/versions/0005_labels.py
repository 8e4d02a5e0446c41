"""What people say of tasks: tags, notes, ratings, and where they file them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _c(name: str, type_: sa.types.TypeEngine[Any], comment: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=null, comment=comment)


def upgrade() -> None:
    op.create_table(
        "labels",
        _c("id", _BIG, "Order of writing; of one task and name the highest counts."),
        _c("local_id", sa.String(40), "The task."),
        _c("at", sa.String(27), "When it was said, UTC."),
        _c("name", sa.String(80), "`tag:…`, `note`, `rating`, `project`, `notebook` or `run`."),
        _c("value", sa.Text(), "What was said, secrets folded. NULL: taken away from then on.", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_labels"),
        sa.ForeignKeyConstraint(["local_id"], ["tasks.local_id"], name="fk_labels_local_id"),
        comment="What people say of tasks. Rows are added, never changed: what was said before can be read.",
    )
    op.create_index("ix_labels_local_id_name_id", "labels", ["local_id", "name", "id"])
    op.create_index("ix_labels_name", "labels", ["name"])


def downgrade() -> None:
    op.drop_table("labels")
