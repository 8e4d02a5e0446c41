"""`seedance-nb sandbox`: the imitation of the providers, for other programs."""

from __future__ import annotations

import click


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=8765, show_default=True, help="On 127.0.0.1; 0: any.")
@click.option("--speed", type=float, default=1.0, show_default=True, help="How much faster than life tasks run.")
def command(port: int, speed: float) -> None:
    """Serve the sandbox for other programs until Ctrl-C."""
    from seedance_nb import sandbox

    sandbox.serve(port=port, speed=speed)
