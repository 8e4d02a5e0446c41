"""The code as a script for a POSIX shell with curl; python3 reads the JSON of the answers."""

from __future__ import annotations

import os
import shlex

from seedance_nb.export._fill import blocks, fill
from seedance_nb.export._json_text import pieces
from seedance_nb.export._notes import ONCE, heading, seed_note
from seedance_nb.export._plan import Medium, Plan, Slot
from seedance_nb.export._python import LONGEST_WAIT
from seedance_nb.export._python_text import comment

_START = """\
set -eu

BASE_URL=${«url_env»:-«base_url»}
BASE_URL=${BASE_URL%/}
: "${«key_env»:?holds no key}"

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM
# In a file, because others on this machine can read what stands on a command line.
printf 'Authorization: Bearer %s\\n' "$«key_env»" > "$WORK/key"
"""

_TALK = """\
stop() {
    printf '%s\\n' "$*" >&2
    exit 1
}

# api FILE ARGUMENTS: ask the provider; the answer goes to FILE, its HTTP status is printed.
api() {
    answer=$1
    shift
    curl -sS -g -H @"$WORK/key" -o "$answer" -w '%{http_code}' "$@"
}

expect_ok() {
    case $1 in
        2??) ;;
        *) stop "$1 $(cat "$2")" ;;
    esac
}

# look FILE: what an answer says, a line each: id, id for an address, status, clip, last frame, usage, reason.
look() {
    python3 -c '
import json, sys
from urllib.parse import quote, urlsplit

said = json.load(open(sys.argv[1], encoding="utf-8"))
«look»\
found[1:2] = [quote(found[0] or "", safe=""), str(found[1]).lower()]
for value in found:
    text = value if isinstance(value, str) else json.dumps(value) if value else ""
    print(" ".join(text.split()))
' "$1" > "$WORK/said"
}

line() {
    sed -n "$1p" "$WORK/said"
}

# download URL FILE: whole or not at all; the address is signed, and no key is sent there.
download() {
    curl -sS -f -L -g --proto '=https,http' --retry 3 --max-time 600 -o "$2.part" --url "$1"
    mv "$2.part" "$2"
    printf 'saved %s\\n' "$2"
}
"""

_DATA_URI = """\
# data_uri FILE MIME: a file of this machine as it travels inside the request, as a JSON string.
data_uri() {
    [ -f "$1" ] || stop "There is no file $1."
    printf '"data:%s;base64,' "$2"
    base64 < "$1" | tr -d '\\r\\n'
    printf '"\\n'
}
"""

_CREATE = """\
«once»
code=$(api "$WORK/created" --max-time 90 -H 'Content-Type: application/json' \\
    --data-binary @"$WORK/body.json" "$BASE_URL«create_path»") ||
    stop "No answer. The task may have been created all the same: look there before running this again."
expect_ok "$code" "$WORK/created"
look "$WORK/created"
TASK_ID=$(line 1)
TASK_NAME=$(line 2)
[ -n "$TASK_ID" ] || stop "The answer names no task: $(cat "$WORK/created")"
printf 'task %s\\n' "$TASK_ID"
"""

_WAIT = """\
STATUS=
BEGAN=$(date +%s)
while :; do
    code=$(api "$WORK/task" --max-time 60 --retry 5 --retry-all-errors \\
        "$BASE_URL«task_path»/$TASK_NAME") ||
        stop "No answer about task $TASK_ID. It goes on, and may be billed."
    waited=$(($(date +%s) - BEGAN))
«warm_up»\
    expect_ok "$code" "$WORK/task"
    look "$WORK/task"
    if [ "$(line 3)" != "$STATUS" ]; then
        STATUS=$(line 3)
        printf '%s\\n' "$STATUS"
    fi
    case $STATUS in
        «succeeded») break ;;
        «ended») stop "Task $TASK_ID ended as $STATUS: $(line 7)" ;;
    esac
    # Any other status, also an unknown one, means that the task is under way.
    [ "$waited" -lt «longest_wait» ] || stop "Task $TASK_ID is still $STATUS. It goes on, and may be billed."
    sleep «poll_interval»
done
printf 'usage %s\\n' "$(line 6)"
"""

_WARM_UP = """\
    case $code in
        400 | 404)
            # A fresh id is not known everywhere at once.
            if [ "$waited" -lt «seconds» ]; then
                sleep «poll_interval»
                continue
            fi
            ;;
    esac
"""

_SAVE = """\
[ -n "$(line 4)" ] || stop "Task $TASK_ID succeeded and names no clip."
download "$(line 4)" "clip-$TASK_NAME.mp4"
"""

_SAVE_FRAME = """\
if [ -n "$(line 5)" ]; then download "$(line 5)" "clip-$TASK_NAME-last.png"; fi
"""


def shell_code(plan: Plan, provider: str) -> str:
    """A script for `sh`."""
    speech, facts = plan.dialect, plan.facts
    doors = {medium.door for medium in plan.media}
    words = {
        "url_env": f"SEEDANCE_NB_{provider.upper()}_URL",
        "base_url": facts.base_url,
        "key_env": facts.key_env,
        "look": speech.shell_look,
        "once": comment(ONCE),
        "create_path": speech.create_path,
        "task_path": speech.task_path,
        "succeeded": " | ".join(speech.succeeded),
        "ended": " | ".join(speech.ended),
        "longest_wait": str(LONGEST_WAIT),
        "poll_interval": f"{speech.poll_interval:g}",
        "seconds": str(speech.warm_up),
        "warm_up": "",
    }
    if speech.warm_up:
        words["warm_up"] = fill(_WARM_UP, words)
    return blocks(
        "#!/bin/sh\n" + heading(plan, "curl", "Needs curl 7.71 or newer, and python3 to read the answers."),
        fill(_START, words),
        fill(_TALK, words),
        _DATA_URI if "data" in doors else "",
        speech.shell_upload if "upload" in doors else "",
        "\n".join(map(_medium, plan.media)),
        "\n".join([*seed_note(plan), _body(plan)]),
        fill(_CREATE, words),
        fill(_WAIT, words),
        _SAVE + (_SAVE_FRAME if plan.last_frame else ""),
    )


def _body(plan: Plan) -> str:
    """A here-document with a quoted end, in which a shell expands nothing."""
    parts = pieces(plan.body)
    if len(parts) == 1:
        return f"cat > \"$WORK/body.json\" <<'JSON'\n{parts[0]}\nJSON"
    lines = [
        f'cat "$WORK/{part}"' if isinstance(part, Slot) else f"cat <<'JSON'\n{part}\nJSON" for part in parts if part
    ]
    return "\n".join(["{", *lines, '} > "$WORK/body.json"'])


def _medium(medium: Medium) -> str:
    name = f" {medium.name}" if medium.door == "upload" else ""
    function = "upload" if medium.door == "upload" else "data_uri"
    note = f"{comment(medium.note)}\n" if medium.note else ""
    return f'{note}{function} {_path(medium.path)} {medium.mime}{name} > "$WORK/{medium.slot}"'


def _path(path: str) -> str:
    """A path as a word of a shell; a home folder at its beginning is found when the script runs."""
    if path.startswith("~/"):
        return f'"$HOME"{shlex.quote(path[1:])}'
    return shlex.quote(os.path.expanduser(path))
