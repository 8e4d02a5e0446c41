"""The tables as they are now: names, types, and what each column means.

Migrations make them, this module only describes them; a test holds the two together. A comment
says the unit, and what NULL means where NULL may stand.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from seedance_nb.ledger._types import JsonText, UtcText

VERSION_TABLE = "ledger_version"
"""Alembic's row of the schema's number. A name of our own, so that a team's database may hold others'."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_COUNT = sa.BigInteger()


def _column(name: str, type_: sa.types.TypeEngine[Any], comment: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=null, comment=comment)


def _text_or_empty(name: str, type_: sa.types.TypeEngine[Any], comment: str) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False, server_default="", comment=comment)


def _local_id(*, comment: str, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(
        "local_id",
        sa.String(40),
        sa.ForeignKey("tasks.local_id"),
        nullable=False,
        primary_key=primary_key,
        comment=comment,
    )


tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column(
        "local_id", sa.String(40), primary_key=True, comment="Our own id, there before the provider's; sorts by time."
    ),
    _column("provider", sa.String(40), "Id of the provider, for example `ark`."),
    _column("is_sandbox", sa.Boolean(), "Whether it ran on the local sandbox: then nothing was billed."),
    _column("base_url", sa.Text(), "Address of the provider's API, without user and query."),
    _column("model", sa.Text(), "Neutral name of the model, or the provider's id where there is none."),
    _column("model_id", sa.Text(), "The provider's id of the model, verbatim."),
    _column("mode", sa.String(20), "`text`, `first_frame`, `first_last_frame` or `reference`."),
    _column("status", sa.String(20), "Where the task is in its life; see `TaskStatus`."),
    _column("task_id", sa.Text(), "The provider's id, verbatim. NULL: no answer has named one.", null=True),
    _column("prompt", sa.Text(), "Text of the text item, secrets folded."),
    _column("request", JsonText(), "JSON of the request: media by hash and label, no bytes, no signed queries."),
    _column("body_sha256", sa.String(64), "SHA-256 of the body that was to be sent, in hex; empty: not taken."),
    _column("seed", _COUNT, "The seed sent or reported. NULL: left to the provider.", null=True),
    _column("resolution", sa.String(20), "For example `720p`. NULL: not said and not reported.", null=True),
    _column("ratio", sa.String(20), "For example `16:9`. NULL: not said and not reported.", null=True),
    _column("duration", sa.Integer(), "Length of the clip in whole seconds. NULL: not known yet.", null=True),
    _column("quote_tokens_low", _COUNT, "Fewest tokens the quote expects. NULL: no quote.", null=True),
    _column("quote_tokens_high", _COUNT, "Most tokens the quote expects. NULL: no quote.", null=True),
    _column("quote_low_e8", _COUNT, "Least the quote expects, in 10⁻⁸ of `quote_currency`. NULL: no quote.", null=True),
    _column("quote_high_e8", _COUNT, "Most the quote expects, in 10⁻⁸ of `quote_currency`. NULL: no quote.", null=True),
    _column("quote_currency", sa.String(3), "ISO 4217 code. NULL: no quote.", null=True),
    _column("quote_sum", sa.Text(), "The quote's calculation on a line. NULL: no quote.", null=True),
    _column("quote_basis", sa.Text(), "Why the quote is exact or a range. NULL: no quote.", null=True),
    _column("price", JsonText(), "JSON of the price row, frozen at submit. NULL: no quote.", null=True),
    _column("completion_tokens", _COUNT, "Billed tokens as reported. NULL: nothing was reported yet.", null=True),
    _column("total_tokens", _COUNT, "All tokens as reported. NULL: nothing was reported yet.", null=True),
    _column("web_search", _COUNT, "Calls of the search tool as reported. NULL: none reported.", null=True),
    _column("failure_code", sa.Text(), "The provider's code of the reason. NULL: it did not fail.", null=True),
    _column("failure_message", sa.Text(), "The reason in words, secrets folded. NULL: it did not fail.", null=True),
    _column("created_at", UtcText(), "When the intent was written, UTC."),
    _column("submitted_at", UtcText(), "When the request was sent, UTC. NULL: not sent.", null=True),
    _column("updated_at", UtcText(), "When this row last changed, UTC."),
    _column("finished_at", UtcText(), "When we saw it end, UTC. NULL: not ended.", null=True),
    _column("owner", sa.Text(), "The process that wrote the intent, as host/pid/token; empty: not said."),
    _text_or_empty("account", sa.String(40), "Fingerprint of the key that pays, never the key; empty: not said."),
    _text_or_empty("project", sa.Text(), "What the user files it under; empty: nothing."),
    _text_or_empty("batch", sa.String(40), "Id of the `submit_many` that it came from; empty: it was submitted alone."),
    _text_or_empty(
        "asked_sha256",
        sa.String(64),
        "SHA-256 of the body as asked for, before a seed was drawn, in hex; empty: not taken.",
    ),
    _column("seconds_high", sa.Integer(), "Longest clip it may bring, in whole seconds. NULL: not known.", null=True),
    _text_or_empty("follower", sa.Text(), "The process that follows it now, as host/pid/start; empty: none."),
    sa.UniqueConstraint("task_id", "provider", "base_url"),
    sa.Index(None, "status", "created_at", "is_sandbox"),
    sa.Index(None, "created_at"),
    sa.Index(None, "body_sha256"),
    sa.Index(None, "provider", "model", "finished_at"),
    sa.Index(None, "asked_sha256"),
    sa.Index(None, "batch", sqlite_where=sa.text("batch <> ''"), postgresql_where=sa.text("batch <> ''")),
    sa.Index(
        None,
        "project",
        "created_at",
        sqlite_where=sa.text("project <> ''"),
        postgresql_where=sa.text("project <> ''"),
    ),
    comment="One row a task: what was asked, where it is now, what it used.",
)

events = sa.Table(
    "events",
    metadata,
    sa.Column(
        "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, comment="Order of writing."
    ),
    _local_id(comment="The task."),
    _column("at", UtcText(), "When it happened, UTC."),
    _column("kind", sa.String(40), "`status`, `charge`, or what the writer called it."),
    _column("status", sa.String(20), "Status from then on. NULL: the event is not about a status.", null=True),
    _column("detail", JsonText(), "JSON with more, secrets folded. NULL: nothing to add.", null=True),
    sa.Index(None, "local_id", "id"),
    comment="What happened to a task, in order. Rows are added, never changed.",
)

artifacts = sa.Table(
    "artifacts",
    metadata,
    _local_id(comment="The task.", primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True, comment="`clip`, `last_frame` or `poster`."),
    _column("path", sa.Text(), "Relative to the home folder where it lies inside it. NULL: not kept.", null=True),
    _column("sha256", sa.String(64), "SHA-256 of the file, in hex. NULL: not kept.", null=True),
    _column("bytes", _COUNT, "Size of the file in bytes. NULL: not kept.", null=True),
    _column("width", sa.Integer(), "In pixels. NULL: not measured.", null=True),
    _column("height", sa.Integer(), "In pixels. NULL: not measured.", null=True),
    _column("expires_at", UtcText(), "When the provider's url stops working, UTC. NULL: not said.", null=True),
    _column("kept_at", UtcText(), "When the file was complete on this disk, UTC. NULL: not kept.", null=True),
    comment="The files a task produced, one of each kind.",
)

charges = sa.Table(
    "charges",
    metadata,
    _local_id(comment="The task; it is charged once.", primary_key=True),
    _column("amount_e8", _COUNT, "Cost in 10⁻⁸ of `currency`."),
    _column("currency", sa.String(3), "ISO 4217 code."),
    _column("tokens", _COUNT, "Tokens that were charged. NULL: not charged by tokens.", null=True),
    _column("price_id", sa.Text(), "Price row that was applied. NULL: the provider named the amount.", null=True),
    _column(
        "basis",
        sa.String(20),
        "`usage`: tokens × price; `reported`: by the provider; `measured`: by the clip's length; `quote`: none.",
    ),
    _column("is_sandbox", sa.Boolean(), "Whether it ran on the local sandbox: then nothing was billed."),
    _column("charged_at", UtcText(), "When this row was written, UTC."),
    sa.CheckConstraint("amount_e8 >= 0", name="amount"),
    comment="What tasks cost. Rows are added, never changed.",
)

cost_totals = sa.Table(
    "cost_totals",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True, comment="Day of `charged_at` in UTC, YYYY-MM-DD."),
    sa.Column("provider", sa.String(40), primary_key=True, comment="As in `tasks`."),
    sa.Column("model", sa.Text(), primary_key=True, comment="As in `tasks`."),
    sa.Column("basis", sa.String(20), primary_key=True, comment="As in `charges`."),
    sa.Column("currency", sa.String(3), primary_key=True, comment="As in `charges`."),
    sa.Column("is_sandbox", sa.Boolean(), primary_key=True, comment="As in `charges`."),
    _column("tasks", _COUNT, "How many charges."),
    _column("tokens", _COUNT, "Sum of their tokens."),
    _column("amount_e8", _COUNT, "Sum of their amounts, in 10⁻⁸ of `currency`."),
    comment="Sums of `charges`, kept in the same transaction, so that a report reads a few rows.",
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("owner", sa.Text(), primary_key=True, comment="The process, as host/pid/start."),
    _column("beats", _COUNT, "How often it has said that it lives."),
    _column("seen_at", UtcText(), "When it last said so, by its own clock, UTC."),
    comment="Processes that follow tasks. One whose beats stand still is gone.",
)

paces = sa.Table(
    "paces",
    metadata,
    sa.Column("name", sa.Text(), primary_key=True, comment="What is paced: provider, address, account, operation."),
    _column("next_at", sa.Double(), "When the next one is due, in seconds since 1970; a burst may be ahead of it."),
    _column(
        "held_until",
        sa.Double(),
        "Nobody takes one before this, in seconds since 1970: the provider asked us to wait.",
    ),
    comment="How often a provider may be asked, shared by all processes on this ledger.",
)

_ORDER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

votes = sa.Table(
    "votes",
    metadata,
    sa.Column("id", _ORDER, primary_key=True, comment="Order of writing."),
    _column("at", UtcText(), "When it was given, UTC."),
    _column("comparison", sa.Text(), "What was compared; votes of one comparison are counted together."),
    _column("group_key", sa.Text(), "What both clips were asked for, same prompt and seed; empty: not said."),
    _column("rater", sa.Text(), "Who looked; empty: nobody gave a name."),
    _column("left_id", sa.String(64), "Clip on the left: `local_id` of its task, or SHA-256 where it has none."),
    _column("right_id", sa.String(64), "Clip on the right, likewise."),
    _column("verdict", sa.String(20), "`left`, `right`, `tie`, `both_bad`; `withdrawn`: takes back an earlier vote."),
    sa.Column(
        "withdraws",
        _ORDER,
        sa.ForeignKey("votes.id"),
        nullable=True,
        unique=True,
        comment="Id of the vote that this row takes back. NULL: it is a vote.",
    ),
    _column("seed", _COUNT, "What the rater's order of pairs and sides was drawn from."),
    _column("place", sa.Integer(), "Where the pair stood in that order, counted from 0."),
    _column("seconds", sa.Double(), "How long it was looked at, in seconds. NULL: not measured.", null=True),
    _column("note", sa.Text(), "What the rater wrote beside it, secrets folded; empty: nothing."),
    sa.CheckConstraint("(verdict = 'withdrawn') = (withdraws IS NOT NULL)", name="withdrawn"),
    sa.Index(None, "comparison", "id"),
    comment="What raters said of pairs of clips. Rows are added, never changed; a vote taken back is a row more.",
)

measures = sa.Table(
    "measures",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True, comment="SHA-256 of the clip, in hex."),
    sa.Column(
        "version",
        sa.Integer(),
        primary_key=True,
        autoincrement=False,
        comment="Version of the way it was measured; another version's figures do not compare.",
    ),
    _column("figures", JsonText(), "JSON of what was measured, units in the names."),
    _column("measured_at", UtcText(), "When, UTC."),
    comment="What was measured in clips, kept so that each is read through once.",
)

reservations = sa.Table(
    "reservations",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True, comment="What it is for: the id of a chain."),
    sa.Column("part", sa.Integer(), primary_key=True, autoincrement=False, comment="Which task of it, counted from 0."),
    _column("holder", sa.Text(), "The engine that holds it, as host/pid/start/number; it ends with that."),
    _column("owner", sa.Text(), "The process, as host/pid/start; whose session it counts to."),
    _column("project", sa.Text(), "As in `tasks`; empty: none."),
    _column("is_sandbox", sa.Boolean(), "As in `tasks`."),
    _column("amount_e8", _COUNT, "Most it may cost, in 10⁻⁸ of `currency`. NULL: no quote.", null=True),
    _column("currency", sa.String(3), "ISO 4217 code. NULL: no quote.", null=True),
    _column("tokens", _COUNT, "Most tokens the quote expects. NULL: no quote.", null=True),
    _column("seconds", sa.Integer(), "Longest clip it may bring, in whole seconds. NULL: not known.", null=True),
    _column("created_at", UtcText(), "When it was made, UTC."),
    sa.Index(None, "holder"),
    comment="What is held of budgets for tasks to come. A row goes when its intent is written, or its engine ends.",
)

labels = sa.Table(
    "labels",
    metadata,
    sa.Column("id", _ORDER, primary_key=True, comment="Order of writing; of one task and name the highest counts."),
    _local_id(comment="The task."),
    _column("at", UtcText(), "When it was said, UTC."),
    _column("name", sa.String(80), "`tag:…`, `note`, `rating`, `project`, `notebook` or `run`."),
    _column("value", sa.Text(), "What was said, secrets folded. NULL: taken away from then on.", null=True),
    sa.Index(None, "local_id", "name", "id"),
    sa.Index(None, "name"),
    comment="What people say of tasks. Rows are added, never changed: what was said before can be read.",
)

VIEWS = {
    "task_costs": (
        "What each charged task cost, for people: `cost` is exact decimal text.",
        {
            "quoted": "Most the quote expected, as exact decimal text. NULL: no quote.",
            "cost": "What was charged, as exact decimal text in `currency`.",
        },
    ),
    "open_tasks": (
        "Tasks that are not over: under way, to be kept, or `unknown` and to be settled.",
        {},
    ),
}
"""Views for people, with the columns that the tables do not have."""
