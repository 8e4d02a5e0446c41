"""litellm's Volcengine video route against the sandbox, unmodified: create, status, content, list.

Needs litellm 1.109 or newer, which is not among this package's own tools: it brings some 340 MB along.
Give it an environment of its own, and run

    python -m benchmarks.litellm_against_sandbox --url http://127.0.0.1:8765/api/v3

there, while `seedance-nb sandbox --port 8765` runs here. Without --url a sandbox is started in this process.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any

MODEL = "volcengine/doubao-seedance-2-0-fast-260128"
PROVIDER = "volcengine"
LONGEST = 120.0
PAUSE = 0.25


def main(arguments: list[str] | None = None) -> int:
    """Go through the calls, print what came of each, and return 0 if all went well."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="Ark's base URL on a running sandbox")
    url = parser.parse_args(arguments).url
    if importlib.util.find_spec("litellm") is None:
        print("litellm is not installed here: pip install litellm")
        return 0
    if url is not None:
        return _against(url)
    from seedance_nb import sandbox

    with sandbox.start(speed=4) as box:
        return _against(box.url("ark"))


def _against(url: str) -> int:
    import litellm

    print(f"litellm {importlib.metadata.version('litellm')} on {url}")
    where: dict[str, Any] = {"api_base": url, "api_key": "sandbox-key-nothing-is-billed"}
    failed = 0

    def tried(name: str, call: Callable[[], Any], show: Callable[[Any], object]) -> Any:
        nonlocal failed
        start = time.perf_counter()
        try:
            found = call()
        except Exception as exc:  # noqa: BLE001 - whatever it raises is the finding
            failed += 1
            print(f"{name:<10} failed: {type(exc).__name__}: {exc}")
            return None
        print(f"{name:<10} {(time.perf_counter() - start) * 1000:7.0f} ms  {show(found)}")
        return found

    made = tried(
        "create",
        lambda: litellm.video_generation(prompt="A cat yawns", model=MODEL, seconds="4", size="854x480", **where),
        lambda video: (video.status, video.usage),
    )
    if made is None:
        return 1

    def ended() -> Any:
        deadline = time.monotonic() + LONGEST
        while (video := litellm.video_status(video_id=made.id, **where)).status in {"queued", "in_progress"}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"still {video.status} after {LONGEST:.0f} s")
            time.sleep(PAUSE)
        return video

    tried("status", ended, lambda video: (video.status, video.seconds, video.size, video.usage))
    tried("content", lambda: litellm.video_content(video_id=made.id, **where), lambda data: (len(data), data[4:12]))
    listing: dict[str, Any] = {"custom_llm_provider": PROVIDER, "limit": 5}
    tried("list", lambda: litellm.video_list(**listing, **where), _listed)
    return 1 if failed else 0


def _listed(page: Any) -> object:
    entries = page if isinstance(page, list) else page.get("data", [])
    return [entry["status"] if isinstance(entry, dict) else entry.status for entry in entries]


if __name__ == "__main__":
    sys.exit(main())
