"""The page about assistants, with the tools as the server lists them.

`python -m seedance_nb.mcp_server.assistants_doc` prints it.
"""

from __future__ import annotations

import asyncio
import sys

from mcp_types import Tool

from seedance_nb.mcp_server._offers import LIFE
from seedance_nb.mcp_server._server import server
from seedance_nb.mcp_server._settings import Settings

_PAGE = """\
# Assistants at the bench

<!-- Generated: python -m seedance_nb.mcp_server.assistants_doc > docs/assistants.md -->

`seedance-nb mcp` serves an assistant by the Model Context Protocol, over standard input and output, on the same ledger
as your notebooks: what it makes is in `studio.tasks()`, and what you made it finds. It comes with the extra `mcp`:

```bash
pip install "seedance-nb[mcp]"
seedance-nb mcp --home seedance_out                               # the sandbox: nothing is billed
seedance-nb mcp --provider ark --budget "20 CNY/day" --media ~/pictures
```

Most programs for assistants take it as a command in their settings:

```json
{{"mcpServers": {{"seedance": {{"command": "seedance-nb", "args": ["mcp", "--home", "/home/me/seedance_out"]}}}}}}
```

The key comes from the environment or the system's keyring, as everywhere.

## What it may do, and what not

- **It asks before it spends.** You see provider, price with its sum, what is sent and what the budget still allows, and
  say yes or no. Where the assistant's program cannot ask, `submit` sends nothing and answers with the price and a word
  to confirm it with, which is good once, for {minutes} minutes, and for exactly this request at this price. The
  assistant can say that word itself: keep its program from calling `submit` without you, which is what the hint
  `destructive` is for.
- **Real money needs a budget**, named when the server is started. It is held in the ledger, for all notebooks on it.
- **Paid once.** The same request again gives the task that is there; `again` pays once more, and is asked for as well.
- **Files.** Media are read from the home folder and those named with `--media`, symbolic links followed first; reports
  are written to the home folder. Clips are given as links, posters as pictures; no bytes of a clip, no key and no
  signed address.
- On the sandbox nothing is asked; `--ask-on-sandbox` does, to see what it is like.

Prompts, messages and names in answers are marked as data that others wrote.

## Tools

| tool | hints | |
| --- | --- | --- |
{tools}

A request is plain arguments: {arguments}.
Answers are JSON of the shapes in [command-line.md](command-line.md#what-a-program-reads).
"""


def assistants_doc() -> str:
    """The page, in Markdown."""
    found = asyncio.run(server(Settings()).list_tools())
    request = next(tool for tool in found if tool.name == "submit").input_schema["$defs"]["RequestArguments"]
    arguments = ", ".join(f"`{name}`" for name in request["properties"])
    return _PAGE.format(minutes=f"{LIFE / 60:g}", tools="\n".join(map(_row, found)), arguments=arguments)


def _row(tool: Tool) -> str:
    hints = tool.annotations
    assert hints is not None
    kinds = [
        name
        for name, given in (
            ("reads", hints.read_only_hint),
            ("destructive", hints.destructive_hint),
            ("idempotent", hints.idempotent_hint),
        )
        if given
    ]
    what = " ".join((tool.description or "").partition("\n\n")[0].split())
    return f"| `{tool.name}` | {', '.join(kinds)} | {what} |"


if __name__ == "__main__":
    sys.stdout.write(assistants_doc())
