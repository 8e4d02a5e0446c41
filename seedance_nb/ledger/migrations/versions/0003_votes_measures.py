"""What raters said of clips, and what was measured in them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _c(name: str, type_: sa.types.TypeEngine[Any], comment: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=null, comment=comment)


def upgrade() -> None:
    op.create_table(
        "votes",
        _c("id", _BIG, "Order of writing."),
        _c("at", sa.String(27), "When it was given, UTC."),
        _c("comparison", sa.Text(), "What was compared; votes of one comparison are counted together."),
        _c("group_key", sa.Text(), "What both clips were asked for, same prompt and seed; empty: not said."),
        _c("rater", sa.Text(), "Who looked; empty: nobody gave a name."),
        _c("left_id", sa.String(64), "Clip on the left: `local_id` of its task, or SHA-256 where it has none."),
        _c("right_id", sa.String(64), "Clip on the right, likewise."),
        _c("verdict", sa.String(20), "`left`, `right`, `tie`, `both_bad`; `withdrawn`: takes back an earlier vote."),
        _c("withdraws", _BIG, "Id of the vote that this row takes back. NULL: it is a vote.", null=True),
        _c("seed", sa.BigInteger(), "What the rater's order of pairs and sides was drawn from."),
        _c("place", sa.Integer(), "Where the pair stood in that order, counted from 0."),
        _c("seconds", sa.Double(), "How long it was looked at, in seconds. NULL: not measured.", null=True),
        _c("note", sa.Text(), "What the rater wrote beside it, secrets folded; empty: nothing."),
        sa.PrimaryKeyConstraint("id", name="pk_votes"),
        sa.ForeignKeyConstraint(["withdraws"], ["votes.id"], name="fk_votes_withdraws"),
        sa.UniqueConstraint("withdraws", name="uq_votes_withdraws"),
        sa.CheckConstraint("(verdict = 'withdrawn') = (withdraws IS NOT NULL)", name="ck_votes_withdrawn"),
        comment="What raters said of pairs of clips. Rows are added, never changed; a vote taken back is a row more.",
    )
    op.create_index("ix_votes_comparison_id", "votes", ["comparison", "id"])
    op.create_table(
        "measures",
        _c("sha256", sa.String(64), "SHA-256 of the clip, in hex."),
        _c("version", sa.Integer(), "Version of the way it was measured; another version's figures do not compare."),
        _c("figures", sa.Text(), "JSON of what was measured, units in the names."),
        _c("measured_at", sa.String(27), "When, UTC."),
        sa.PrimaryKeyConstraint("sha256", "version", name="pk_measures"),
        comment="What was measured in clips, kept so that each is read through once.",
    )


def downgrade() -> None:
    op.drop_table("measures")
    op.drop_table("votes")
