"""The command line: `seedance-nb demo | sandbox | tasks`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from seedance_nb.errors import SeedanceError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 is good, 1 is an error that was explained, 2 a wrong call."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 2
    try:
        code: int = chosen.command(chosen)
    except SeedanceError as exc:
        print(f"seedance-nb: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Tasks that were created go on; `seedance-nb tasks` shows them.", file=sys.stderr)
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seedance-nb", description="Seedance 2.0 video generation: compose, price, submit, watch, keep, account."
    )
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="")

    demo = commands.add_parser("demo", help="the main job on the sandbox: clips, ledger, a page to compare them")
    demo.add_argument("--home", default="seedance_out/demo", help="where clips and ledger go (default: %(default)s)")
    demo.set_defaults(command=_demo)

    box = commands.add_parser("sandbox", help="serve the sandbox for other programs until Ctrl-C")
    box.add_argument("--port", type=int, default=8765, help="port on 127.0.0.1 (default: %(default)s; 0: any free one)")
    box.add_argument("--speed", type=float, default=1.0, help="how much faster than life tasks run (default: 1)")
    box.set_defaults(command=_sandbox)

    tasks = commands.add_parser("tasks", help="list the tasks of the ledger")
    tasks.add_argument("--home", default=None, help="where the ledger is (default: $SEEDANCE_NB_HOME or seedance_out)")
    tasks.add_argument("--limit", type=int, default=20, help="how many, newest first (default: %(default)s)")
    tasks.set_defaults(command=_tasks)
    return parser


def _demo(chosen: argparse.Namespace) -> int:
    from seedance_nb.demo import demo

    return demo(chosen.home)


def _sandbox(chosen: argparse.Namespace) -> int:
    from seedance_nb import sandbox

    sandbox.serve(port=chosen.port, speed=chosen.speed)
    return 0


def _tasks(chosen: argparse.Namespace) -> int:
    import os
    from pathlib import Path

    from seedance_nb.ledger import Ledger
    from seedance_nb.studio import DEFAULT_HOME, LEDGER_NAME

    home = Path(chosen.home or os.environ.get("SEEDANCE_NB_HOME") or DEFAULT_HOME).expanduser()
    if not (home / LEDGER_NAME).exists():
        print(f"There is no ledger in {home} yet. `seedance-nb demo` makes one, on the sandbox.")
        return 0
    records = Ledger.open(home / LEDGER_NAME, home=home).records(limit=chosen.limit)
    for record in records:
        clip = record.artifact("clip")
        cost = f"{record.cost}{' (sandbox)' if record.is_sandbox else ''}" if record.cost else "–"
        print(
            f"{record.created_at:%Y-%m-%d %H:%M}  {record.status:<10}  {record.provider:<5}  {record.model:<18}  "
            f"{cost:>18}  {record.task_id or record.local_id}  {clip.path if clip and clip.path else ''}"
        )
    if not records:
        print("The ledger has no tasks yet.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
