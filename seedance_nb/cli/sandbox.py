"""`seedance-nb sandbox`: the imitation of the providers, for other programs."""

from __future__ import annotations

import click

from seedance_nb.cli._options import json_option


@click.command(short_help="Serve the sandbox for other programs.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8765, show_default=True, help="On 127.0.0.1; 0: any.")
@click.option("--speed", type=float, default=1.0, show_default=True, help="How much faster than life tasks run.")
@json_option
def command(port: int, speed: float, as_json: bool) -> None:
    """Serve the sandbox for other programs until Ctrl-C: real clips, the providers' own protocols, nothing billed.

    \b
    Examples:
      seedance-nb sandbox
      seedance-nb sandbox --port 0 --speed 10
      seedance-nb sandbox --json | head -1 | jq -r '.urls.ark'
    """
    from seedance_nb import sandbox
    from seedance_nb.cli._telling import as_line
    from seedance_nb.sandbox._foreground import run

    box = sandbox.start(port=port, speed=speed)
    urls = {name: box.url(name) for name in box.providers}
    run(box, said=as_line("sandbox", urls=urls, key=sandbox.KEY) if as_json else None)
