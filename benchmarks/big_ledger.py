"""A ledger as large as one likes, made quickly: rows as the engine writes them, past the engine.

A year of a studio: three models at two providers, texts of a few hundred characters in families of two hundred tasks,
one task in twenty failed, seven events a task, charges with their sums, clips and posters, labels on one task in fifty.
The same for the same seed.
`python -m benchmarks.big_ledger --tasks 1000000 --at FOLDER` keeps one.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

CHUNK = 20_000
_BEGIN = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
_YEAR = 31_000_000
_MODELS = {
    "seedance-2.0": ("doubao-seedance-2-0-260128", "46", "7.0"),
    "seedance-2.0-fast": ("doubao-seedance-2-0-fast-260128", "37", "5.6"),
    "seedance-2.0-mini": ("doubao-seedance-2-0-mini-260128", "23", "3.5"),
}
_SIZES = {("720p", "16:9"): 21_780, ("720p", "9:16"): 21_780, ("480p", "16:9"): 10_044, ("1080p", "16:9"): 48_960}
_WORDS = """a cat yawns at the camera slow dolly in warm light snow falls rain on the window neon street close shot wide
 shot the hero turns her coat red silk wind handheld 镜头缓缓推进 雨夜 霓虹 特写 她回头 长发飘动 电影感 柔光""".split()  # noqa: SIM905 - texts are read, not lists

Rows = dict[str, list[tuple[Any, ...]]]
TABLES = ("tasks", "events", "artifacts", "charges", "labels")


def make(address: str, home: Path, count: int) -> None:
    """Make the ledger at an address and fill it.

    Args:
        address: A path, or `postgresql+psycopg://…` of an empty database.
        home: The folder that clips would lie in.
        count: How many tasks.
    """
    from seedance_nb.ledger import Ledger
    from seedance_nb.ledger._schema import metadata

    with Ledger.open(address, home=home) as ledger:
        path = ledger.path
    columns = {name: [column.name for column in metadata.tables[name].columns] for name in (*TABLES, "cost_totals")}
    totals: dict[tuple[Any, ...], list[int]] = {}
    rows = _rows(count, columns, totals)
    if path is None:
        _to_server(address, rows, columns, totals)
    else:
        _to_file(path, rows, columns, totals)


def _totalled(totals: dict[tuple[Any, ...], list[int]]) -> list[tuple[Any, ...]]:
    return [(*key, *sums) for key, sums in totals.items()]


def _to_file(path: Path, rows: Iterator[Rows], columns: dict[str, list[str]], totals: dict[Any, list[int]]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        run = connection.execute
        run("PRAGMA synchronous=OFF")
        run("PRAGMA cache_size=-200000")
        # In the order of their keys rows go in quickly; the other indexes are quicker made at the end.
        indexes = list(run("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
        for name, _ in indexes:
            run(f"DROP INDEX {name}")
        run("BEGIN")
        for some in rows:
            for table in TABLES:
                _insert(connection, table, columns[table], some[table])
        _insert(connection, "cost_totals", columns["cost_totals"], _totalled(totals))
        for _, sql in indexes:
            run(sql)
        run("COMMIT")
        run("PRAGMA wal_checkpoint(TRUNCATE)")


def _insert(connection: sqlite3.Connection, table: str, names: list[str], rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(names))
    connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)


def _to_server(address: str, rows: Iterator[Rows], columns: dict[str, list[str]], totals: dict[Any, list[int]]) -> None:
    import psycopg

    with psycopg.connect(address.replace("+psycopg", "")) as connection:
        cursor = connection.cursor()
        cursor.execute("SET synchronous_commit = off")

        def copy(table: str, some: list[tuple[Any, ...]]) -> None:
            with cursor.copy(f"COPY {table} ({', '.join(columns[table])}) FROM STDIN") as target:
                for row in some:
                    target.write_row(row)

        for some in rows:
            for table in TABLES:
                copy(table, some[table])
        copy("cost_totals", _totalled(totals))
        for table in ("events", "labels"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}) + 1)")
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM ANALYZE")


def _rows(count: int, columns: dict[str, list[str]], totals: dict[tuple[Any, ...], list[int]]) -> Iterator[Rows]:
    rng = random.Random(7)
    prices = {name: json.dumps(price) for name, price in _prices().items()}
    families = [" ".join(rng.choices(_WORDS, k=rng.randrange(8, 60))) for _ in range(max(20, count // 200))]
    said, happened = 0, 0
    for start in range(0, count, CHUNK):
        rows: Rows = {name: [] for name in TABLES}
        for number in range(start, min(start + CHUNK, count)):
            task, events, charge = _task(number, count, rng, prices, families)
            rows["tasks"].append(tuple(task[name] for name in columns["tasks"]))
            for event in events:
                happened += 1
                rows["events"].append((happened, *event))
            name = task["local_id"]
            if charge is not None:
                rows["charges"].append(charge)
                day = (charge[7][:10], task["provider"], task["model"], "usage", charge[2], False)
                sums = totals.setdefault(day, [0, 0, 0])
                for place, more in enumerate((1, charge[3], charge[1])):
                    sums[place] += more
                kept = task["updated_at"]
                size = (1280, 720) if task["ratio"] == "16:9" else (720, 1280)
                clip = (name, "clip", f"clips/{name}.mp4", f"{rng.getrandbits(256):064x}", 2_100_000, *size, kept, kept)
                poster = (name, "poster", f"clips/{name}.jpg", f"{rng.getrandbits(256):064x}", 22_000)
                rows["artifacts"] += [clip, (*poster, None, None, None, kept)]
            if number % 50 == 0:
                values = {"rating": str(1 + number % 5), "tag:client": f"client {number % 7}"}
                for label, value in values.items():
                    said += 1
                    rows["labels"].append((said, name, task["updated_at"], label, value))
        yield rows


def _prices() -> dict[str, dict[str, Any]]:
    return {
        f"{provider}/{model}": {
            "id": f"{provider}/{model}/720p/no-video/2026-04",
            "amount": yuan if provider == "ark" else dollars,
            "currency": "CNY" if provider == "ark" else "USD",
            "per": 1_000_000,
            "unit": "tokens",
            "start_date": "2026-04-14",
            "source": "https://www.example.com/docs/82379/1544106",
            "checked": "2026-11-20",
        }
        for provider in ("ark", "atlas")
        for model, (_, yuan, dollars) in _MODELS.items()
    }


def _text(at: dt.datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _task(
    number: int, count: int, rng: random.Random, prices: dict[str, str], families: list[str]
) -> tuple[dict[str, Any], list[tuple[Any, ...]], tuple[Any, ...] | None]:
    """A task, its events and its charge, as the tables have them."""
    at = _BEGIN + dt.timedelta(seconds=number * _YEAR / count, microseconds=rng.randrange(10_000))
    name = f"t-{at:%Y%m%d-%H%M%S}-{number:08x}"[:40]
    provider, model = rng.choice(("ark", "ark", "atlas")), rng.choice(tuple(_MODELS))
    (resolution, ratio), area = rng.choice(tuple(_SIZES.items()))
    duration, fails, seed = rng.choice((5, 5, 8, 12)), rng.random() < 0.05, rng.getrandbits(31)
    model_id, yuan, dollars = _MODELS[model]
    tokens = area * duration + area // 25
    currency, amount = ("CNY", yuan) if provider == "ark" else ("USD", dollars)
    cost = tokens * int(float(amount) * 100)
    prompt = f"{rng.choice(families)}, take {number % 40}"
    took = dt.timedelta(seconds=rng.lognormvariate(4.5, 0.4))
    sent, queued, running = (at + dt.timedelta(seconds=after) for after in (0.07, 0.5, 3.1))
    ended = sent + took
    kept = ended + dt.timedelta(seconds=1.2)
    texts = [_text(moment) for moment in (at, sent, queued, running, ended, kept)]
    price_id = f"{provider}/{model}/720p/no-video/2026-04"
    request = {
        "content": [{"type": "text", "text": prompt}],
        "model": model,
        "ratio": ratio,
        "resolution": resolution,
        "duration": duration,
        "generate_audio": True,
        "seed": seed,
        "watermark": False,
        "return_last_frame": False,
        "web_search": False,
    }
    if number % 5 == 0:
        image = {"type": "image", "role": "first_frame", "source": "file", "path": f"in/{number % 99}.png"}
        request["content"].append({**image, "sha256": f"{number % 99:064x}"})  # type: ignore[attr-defined]
    is_quoted = number % 50 != 0
    task = {
        "local_id": name,
        "provider": provider,
        "is_sandbox": False,
        "base_url": "https://ark.example.com/api/v3",
        "model": model,
        "model_id": model_id,
        "mode": "first_frame" if number % 5 == 0 else "text",
        "status": "failed" if fails else "kept",
        "task_id": f"cgt-{at:%Y%m%d%H%M%S}-{number:07x}",
        "prompt": prompt,
        "request": json.dumps(request, ensure_ascii=False),
        "body_sha256": f"{rng.getrandbits(256):064x}",
        "seed": seed,
        "resolution": resolution,
        "ratio": ratio,
        "duration": duration,
        "quote_tokens_low": tokens if is_quoted else None,
        "quote_tokens_high": tokens + 686 if is_quoted else None,
        "quote_low_e8": cost if is_quoted else None,
        "quote_high_e8": cost + 315_560 if is_quoted else None,
        "quote_currency": currency if is_quoted else None,
        "quote_sum": f"{area} × {duration} = {tokens:,} tokens × {amount}/1M" if is_quoted else None,
        "quote_basis": "Exact: size and length are known. Only a task that succeeds is billed." if is_quoted else None,
        "price": prices[f"{provider}/{model}"] if is_quoted else None,
        "completion_tokens": None if fails else tokens,
        "total_tokens": None if fails else tokens,
        "web_search": None,
        "failure_code": "OutputVideoSensitiveContentDetected" if fails else None,
        "failure_message": "The output video may contain sensitive information." if fails else None,
        "created_at": texts[0],
        "submitted_at": texts[1],
        "updated_at": texts[5],
        "finished_at": texts[4],
        "owner": "studio-3/4211/1795671444.11",
        "account": f"d84ea117377{number % 3}",
        "project": f"project {number % 20}",
        "batch": f"b-{number // 200:08x}",
        "asked_sha256": f"{rng.getrandbits(256):064x}",
        "seconds_high": duration,
        "follower": "",
    }
    last = "failed" if fails else "succeeded"
    words = ("intent", "submitting", "queued", "running", last)
    events: list[tuple[Any, ...]] = [
        (name, when, "status", word, None) for when, word in zip(texts, words, strict=False)
    ]
    if fails:
        return task, events, None
    detail = {"amount": str(cost / 10**8), "currency": currency, "tokens": tokens, "price_id": price_id}
    events.append((name, texts[4], "charge", None, json.dumps({**detail, "basis": "usage", "is_sandbox": False})))
    events.append((name, texts[5], "status", "kept", None))
    return task, events, (name, cost, currency, tokens, price_id, "usage", False, texts[4])


def main() -> None:
    """Make one and say how long that took and how large it is."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tasks", type=int, default=1_000_000)
    options.add_argument("--at", type=Path, required=True, help="a folder of its own")
    given = options.parse_args()
    given.at.mkdir(parents=True)
    start = time.perf_counter()
    make(str(given.at / "ledger.sqlite3"), given.at, given.tasks)
    size = (given.at / "ledger.sqlite3").stat().st_size
    print(f"{given.tasks:,} tasks in {time.perf_counter() - start:.0f} s, {size / given.tasks:,.0f} bytes a task")


if __name__ == "__main__":
    main()
