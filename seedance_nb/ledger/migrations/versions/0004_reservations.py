"""What is held of budgets for tasks that are to come, of which there is no intent yet."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _c(name: str, type_: sa.types.TypeEngine[Any], comment: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=null, comment=comment)


def upgrade() -> None:
    op.create_table(
        "reservations",
        _c("name", sa.String(40), "What it is for: the id of a chain."),
        _c("part", sa.Integer(), "Which task of it, counted from 0."),
        _c("holder", sa.Text(), "The engine that holds it, as host/pid/start/number; it ends with that."),
        _c("owner", sa.Text(), "The process, as host/pid/start; whose session it counts to."),
        _c("project", sa.Text(), "As in `tasks`; empty: none."),
        _c("is_sandbox", sa.Boolean(), "As in `tasks`."),
        _c("amount_e8", sa.BigInteger(), "Most it may cost, in 10⁻⁸ of `currency`. NULL: no quote.", null=True),
        _c("currency", sa.String(3), "ISO 4217 code. NULL: no quote.", null=True),
        _c("tokens", sa.BigInteger(), "Most tokens the quote expects. NULL: no quote.", null=True),
        _c("seconds", sa.Integer(), "Longest clip it may bring, in whole seconds. NULL: not known.", null=True),
        _c("created_at", sa.String(27), "When it was made, UTC."),
        sa.PrimaryKeyConstraint("name", "part", name="pk_reservations"),
        comment="What is held of budgets for tasks to come. A row goes when its intent is written, or its engine ends.",
    )
    op.create_index("ix_reservations_holder", "reservations", ["holder"])


def downgrade() -> None:
    op.drop_table("reservations")
