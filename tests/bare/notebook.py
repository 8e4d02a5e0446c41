"""Runs a notebook with nothing but what the package itself requires, and says where the package came from.

    python notebook.py NOTEBOOK

Not a test: it is run by the interpreter of an environment in which only the wheel was installed. A kernel is there
because `ipykernel` is; what JupyterLab or nbclient would bring is not needed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec

PATIENCE = 300.0


def main(path: Path) -> None:
    """Run all cells; whatever goes to stderr or raises is the end."""
    manager = KernelManager()
    manager._kernel_spec = KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"])
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    said: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream" and content["name"] == "stderr":
            raise SystemExit(f"stderr: {content['text']}")
        if message["msg_type"] == "error":
            raise SystemExit("\n".join(content["traceback"]))
        if message["msg_type"] == "stream":
            said.append(content["text"])
        elif "data" in content:
            said.append(content["data"].get("text/html", "") + content["data"].get("text/plain", ""))

    try:
        client.wait_for_ready(timeout=PATIENCE)
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                client.execute_interactive("".join(cell["source"]), timeout=PATIENCE, output_hook=hear)
        said.append("from ")
        client.execute_interactive("print(sd.__file__)", timeout=PATIENCE, output_hook=hear)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "not billed" in said[-3], said[-3][:2000]
    clips = list(Path("seedance_out", "clips").glob("*.mp4"))
    print(json.dumps({"file": said[-1].strip(), "clips": len(clips), "outputs": len(said) - 2}))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
