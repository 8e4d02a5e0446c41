"""What a user holds: a studio joins one provider, one ledger and one folder.

It sits on top of everything else, because showing a task is one of the things it does;
nothing below it knows it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import secrets
import sys
import threading
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, overload
from weakref import WeakSet

from seedance_nb import catalog, prices, workshop
from seedance_nb.batch import Batch, Given, OverBudget, matched_task, submit_many
from seedance_nb.budget import Budget, budgets
from seedance_nb.chain import Chain
from seedance_nb.chain import Given as Shots
from seedance_nb.connection import Connection, connect, reconnect
from seedance_nb.content import Content
from seedance_nb.engine import Engine, background, budgeting, copies, owner, preparing
from seedance_nb.errors import ConfigurationError, InvalidRequestError, TaskNotRecordedError
from seedance_nb.handle import Task
from seedance_nb.ledger import LEDGER_NAME, Commitments, Ledger, home_of
from seedance_nb.money import Fx, Quote
from seedance_nb.providers import Provider
from seedance_nb.providers.protocol import SendsSecret, SignsWebhooks
from seedance_nb.recipe import RECIPES, RecipeSwitch, again
from seedance_nb.reports import Reconciliation
from seedance_nb.request import Problem, Request
from seedance_nb.shown_ledger import ShownLedger
from seedance_nb.task import TaskRecord, TaskStatus

if TYPE_CHECKING:
    import pandas as pd
    from starlette.types import ASGIApp

    from seedance_nb.bench import Books
    from seedance_nb.compare import Candidate, Comparison, Plan, Sweep
    from seedance_nb.compare._comparison import Compared
    from seedance_nb.composing import BudgetLeft
    from seedance_nb.library import Moved
    from seedance_nb.store import Store as ObjectStore
    from seedance_nb.webhooks import Heard, Trigger
    from seedance_nb.widgets.bench import Bench
    from seedance_nb.widgets.comparison import Comparison as ComparisonWidget
    from seedance_nb.widgets.composer import Composer
    from seedance_nb.widgets.examination_table import ExaminationReport
    from seedance_nb.widgets.player import Clip, Player
    from seedance_nb.widgets.shown_composer import ShownComposer
    from seedance_nb.workshop import Executes


class Studio:
    """A place to work from: submit requests, follow tasks, keep clips, read the ledger.

    Args:
        provider: A provider's id such as `ark`, or `sandbox`. None takes the first provider with a key in the
            environment, else the sandbox, where clips are real and nothing is billed.
        home: The folder for the ledger and the clips; `SEEDANCE_NB_HOME` or `seedance_out` if None. Or an object store
            for the clips, `"s3://bucket/folder"`, `"gs://…"` or `"tos://…"`, with keys from the environment.
        ledger: Another place for the ledger, as a path or an SQLAlchemy URL.
        key: The API key, if it is neither in the environment nor in the keyring.
        base_url: Another address of the provider; plain http on this machine only.
        budget: What may be spent, for example `"20 CNY/day"`, `"2000000 tokens/session"`, `"600 seconds/project"`, or
            several of them. It is reserved at submit, in the ledger, for all notebooks on it; see `Budget`.
        project: What tasks are filed under; a budget by project counts those of the same name.
        limits: What the account may do at the provider: the kind of account as the catalog names it, such as
            `"individual"`, or numbers by name, such as `{"creates_per_minute": 60}`; see `catalog.Limits`.
        recipe: What goes into each clip that is kept, and into a `.json` beside it, of what made it: `"full"`,
            `"redacted"` (without the prompt and the names of media) or `"none"`; see `seedance_nb.open`.
        folder: Where `home` is an object store: the folder on this machine for the ledger, unless that is on a server,
            and for copies of clips; `SEEDANCE_NB_HOME` or `seedance_out` if None.
        host: Whether local clips may go into an object store, for providers that take them by address alone: True, the
            one that `home` names, or the address of another one. The provider gets a signed address for as long as the
            task may wait; the clip is removed there when the task has ended. `check` says it before it happens.
        media: Who looks at clips, measures them, copies them for browsers and joins them: a `dask.distributed.Client`
            or the address of its scheduler, `"threads"`, `"processes"`, or any `concurrent.futures.Executor`. None: the
            thread that needs it. What was given stays open when the studio closes.

    Raises:
        ConfigurationError: There is no such provider, or no key for it.
        LedgerError: The ledger cannot be opened.
    """

    def __init__(
        self,
        provider: str | None = None,
        *,
        home: str | os.PathLike[str] | None = None,
        ledger: str | os.PathLike[str] | None = None,
        key: str | None = None,
        base_url: str | None = None,
        budget: str | Budget | Iterable[str | Budget] | None = None,
        project: str = "",
        limits: str | Mapping[str, int | None] | None = None,
        recipe: RecipeSwitch = "full",
        folder: str | os.PathLike[str] | None = None,
        host: bool | str = False,
        media: Executes | None = None,
    ) -> None:
        if recipe not in RECIPES:
            raise ConfigurationError(f"recipe={recipe!r} is not one of {', '.join(map(repr, RECIPES))}.")
        self._recipe = recipe
        self._connection = connect(provider, key=key, base_url=base_url)
        self.budgets = budgets(budget)
        """What may be spent."""
        self.project = project
        """What tasks are filed under."""
        self._limits = limits
        self._limits_of(self._connection.provider)  # a mistake in them is said now
        here, self._objects = _places(home, folder)
        self._host = _host(host, self._objects, is_sandbox=self._connection.is_sandbox)
        self._workshop = workshop.Workshop(media)
        self.home = here
        """The folder on this machine: for the clips, or for copies of them where they are kept in an object store."""
        self._store = Ledger.open(ledger or self.home / LEDGER_NAME, home=self.home, keys=[self._connection.key])
        self._clients: dict[tuple[str, str], Provider] = {}
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._is_closed = False
        self._webhook_secret = ""
        self._chains: WeakSet[Chain] = WeakSet()
        self._client = self._client_for(self._connection)
        if media is not None:
            workshop.serve(self.home, self._workshop)

    @property
    def provider(self) -> str:
        """The provider's id; on the sandbox, of the provider that it imitates."""
        return self._connection.provider

    @property
    def is_sandbox(self) -> bool:
        """Whether this studio works on the sandbox, where nothing is billed."""
        return self._connection.is_sandbox

    @property
    def store(self) -> str:
        """The object store that clips are kept in, such as `s3://bucket/folder`; empty: they are in `home`."""
        return self._objects.address if self._objects is not None else ""

    @cached_property
    def ledger(self) -> ShownLedger:
        """The ledger, to read and to say something of its tasks: `ledger.frame()`, `.costs()`, `.tag()`, `.path`.

        As a cell's last line it is a table of all tasks; `ledger.show(project="film")` is one of some.
        """
        return ShownLedger(self._store, engine=lambda: self._engine, compose=self._compose_again)

    def _compose_again(self, record: TaskRecord) -> tuple[ShownComposer, tuple[str, ...]]:
        recipe = again(record, home=self.home)
        return self._new_composer(recipe.request), recipe.missing

    @cached_property
    def _engine(self) -> Engine:
        # Whoever comes first makes it, of several threads: a second one would follow the same tasks.
        with self._making:
            made: Engine | None = self.__dict__.get("_engine")
            if made is None:
                made = self.__dict__["_engine"] = Engine(
                    self._store,
                    home=self.home,
                    client_of=self._client_of,
                    limits_of=lambda provider: self._limits_of(provider.id),
                    recipe=self._recipe,
                    store_of=lambda: self._objects,
                    host_at=self._host,
                )
                made.adopt()
        return made

    def _limits_of(self, provider: str) -> catalog.Limits:
        if isinstance(self._limits, Mapping):
            return catalog.limits(provider, None, **self._limits)
        is_own = provider == self._connection.provider
        return catalog.limits(provider, self._limits if is_own else None)

    def _client_for(self, connection: Connection) -> Provider:
        key = (connection.provider, connection.base_url.rstrip("/"))
        with self._lock:
            if key not in self._clients:
                self._clients[key] = client = connection.client()
                if isinstance(client, SendsSecret):
                    client.webhook_secret = self._webhook_secret
            return self._clients[key]

    def _client_of(self, record: TaskRecord) -> Provider | None:
        known = self._clients.get((record.provider, record.base_url))
        if known is not None:
            return known
        connection = reconnect(record)
        return None if connection is None else self._client_for(connection)

    # -- before anything is sent --

    def check(self, request: Request | Content | str) -> list[Problem]:
        """What stands between a request and its clip at this studio's provider; empty if nothing does."""
        return self._preparer().problems(_request(request))

    def _preparer(self, *, project: str = "") -> preparing.Preparer:
        return preparing.Preparer(self._client, is_sandbox=self.is_sandbox, project=project, host=self.host)

    @property
    def host(self) -> str:
        """The object store that local clips go to where a provider takes them by address alone; empty: they do not."""
        return self._host.address if self._host is not None else ""

    def quote(self, request: Request | Content | str) -> Quote:
        """What a request will cost at this studio's provider.

        Raises:
            PriceNotFoundError: No price row fits it.
        """
        return prices.quote(_request(request), self.provider)

    # -- tasks --

    def submit(self, request: Request | Content | str, *, allow: Collection[str] = ()) -> Task:
        """Check a request, write it down, and send it; returns at once.

        Args:
            request: What to make; a `Content` or a prompt stands for a `Request` with all else left as it is.
            allow: Codes of problems that you know better about, for example `{"prompt.ordinal"}`.

        Returns:
            A handle: show it as a cell's last line, `await` it, or call `wait()`.

        Raises:
            InvalidRequestError: The request has problems. Nothing was sent and nothing was written.
            BudgetError: It does not fit into a budget. Nothing was sent and nothing was written.
            LedgerError: The intent could not be written. Nothing was sent.
        """
        request = _request(request)
        preparing.refuse(self.check(request), allow=allow)
        return self._send(request, preparing.quoted(request, self.provider))

    def _submit_quietly(self, request: Request) -> Task:
        """The same for a face that has said the warnings itself, from whichever thread it is in."""
        preparing.refuse(preparing.errors(self.check(request), allow=()), allow=())
        return self._send(request, preparing.quote_or_why(request, self.provider)[0])

    def _send(self, request: Request, quote: Quote | None) -> Task:
        prepared = self._preparer(project=self.project).prepare(request, quote=quote)
        self._engine.submit(prepared, self._client, guard=self._guard([prepared.record]))
        self._show_change()
        return self._task(prepared.record.local_id)

    def submit_many(
        self,
        frame_or_requests: Given,
        *,
        allow: Collection[str] = (),
        again: bool = False,
        over_budget: OverBudget = "refuse",
        progress: bool = True,
    ) -> Batch:
        """Check many requests, reserve what they may cost, write them down together, and send them in order.

        What the ledger has already, under way or made, is not sent again: to run a cell twice costs nothing.

        Args:
            frame_or_requests: Requests, prompts, or a DataFrame or dicts with a request in each row.
            allow: Codes of problems that you know better about.
            again: Pay once more for what the ledger has already.
            over_budget: Whether a batch that is over the budget is refused whole, or trimmed from its end.
            progress: Whether `wait` shows a bar.

        Returns:
            The batch: show it as a cell's last line, `await` it, or call `wait()`.

        Raises:
            InvalidRequestError: Some rows have problems; each is named. Nothing was sent and nothing was written.
            BudgetError: It does not fit into a budget. Nothing was sent and nothing was written.
            LedgerError: The intents could not be written. Nothing was sent.
        """
        return self._submit_many(
            frame_or_requests, allow=allow, again=again, over_budget=over_budget, progress=progress
        )

    def _submit_many(self, given: Given, **options: Any) -> Batch:
        batch = submit_many(
            given,
            provider=self._client,
            is_sandbox=self.is_sandbox,
            desk=self._engine,
            books=self._store,
            task=self._task,
            budgets=self.budgets,
            project=self.project,
            host=self.host,
            **options,
        )
        self._show_change()
        return batch

    def chain(self, shots: Shots, *, allow: Collection[str] = ()) -> Chain:
        """Shots that follow one another: each begins with the last frame of the one before it. Nothing is sent yet.

        The chain is checked and priced as a whole; show it as a cell's last line to see each shot and its price. `run`
        reserves what is missing and makes it, shot after shot. What the ledger has of it is not paid again: where one
        shot was changed, that one and those that follow it are sent, and no other.

        Args:
            shots: Requests, prompts, or a `Shot` where one is not to follow. A shot that brings a first frame of its
                own is a cut.
            allow: Codes of problems that you know better about.

        Raises:
            InvalidRequestError: Some shots have problems; each is named. Nothing was sent and nothing was written.
        """
        chain = Chain(
            shots,
            provider=self._client,
            is_sandbox=self.is_sandbox,
            desk=self._engine,
            books=self._store,
            task=self._task,
            budgets=self.budgets,
            project=self.project,
            allow=allow,
            home=self.home,
            host=self.host,
        )
        self._chains.add(chain)
        return chain

    def _guard(self, asked: Sequence[TaskRecord]) -> Callable[[Commitments], None] | None:
        return budgeting.guard(
            self.budgets,
            asked,
            owner=owner.me(),
            project=self.project,
            is_sandbox=self.is_sandbox,
            now=dt.datetime.now(dt.UTC),
        )

    def tasks(self) -> Tasks:
        """Every task of the ledger, newest first, also from before the kernel restarted; unfinished ones go on."""
        for record in self._engine.adopt():
            warnings.warn(
                f"Task {record.task_id or record.local_id} at {record.provider} ({record.base_url}) is "
                f"{record.status} and cannot be followed: there is no key for that address here. "
                "It goes on there and may be billed. Set the key and call studio.tasks() again.",
                stacklevel=2,
            )
        return Tasks([self._task(record.local_id, record) for record in self._store.records()])

    def task(self, name: str) -> Task:
        """One task of the ledger, by our id or its provider's.

        Raises:
            TaskNotRecordedError: There is none; the message names near ones.
        """
        record = self._store.get(name)
        return self._task(record.local_id, record)

    def find(self, request: Request | Content | str) -> Task | None:
        """The task of the ledger that `submit_many` would take for a request; None: it would be sent, and paid for."""
        record = matched_task(_request(request), self._preparer(), self._store)
        return None if record is None else self._task(record.local_id, record)

    def asked(self, request: Request | Content | str) -> str:
        """The SHA-256 by which the ledger knows a request again: of all that would be sent but a seed that is drawn.

        Raises:
            MediaError: A file cannot be read.
        """
        return self._preparer().asked(_request(request))

    def left(self) -> list[BudgetLeft]:
        """What each budget still allows, as a submit would find it now."""
        return self._books.left()

    def rescue(self) -> Tasks:
        """Fetch every clip again that is made and not here, as long as its provider has it; costs nothing.

        Returns:
            The tasks that are fetched, to be shown or waited for.
        """
        records = self._store.records(statuses=[TaskStatus.SUCCEEDED, TaskStatus.LOST])
        fetched = []
        for record in records:
            try:
                self._engine.rescue(record.local_id)
            except ConfigurationError as exc:
                warnings.warn(str(exc), stacklevel=2)
            else:
                fetched.append(self._task(record.local_id))
        return Tasks(fetched)

    def doctor(self, *, repair: bool = False, deep: bool = False) -> ExaminationReport:
        """Look for what is wrong between ledger, files and providers, and say it in words.

        Args:
            repair: Mend what can be mended without a decision of yours. Nothing is paid for by it, and no file
                of yours is removed.
            deep: Also read every kept clip and compare its SHA-256.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        from seedance_nb.doctor import visit

        return visit(self._engine, self._store, self.home, mend=repair, deep=deep, store=self._objects, host=self._host)

    def move_home(self, home: str | os.PathLike[str]) -> Moved:
        """Move all kept clips into an object store, or back into the folder on this machine; then keep them there.

        Each file is copied and checked; then all rows are written in one transaction. The old files stay, until
        `remove_old()` of what this returns. Broken off, the same call again goes on; nothing is lost or paid meanwhile.

        Args:
            home: An object store, such as `"s3://bucket/folder"`, or `studio.home`.

        Raises:
            ConfigurationError: It is another folder, or a store that cannot be opened; nothing was moved. Folders are
                moved with their ledger, as they are: paths in it are relative to them.
            StoreError: The store does not answer; nothing was moved.
            LedgerError: Where the files are now could not be written down; they are where they were as well.
        """
        from seedance_nb.library import move

        target = None
        if isinstance(home, str) and "://" in home:
            from seedance_nb.store import opened

            target = opened(home)
            target.entries("clips")  # whether it answers is known before anything is kept there
        elif Path(home).expanduser().resolve() != self.home:
            raise ConfigurationError(
                f"Clips can go into an object store, or back into {self.home}. Another folder is had by moving this "
                "one with its ledger: paths in it are relative. Nothing was moved."
            )
        self._objects = target
        return move(self._store, self.home, target)

    def space(self) -> pd.DataFrame:
        """How much room kept clips take, by place, project, month and kind; what is missing, and what is no task's.

        | column | dtype | |
        | --- | --- | --- |
        | `place`, `project`, `month` | category | where; as submitted; such as `2026-11` |
        | `kind` | category | `clip`, `poster`, `last_frame`, `recipe`, `reference`, `unknown` |
        | `files`, `bytes` | int64 | how many, and together |
        | `missing` | int64 | how many of them the ledger names, and are not there |
        | `here` | int64 | bytes that lie on this machine too |

        Raises:
            StoreError: A store does not answer.
        """
        from seedance_nb.library import space

        return space(self._store, self.home, [each for each in (self._objects, self._host) if each is not None])

    # -- many clips to look at --

    def sweep(
        self,
        template: Request | Content | str,
        /,
        *,
        seeds: int | Iterable[int] | None = None,
        allow: Collection[str] = (),
        **axes: Any,
    ) -> Sweep:
        """A matrix of clips: prompt variables × models × parameters × seeds. Nothing is submitted before `sweep.run()`.

        Show it as a cell's last line: the cells, the price of each and of all, what the ledger has already, and the
        button. The same cell, run again or after a restart, finds its clips and pays for none of them twice.

            studio.sweep("A {animal} in {place}", animal=["cat", "fox"], place=["snow", "rain"], seeds=3)

        Args:
            template: A prompt with `{variables}`, or a content or a request whose text has them. A brace that is meant
                as itself is written twice.
            seeds: So many seeds, chosen from the template's text alone: the same ones each time, and also when an axis
                gets another value. Or the seeds themselves.
            allow: Codes of problems that you know better about.
            axes: For each variable of the template and each parameter of a request its values, such as
                `model=["seedance-2.0", "seedance-2.0-fast"]`; a single value, such as `duration=4`, is that of all.

        Raises:
            InvalidRequestError: A variable has no values, a name is not known, or a value does not fit.
        """
        from seedance_nb.compare import plan

        return self._swept(plan(template, axes, seeds=seeds), allow)

    def fast_or_standard(
        self, request: Request | Content | str, /, *, pairs: int = 5, allow: Collection[str] = ()
    ) -> Sweep:
        """Whether the fast model does for a request: the same prompt and the same seeds with both, in pairs.

        Nothing is submitted before `run()`, and the price of all pairs is seen before. Then `vote()` and `verdict()`.

        Args:
            request: What to make; its own model and seed do not count.
            pairs: How many seeds, and so how many clips of each model.
            allow: Codes of problems that you know better about.
        """
        from seedance_nb.compare import FAST_OR_STANDARD, plan

        return self._swept(plan(_request(request), {"model": FAST_OR_STANDARD}, seeds=pairs, is_template=False), allow)

    def _swept(self, plan: Plan, allow: Collection[str]) -> Sweep:
        from seedance_nb.compare import Sweep

        return Sweep(
            plan,
            provider=self._client,
            is_sandbox=self.is_sandbox,
            engine=self._engine,
            books=self._store,
            submit=lambda requests, **options: self._submit_many(requests, quiet=True, **options),
            left=self._books.left,
            compare=self._beside,
            ledger=self._store,
            allow=allow,
            project=self.project,
            host=self.host,
            keys=[self._connection.key],
        )

    def _beside(self, candidates: Sequence[Candidate]) -> Comparison:
        from seedance_nb.compare import Comparison

        return Comparison(candidates, ledger=self._store, home=self.home)

    def reconcile(
        self,
        bill: object = None,
        *,
        provider: str | None = None,
        columns: Mapping[str, str] | None = None,
        since: dt.date | str | None = None,
        until: dt.date | str | None = None,
    ) -> Reconciliation:
        """Hold a provider's bill against the ledger: what is missing on each side, doubled or mispriced, with sums.

        `ledger.reconcile` is the same for a file and takes more: currency, zone, decimal sign, encoding, tolerance.

        Args:
            bill: A CSV file's path, its bytes, or a data frame. None, or the id of a provider: what the provider itself
                says; of those in the package only Atlas Cloud does, by day and model.
            provider: Whose bill it is; None: of this studio's provider.
            columns: Which column is what, for example `{"task_id": "任务ID", "amount": "应付金额"}`.
            since: Beginning of the bill's period, also as `"2026-11"`; None: the day of its first line; without a file
                thirty days ago.
            until: Its end, a day or month included whole; None: the day of its last line; without a file today.

        Raises:
            BillError: It cannot be read as a table of charges.
            ConfigurationError: The provider does not say what it billed, or there is no key for it.
            ProviderError: It could not be asked.
        """
        if isinstance(bill, str) and bill in catalog.providers() and not Path(bill).exists():
            bill, provider = None, bill
        own = provider is None or provider == self.provider
        if bill is None:
            from seedance_nb import live
            from seedance_nb.reports import reconciliation

            connection = self._connection if own else connect(provider)
            first, end = reconciliation.days(since, until, dt.datetime.now(dt.UTC).date())
            told = live.billed(self._client_for(connection), first, end)
            return self.ledger.reconcile(told, provider=connection.provider, sandbox=connection.is_sandbox)
        return self.ledger.reconcile(
            bill,
            provider=provider or self.provider,
            columns=columns,
            since=since,
            until=until,
            sandbox=own and self.is_sandbox,
        )

    def report(
        self,
        path: str | os.PathLike[str] = "report.html",
        *,
        since: dt.date | str | None = None,
        until: dt.date | str | None = None,
        by: str | Sequence[str] | None = None,
        over: Literal["day", "week", "month"] | None = None,
        view: str = "CNY",
        fx: Fx | Sequence[Fx] | None = None,
        bill: Reconciliation | Sequence[Reconciliation] | None = None,
        charts: bool | None = None,
        clips: Literal["none", "beside", "inside"] = "none",
        title: str | None = None,
        language: str | None = None,
        **filters: object,
    ) -> Path:
        """Write where the money went into a file, in the form that its name asks for.

        - `report.html`: one page to read, which opens anywhere: no network, no kernel, no script. A summary in words;
          sums in each currency and as seen in one, by provider, model, project and week; how tasks ended; quoted
          against billed; the newest clips with their posters; and the price rows that it all rests on. With the extra
          `charts` as pictures too, with what is to come, and what is left of the studio's budgets.
        - `report.xlsx`: a workbook with a sheet for each of these, for all tasks and for all charges (extra `excel`).
        - `report.parquet` or `report.csv`: one table, a row for each charge with what is known of its task; the sum of
          `cost` is that of `ledger.costs()`. Parquet has exact decimals and needs the extra `parquet`.
        - `november/*.parquet` or `november/*.csv`: each table in a file of its own, which has its name for the `*`.

        Real tasks alone, unless there are only the sandbox's. Texts that a spreadsheet would run stay texts.

        Args:
            path: Where it goes; what is there is replaced. Folders are made.
            since: Beginning, a day, a month as `"2026-11"`, or a datetime with its zone, UTC.
            until: End; a day or month is included whole.
            by: What costs are summed by, each text for a table of its own: `"project"`, `"provider,model"`,
                `"tag:client"`, and what else `ledger.costs` knows; None: the usual ones.
            over: The stretch of time of sums over time; with `by` also of those.
            view: The currency to see the sum in.
            fx: The rate for it, or several; those of the price book if None.
            bill: What `reconcile` found, to stand in it.
            charts: Of a page, whether it has charts; None: where the extra is installed.
            clips: `none`: posters only; `beside`: players that need the clips where they are now; `inside`: the clips
                are in the file, up to 256 MiB.
            title: Its heading.
            language: `en`, `zh` or `fr`; None: the one that is spoken.
            filters: As of `ledger.frame`, for example `project="film"`.

        Returns:
            The path of the file; of several, their folder.

        Raises:
            ConfigurationError: The clips are too large for one file, a choice is none, a package is missing, or a
                sheet has too few rows. Nothing was written.
        """
        from seedance_nb.reports.exports import write

        where = {name: value for name, value in {"since": since, "until": until}.items() if value is not None}
        return write(
            self.ledger,
            self._store,
            path,
            where={**where, **filters},
            currency=view,
            fx=fx,
            by=by,
            over=over,
            bill=bill,
            budgets=self.budgets,
            project=self.project,
            charts=charts,
            clips=clips,
            title=title,
            language=language,
            now=dt.datetime.now(dt.UTC),
            bring=copies.bring,
        )

    # -- by hand --

    def composer(self, request: Request | Content | str | None = None) -> Composer:
        """A widget to put a request together by hand: media, prompt, parameters, price, and the button.

        Show it as a cell's last line. `composer.request` is always the request as it stands, and what is assigned to
        it is seen. A task that is submitted from it is shown below it, and is `composer.task`.

        Args:
            request: What to begin with; nothing if None.
        """
        return self._new_composer(request)

    def _new_composer(self, request: Request | Content | str | None) -> ShownComposer:
        from seedance_nb.reports.quotes import quotes
        from seedance_nb.widgets.shown_composer import ShownComposer

        return ShownComposer(
            request,
            provider=self.provider,
            is_sandbox=self.is_sandbox,
            submit=self._submit_quietly,
            quotes=partial(quotes, host=self.host),
            budget=self._books.left if self.budgets else None,
            kept=self._books.kept,
            home=self.home,
            host=self.host,
        )

    # -- to look at --

    def preview(self, clips: Clip | Iterable[Clip]) -> Player:
        """Clips to look at closely: frame by frame, in a loop between two marks, by their thumbnails.

        Show it as a cell's last line. Nothing of a clip is loaded before somebody plays it, and the saved notebook
        keeps posters and facts. A frame that is taken in it is `player.frame`, the first frame of another request.

        Args:
            clips: A task, the path of a clip, or several of them.

        Raises:
            ConfigurationError: There is nothing to show.
        """
        from seedance_nb.widgets.player import Player

        return Player(clips, home=self.home)

    @overload
    def compare(self, *clips: Compared | Iterable[Compared], title: str = "") -> Comparison: ...
    @overload
    def compare(
        self,
        request: Request | Content | str,
        /,
        *,
        models: Iterable[str],
        seeds: int | Iterable[int] | None = None,
        allow: Collection[str] = (),
        **axes: Any,
    ) -> Sweep: ...
    @overload
    def compare(
        self,
        request: Request | Content | str,
        /,
        *,
        seeds: int | Iterable[int],
        allow: Collection[str] = (),
        **axes: Any,
    ) -> Sweep: ...
    def compare(  # type: ignore[misc]  # mypy takes a positional argument and `*clips` for two things
        self,
        *clips: Any,
        title: str = "",
        models: Iterable[str] | None = None,
        seeds: int | Iterable[int] | None = None,
        allow: Collection[str] = (),
        **axes: Any,
    ) -> Comparison | Sweep:
        """Clips beside or over each other, held to the same frame; or one request by several models, to be made first.

        Of clips that are there it is a `Comparison`. Show it as a cell's last line, or save it as one HTML file:
        `studio.compare(batch).save("clips.html")`.

        Of a request with `models`, `seeds` or other axes it is a sweep whose text is taken as it is, and nothing is
        submitted before its `run()`: a call that multiplies a request cannot know what you are ready to pay, so that
        the price is seen first, here as everywhere. When it ran, its `compare()` plays the clips, `vote()` lets them be
        judged blindly, and `verdict()` counts.

            studio.compare(request, models=["seedance-2.0", "seedance-2.0-fast"], seeds=3)

        Args:
            clips: Tasks, batches, paths of files, or lists of these, in the order in which they are shown; or one
                request, content or prompt.
            title: What is compared; how many clips if empty.
            models: The models that make the request; that of the request if None.
            seeds: So many seeds, the same ones each time, or the seeds themselves. None leaves the request's own;
                without one each clip has another, so that clips differ by more than their model.
            allow: Codes of problems that you know better about.
            axes: For other parameters of a request their values.

        Raises:
            ConfigurationError: There is nothing to compare.
            InvalidRequestError: A name is not known, or a value does not fit.
        """
        from seedance_nb.compare import Comparison, candidates_of, plan

        is_made = models is None and seeds is None and not axes
        if is_made and not (clips and isinstance(clips[0], Request | Content)):
            return Comparison(candidates_of(clips), ledger=self._store, home=self.home, title=title)
        if len(clips) != 1 or not isinstance(clips[0], Request | Content | str):
            raise InvalidRequestError(
                "models, seeds and other axes belong to one request, which is made with each of them. To compare clips "
                "that are there, leave them out. Nothing was sent."
            )
        chosen = axes if models is None else {"model": models, **axes}
        return self._swept(plan(clips[0], chosen, seeds=seeds, is_template=False), allow)

    def measure(self, *clips: Compared | Iterable[Compared], progress: bool = True) -> pd.DataFrame:
        """Measure clips, as many as there are, wherever media work is done; see `Studio(media=…)`.

        What was measured is kept in the ledger by the checksum of the clip: it is measured once, and whoever interrupts
        goes on where it stopped. What goes wrong with a clip stands in its row.

        Args:
            clips: Tasks, batches, paths of files, or lists of these; without any, each kept clip of the ledger.
            progress: Whether a bar is shown.

        Returns:
            A row a clip, in order: `clip`, `local_id` (string); what `media.Measures` has: `duration`, `fps`,
            `sharpness`, `motion`, `flicker`, `loudness`, `silence` (Float64), `frames`, `width`, `height`,
            `black_frames` (Int64), `video_codec`, `audio_codec` (string), `has_audio` (boolean), `cuts` (tuples of
            frame numbers); `sha256` and `error` (string; missing where all is well).
        """
        from seedance_nb.compare import candidates_of
        from seedance_nb.compare._measured import kept, measured

        chosen = candidates_of(clips) if clips else kept(self._store.records())
        return measured(chosen, self._store, self._workshop, progress=progress)

    @cached_property
    def _books(self) -> Books:
        from seedance_nb.bench import Books

        return Books(self._store, self.ledger, self.budgets, self.project, self.is_sandbox)

    @cached_property
    def _bench(self) -> Bench:
        from seedance_nb.bench import bench

        def compare(local_ids: Sequence[str]) -> ComparisonWidget:
            return self.compare([self._task(one) for one in local_ids]).widget()

        return bench(
            self.composer(), self._books, self._engine, title=repr(self), compare=compare, table=self.ledger.show
        )

    def _show_change(self) -> None:
        if "_bench" in self.__dict__:
            self._bench.changed()
        if "ledger" in self.__dict__:
            self.ledger.changed()

    # -- what providers say by themselves --

    def webhooks(self) -> ASGIApp:
        """An ASGI application to mount where a provider can reach it; name its address as a request's `callback_url`.

        It takes POSTs at `/ark`, `/byteplus`, `/atlas` and `/eachlabs`, so that the end of a task is known before
        the next poll. Polling goes on: a webhook that never comes changes nothing, and one that proves nothing
        only makes the studio look. Set it up before tasks are submitted: EachLabs is told with each create what its
        webhooks have to know.

        Raises:
            ConfigurationError: The package that checks signatures is not installed.
        """
        from seedance_nb import webhooks

        with self._lock:
            self._webhook_secret = self._webhook_secret or secrets.token_urlsafe(32)
            for client in self._clients.values():
                if isinstance(client, SendsSecret):
                    client.webhook_secret = self._webhook_secret
        engine = self._engine

        def receive(word: Heard | Trigger) -> None:
            if isinstance(word, webhooks.Heard):
                engine.hear(word.provider, word.snapshot)
            else:
                engine.look(word.provider, word.task_id)

        return webhooks.app(receive, secrets={"eachlabs": self._webhook_secret}, fetch_keys=self._webhook_keys)

    async def _webhook_keys(self) -> Mapping[str, bytes]:
        """The keys of the provider that signs; read on the engine's loop, where its client lives."""
        for client in (self._client, *self._clients.values()):
            if isinstance(client, SignsWebhooks):
                reading = asyncio.run_coroutine_threadsafe(client.webhook_keys(), background.loop())
                return await asyncio.wrap_future(reading)
        raise ConfigurationError("This studio has no connection to a provider that signs webhooks.")

    def _task(self, local_id: str, record: TaskRecord | None = None) -> Task:
        return Task(self._engine, self._store, local_id, record=record)

    def close(self) -> None:
        """Stop following tasks and close ledger and connections; unfinished tasks go on at the provider.

        Not needed in a notebook, where a studio lives as long as its kernel. Again is fine.
        """
        if self._is_closed:
            return
        self._is_closed = True
        for chain in tuple(self._chains):
            chain._close()
        if "_bench" in self.__dict__:
            self._bench.close()
        if "ledger" in self.__dict__:
            self.ledger.close()
        if "_engine" in self.__dict__:
            self._engine.close()
        for client in self._clients.values():
            background.call(client.close(), timeout=10.0)
        self._store.close()
        workshop.leave(self.home, self._workshop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ipython_display_(self) -> None:
        from seedance_nb.widgets.live_cell import _in_notebook

        if self._is_closed or not _in_notebook():
            sys.stdout.write(f"{self!r}\n")
        else:
            self._bench._ipython_display_()

    def _repr_html_(self) -> str | None:
        return None if self._is_closed else self._books.html(repr(self))

    def __repr__(self) -> str:
        where = f"sandbox of {self.provider}, nothing is billed" if self.is_sandbox else self.provider
        return f"Studio({where}; {self.store or self.home})"


def _host(host: bool | str, objects: ObjectStore | None, *, is_sandbox: bool) -> ObjectStore | None:
    """The store for what a provider only reads at an address."""
    if not host:
        return None
    if host is True:
        if objects is None:
            raise ConfigurationError(
                "host=True puts local clips into the object store that home= names, and it names none. Nothing was "
                "opened. Say where they may go: host='s3://bucket/folder'."
            )
        found = objects
    else:
        from seedance_nb.store import opened

        found = opened(host)
    if found.is_here and not is_sandbox:
        raise ConfigurationError(
            f"{found.address} answers on this machine alone, where no provider reads. Nothing was opened."
        )
    return found


def _places(
    home: str | os.PathLike[str] | None, folder: str | os.PathLike[str] | None
) -> tuple[Path, ObjectStore | None]:
    """The folder on this machine, and the store that clips are kept in, if they are."""
    objects = None
    if isinstance(home, str) and "://" in home:
        from seedance_nb.store import opened

        objects, home = opened(home), folder
    elif folder is not None:
        raise ConfigurationError(
            "folder= says where copies lie of clips that are kept in an object store, and home= names none. Nothing "
            "was opened. Give the folder as home=."
        )
    return home_of(home), objects


def _request(request: Request | Content | str) -> Request:
    return (
        request if isinstance(request, Request) else Request(Content(request) if isinstance(request, str) else request)
    )


class Tasks(Sequence[Task]):
    """Tasks in order; also found by the provider's id or by ours."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tuple(tasks)

    @overload
    def __getitem__(self, which: int | str) -> Task: ...
    @overload
    def __getitem__(self, which: slice) -> Tasks: ...
    def __getitem__(self, which: int | str | slice) -> Task | Tasks:
        if isinstance(which, slice):
            return Tasks(self._tasks[which])
        if isinstance(which, int):
            return self._tasks[which]
        for task in self._tasks:
            if which in {task.local_id, task.task_id}:
                return task
        raise TaskNotRecordedError(
            f"The ledger has no task {which!r} among its {len(self._tasks)}. "
            "It may stand in another ledger: compare studio.ledger.path."
        )

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[Task]:
        return iter(self._tasks)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from seedance_nb.widgets.task_table import task_table

        records = [task.record() for task in self._tasks]
        html = task_table(records, now=dt.datetime.now(dt.UTC), notebook_dir=Path.cwd())
        return {"text/plain": repr(self), "text/html": html}

    def __repr__(self) -> str:
        shown = "\n".join(f"  {task!r}" for task in self._tasks[:20])
        rest = f"\n  … and {len(self) - 20} more" if len(self) > 20 else ""
        return f"Tasks({len(self)})\n{shown}{rest}" if self._tasks else "Tasks(0)"
