"""Tasks, events, artifacts, charges, their sums, and two views for people."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_E8 = "CAST({0} / 100000000 AS TEXT) || '.' || substr(CAST(100000000 + {0} % 100000000 AS TEXT), 2)"
"""Whole 10⁻⁸ as exact decimal text, in words that SQLite and PostgreSQL share."""


def _c(name: str, type_: sa.types.TypeEngine[Any], comment: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=null, comment=comment)


def _at(name: str, comment: str, *, null: bool = False) -> sa.Column[Any]:
    return _c(name, sa.String(27), comment, null=null)


def upgrade() -> None:
    op.create_table(
        "cost_totals",
        _c("day", sa.String(10), "Day of `charged_at` in UTC, YYYY-MM-DD."),
        _c("provider", sa.String(40), "As in `tasks`."),
        _c("model", sa.Text(), "As in `tasks`."),
        _c("basis", sa.String(20), "As in `charges`."),
        _c("currency", sa.String(3), "As in `charges`."),
        _c("is_sandbox", sa.Boolean(), "As in `charges`."),
        _c("tasks", sa.BigInteger(), "How many charges."),
        _c("tokens", sa.BigInteger(), "Sum of their tokens."),
        _c("amount_e8", sa.BigInteger(), "Sum of their amounts, in 10⁻⁸ of `currency`."),
        sa.PrimaryKeyConstraint("day", "provider", "model", "basis", "currency", "is_sandbox", name="pk_cost_totals"),
        comment="Sums of `charges`, kept in the same transaction, so that a report reads a few rows.",
    )
    op.create_table(
        "tasks",
        _c("local_id", sa.String(40), "Our own id, there before the provider's; sorts by time."),
        _c("provider", sa.String(40), "Id of the provider, for example `ark`."),
        _c("is_sandbox", sa.Boolean(), "Whether it ran on the local sandbox: then nothing was billed."),
        _c("base_url", sa.Text(), "Address of the provider's API, without user and query."),
        _c("model", sa.Text(), "Neutral name of the model, or the provider's id where there is none."),
        _c("model_id", sa.Text(), "The provider's id of the model, verbatim."),
        _c("mode", sa.String(20), "`text`, `first_frame`, `first_last_frame` or `reference`."),
        _c("status", sa.String(20), "Where the task is in its life; see `TaskStatus`."),
        _c("task_id", sa.Text(), "The provider's id, verbatim. NULL: no answer has named one.", null=True),
        _c("prompt", sa.Text(), "Text of the text item, secrets folded."),
        _c("request", sa.Text(), "JSON of the request: media by hash and label, no bytes, no signed queries."),
        _c("body_sha256", sa.String(64), "SHA-256 of the body that was to be sent, in hex; empty: not taken."),
        _c("seed", sa.BigInteger(), "The seed sent or reported. NULL: left to the provider.", null=True),
        _c("resolution", sa.String(20), "For example `720p`. NULL: not said and not reported.", null=True),
        _c("ratio", sa.String(20), "For example `16:9`. NULL: not said and not reported.", null=True),
        _c("duration", sa.Integer(), "Length of the clip in whole seconds. NULL: not known yet.", null=True),
        _c("quote_tokens_low", sa.BigInteger(), "Fewest tokens the quote expects. NULL: no quote.", null=True),
        _c("quote_tokens_high", sa.BigInteger(), "Most tokens the quote expects. NULL: no quote.", null=True),
        _c(
            "quote_low_e8",
            sa.BigInteger(),
            "Least the quote expects, in 10⁻⁸ of `quote_currency`. NULL: no quote.",
            null=True,
        ),
        _c(
            "quote_high_e8",
            sa.BigInteger(),
            "Most the quote expects, in 10⁻⁸ of `quote_currency`. NULL: no quote.",
            null=True,
        ),
        _c("quote_currency", sa.String(3), "ISO 4217 code. NULL: no quote.", null=True),
        _c("quote_sum", sa.Text(), "The quote's calculation on a line. NULL: no quote.", null=True),
        _c("quote_basis", sa.Text(), "Why the quote is exact or a range. NULL: no quote.", null=True),
        _c("price", sa.Text(), "JSON of the price row, frozen at submit. NULL: no quote.", null=True),
        _c(
            "completion_tokens",
            sa.BigInteger(),
            "Billed tokens as reported. NULL: nothing was reported yet.",
            null=True,
        ),
        _c("total_tokens", sa.BigInteger(), "All tokens as reported. NULL: nothing was reported yet.", null=True),
        _c("web_search", sa.BigInteger(), "Calls of the search tool as reported. NULL: none reported.", null=True),
        _c("failure_code", sa.Text(), "The provider's code of the reason. NULL: it did not fail.", null=True),
        _c("failure_message", sa.Text(), "The reason in words, secrets folded. NULL: it did not fail.", null=True),
        _at("created_at", "When the intent was written, UTC."),
        _at("submitted_at", "When the request was sent, UTC. NULL: not sent.", null=True),
        _at("updated_at", "When this row last changed, UTC."),
        _at("finished_at", "When we saw it end, UTC. NULL: not ended.", null=True),
        _c("owner", sa.Text(), "The process that wrote the intent, as host/pid/token; empty: not said."),
        sa.PrimaryKeyConstraint("local_id", name="pk_tasks"),
        sa.UniqueConstraint("task_id", "provider", "base_url", name="uq_tasks_task_id_provider_base_url"),
        comment="One row a task: what was asked, where it is now, what it used.",
    )
    op.create_index("ix_tasks_body_sha256", "tasks", ["body_sha256"])
    op.create_index("ix_tasks_created_at", "tasks", ["created_at"])
    op.create_index("ix_tasks_provider_model_finished_at", "tasks", ["provider", "model", "finished_at"])
    op.create_index("ix_tasks_status", "tasks", ["status"])
    op.create_table(
        "artifacts",
        _c("local_id", sa.String(40), "The task."),
        _c("kind", sa.String(20), "`clip`, `last_frame` or `poster`."),
        _c("path", sa.Text(), "Relative to the home folder where it lies inside it. NULL: not kept.", null=True),
        _c("sha256", sa.String(64), "SHA-256 of the file, in hex. NULL: not kept.", null=True),
        _c("bytes", sa.BigInteger(), "Size of the file in bytes. NULL: not kept.", null=True),
        _c("width", sa.Integer(), "In pixels. NULL: not measured.", null=True),
        _c("height", sa.Integer(), "In pixels. NULL: not measured.", null=True),
        _at("expires_at", "When the provider's url stops working, UTC. NULL: not said.", null=True),
        _at("kept_at", "When the file was complete on this disk, UTC. NULL: not kept.", null=True),
        sa.PrimaryKeyConstraint("local_id", "kind", name="pk_artifacts"),
        sa.ForeignKeyConstraint(["local_id"], ["tasks.local_id"], name="fk_artifacts_local_id"),
        comment="The files a task produced, one of each kind.",
    )
    op.create_table(
        "charges",
        _c("local_id", sa.String(40), "The task; it is charged once."),
        _c("amount_e8", sa.BigInteger(), "Cost in 10⁻⁸ of `currency`."),
        _c("currency", sa.String(3), "ISO 4217 code."),
        _c("tokens", sa.BigInteger(), "Tokens that were charged. NULL: not charged by tokens.", null=True),
        _c("price_id", sa.Text(), "Price row that was applied. NULL: the provider named the amount.", null=True),
        _c(
            "basis",
            sa.String(20),
            "`usage`: tokens × price; `reported`: by the provider; `measured`: by the clip's length; `quote`: none.",
        ),
        _c("is_sandbox", sa.Boolean(), "Whether it ran on the local sandbox: then nothing was billed."),
        _at("charged_at", "When this row was written, UTC."),
        sa.PrimaryKeyConstraint("local_id", name="pk_charges"),
        sa.ForeignKeyConstraint(["local_id"], ["tasks.local_id"], name="fk_charges_local_id"),
        sa.CheckConstraint("amount_e8 >= 0", name="ck_charges_amount"),
        comment="What tasks cost. Rows are added, never changed.",
    )
    op.create_table(
        "events",
        _c("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), "Order of writing."),
        _c("local_id", sa.String(40), "The task."),
        _at("at", "When it happened, UTC."),
        _c("kind", sa.String(40), "`status`, `charge`, or what the writer called it."),
        _c("status", sa.String(20), "Status from then on. NULL: the event is not about a status.", null=True),
        _c("detail", sa.Text(), "JSON with more, secrets folded. NULL: nothing to add.", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.ForeignKeyConstraint(["local_id"], ["tasks.local_id"], name="fk_events_local_id"),
        comment="What happened to a task, in order. Rows are added, never changed.",
    )
    op.create_index("ix_events_local_id_id", "events", ["local_id", "id"])
    op.execute(
        "CREATE VIEW task_costs AS SELECT t.local_id, t.created_at, t.provider, t.model, t.status, c.is_sandbox, "  # noqa: S608
        f"c.tokens, {_E8.format('t.quote_high_e8')} AS quoted, {_E8.format('c.amount_e8')} AS cost, "
        "c.currency, c.basis, c.price_id FROM charges c JOIN tasks t ON t.local_id = c.local_id"
    )
    op.execute(
        "CREATE VIEW open_tasks AS SELECT local_id, task_id, created_at, submitted_at, updated_at, provider, model, "
        "is_sandbox, status, prompt FROM tasks "
        "WHERE status IN ('intent', 'submitting', 'unknown', 'queued', 'running', 'succeeded')"
    )


def downgrade() -> None:
    for view in ("open_tasks", "task_costs"):
        op.execute(f"DROP VIEW {view}")
    for table in ("cost_totals", "charges", "artifacts", "events", "tasks"):
        op.drop_table(table)
