"""How each provider is spoken to by code that stands on its own: paths, words, and how its answers are read.

The snippets are source code in the language that their field names. The words for the end of a task are those
of the clients in `seedance_nb.providers`; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from seedance_nb import catalog
from seedance_nb.errors import ConfigurationError
from seedance_nb.providers import UrlOf, ark, atlas, eachlabs
from seedance_nb.request import Request


@dataclass(frozen=True, slots=True)
class Dialect:
    """One provider."""

    encode: Callable[[Request, str, UrlOf], dict[str, object]]
    """The client's own encoder."""
    create_path: str
    task_path: str
    """What the id is put behind."""
    succeeded: tuple[str, ...]
    ended: tuple[str, ...]
    """Words for every other end."""
    poll_interval: float
    has_sdk: bool = False
    gives_last_frame: bool = True
    warm_up: int = 0
    """Seconds during which a fresh id may be denied."""
    python_told: str = ""
    """Lines that read an answer, between the check of its status and the return of `said`."""
    python_id: str = 'created["id"]'
    python_reason: str = 'task.get("error")'
    python_usage: str = 'task.get("usage")'
    python_clip: str = ""
    """Lines that set `clip` (and `last_frame`) from `task`."""
    python_upload: str = ""
    shell_look: str = ""
    """A Python program, without single quotes, that sets `found` from `said`: id, status, clip, last frame,
    usage, reason."""
    shell_upload: str = ""


_ARK = Dialect(
    encode=ark.encode,
    create_path=ark.TASKS,
    task_path=ark.TASKS,
    succeeded=("succeeded",),
    ended=("cancelled", "expired", "failed"),
    poll_interval=ark.Ark.poll_interval,
    has_sdk=True,
    python_clip="""\
content = task.get("content") or {}
clip, last_frame = content.get("video_url"), content.get("last_frame_url")
""",
    shell_look="""\
content = said.get("content") or {}
found = [said.get("id"), said.get("status"), content.get("video_url"), content.get("last_frame_url")]
found += [said.get("usage"), said.get("error")]
""",
)

_ATLAS = Dialect(
    encode=atlas.encode,
    create_path="/model/generateVideo",
    task_path="/model/prediction",
    succeeded=("completed", "succeeded"),
    ended=("canceled", "cancelled", "failed", "timeout"),
    poll_interval=atlas.Atlas.poll_interval,
    warm_up=int(atlas.Atlas.warm_up),
    python_told="""\
    # An envelope may say that something went wrong while the HTTP status is 200.
    if int(said.get("code") or 200) >= 400:
        raise RuntimeError(f"Atlas Cloud said {answer.text}")
    said = said.get("data") or said
""",
    python_reason='(task.get("error_code"), task.get("error"))',
    python_usage='task.get("metrics")',
    python_clip="""\
outputs = task.get("outputs") or task.get("output") or []
outputs = [outputs] if isinstance(outputs, str) else outputs
pictures = [url for url in outputs if urlsplit(url).path.lower().endswith((".png", ".jpg", ".jpeg", ".webp"))]
clip = next((url for url in outputs if url not in pictures), None)
last_frame = next(iter(pictures), None)
""",
    python_upload='''\
def upload(path, mime, name):
    """Put a file where the provider can read it, and return the address there."""
    data = Path(path).expanduser().read_bytes()
    answer = client.post(f"{BASE_URL}/model/uploadMedia", files={"file": (name, data, mime)}, timeout=300)
    return told(answer)["download_url"]
''',
    shell_look="""\
if int(said.get("code") or 200) >= 400:
    sys.exit("Atlas Cloud said " + json.dumps(said))
said = said.get("data") or said
outputs = said.get("outputs") or said.get("output") or []
outputs = [outputs] if isinstance(outputs, str) else outputs
pictures = [url for url in outputs if urlsplit(url).path.lower().endswith((".png", ".jpg", ".jpeg", ".webp"))]
clips = [url for url in outputs if url not in pictures]
found = [said.get("id"), said.get("status"), (clips or [None])[0], (pictures or [None])[0]]
found += [said.get("metrics"), [said.get("error_code"), said.get("error")]]
""",
    shell_upload="""\
# upload FILE MIME NAME: put a file where the provider can read it; prints the address there as a JSON string.
upload() {
    [ -f "$1" ] || stop "There is no file $1."
    code=$(api "$WORK/uploaded" --max-time 300 -F "file=@-;filename=$3;type=$2" "$BASE_URL/model/uploadMedia" < "$1")
    expect_ok "$code" "$WORK/uploaded"
    python3 -c '
import json, sys
said = json.load(open(sys.argv[1], encoding="utf-8"))
print(json.dumps((said.get("data") or said)["download_url"]))
' "$WORK/uploaded"
}
""",
)

_EACHLABS = Dialect(
    encode=eachlabs.encode,
    create_path="/v1/prediction",
    task_path="/v1/prediction",
    succeeded=("succeeded", "success"),
    ended=("canceled", "cancelled", "error", "failed"),
    poll_interval=eachlabs.EachLabs.poll_interval,
    gives_last_frame=False,
    python_id='created.get("predictionID") or created["id"]',
    python_reason='[task.get(name) for name in ("output", "error", "message", "details", "logs") if task.get(name)]',
    python_usage='task.get("metrics")',
    python_clip='''\
def clip_url(output):
    """The output itself, its first entry, or a field of it: all of these were seen."""
    if isinstance(output, str):
        return output
    if isinstance(output, dict):
        output = [output.get(name) for name in ("video", "url", "video_url", "output")]
    return next((url for entry in output or [] if (url := clip_url(entry))), None)


clip = clip_url(task.get("output"))
''',
    python_upload=f'''\
def upload(path, mime, name):
    """Put a file where the provider can read it, and return the address there."""
    data = Path(path).expanduser().read_bytes()
    asked = {{"content_type": mime, "file_type": name.partition(".")[0], "expires_in_seconds": {eachlabs.UPLOAD_LIFE}}}
    place = told(client.post(f"{{BASE_URL}}/v1/upload/presign", json=asked))
    headers = {{"Content-Type": mime, **(place.get("required_headers") or {{}})}}
    # The storage is another host, and gets the file without the key.
    answer = httpx.put(place["presigned_url"], content=data, headers=headers, timeout=300)
    if answer.is_error:
        raise RuntimeError(f"The storage answered {{answer.status_code}} to {{path}}. Nothing was created.")
    return place["public_url"]
''',
    shell_look="""\
def clip_url(output):
    if isinstance(output, str):
        return output
    if isinstance(output, dict):
        output = [output.get(name) for name in ("video", "url", "video_url", "output")]
    return next((url for url in map(clip_url, output or []) if url), None)

reasons = [said.get(name) for name in ("output", "error", "message", "details", "logs")]
found = [said.get("predictionID") or said.get("id"), said.get("status"), clip_url(said.get("output")), None]
found += [said.get("metrics"), [reason for reason in reasons if reason]]
""",
    shell_upload=f"""\
# upload FILE MIME NAME: put a file where the provider can read it; prints the address there as a JSON string.
upload() {{
    [ -f "$1" ] || stop "There is no file $1."
    printf '{{"content_type": "%s", "file_type": "%s", "expires_in_seconds": {eachlabs.UPLOAD_LIFE}}}' \\
        "$2" "${{3%%.*}}" > "$WORK/asked"
    code=$(api "$WORK/place" --max-time 60 -H 'Content-Type: application/json' \\
        --data-binary @"$WORK/asked" "$BASE_URL/v1/upload/presign")
    expect_ok "$code" "$WORK/place"
    python3 -c '
import json, sys
place, (mime, headers, address) = json.load(open(sys.argv[1], encoding="utf-8")), sys.argv[2:]
named = {{"Content-Type": mime, **(place.get("required_headers") or {{}})}}
open(headers, "w").writelines(f"{{name}}: {{value}}\\n" for name, value in named.items())
open(address, "w").write(place["presigned_url"])
print(json.dumps(place["public_url"]))
' "$WORK/place" "$2" "$WORK/headers" "$WORK/address"
    # The storage is another host, and gets the file without the key.
    curl -sS -f -g --max-time 300 -o /dev/null -X PUT -H @"$WORK/headers" --data-binary @- \\
        --url "$(cat "$WORK/address")" < "$1" || stop "The storage did not take $1. Nothing was created."
}}
""",
)

_DIALECTS: Mapping[str, Dialect] = {"ark": _ARK, "byteplus": _ARK, "atlas": _ATLAS, "eachlabs": _EACHLABS}


def dialect(provider: str) -> Dialect:
    """How a provider is spoken to.

    Raises:
        UnknownProviderError: No provider goes by this id.
        ConfigurationError: It is one for which no code is written, such as one that a plug-in brought.
    """
    facts = catalog.provider(provider)
    if provider not in _DIALECTS:
        raise ConfigurationError(
            f"No code can be written for {facts.name}, only for {', '.join(map(repr, _DIALECTS))}."
        )
    return _DIALECTS[provider]
