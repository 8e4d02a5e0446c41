"""Atlas Cloud, in code that stands on its own."""

from __future__ import annotations

from seedance_nb.export._dialect import Dialect
from seedance_nb.providers import atlas

DIALECT = Dialect(
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
