"""EachLabs, in code that stands on its own."""

from __future__ import annotations

from seedance_nb.export._dialect import Dialect
from seedance_nb.providers import eachlabs

DIALECT = Dialect(
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
