"""The code in Python: for Ark's SDK, and for httpx."""

from __future__ import annotations

from seedance_nb.export._fill import blocks, fill
from seedance_nb.export._notes import ONCE, heading, seed_note
from seedance_nb.export._plan import Medium, Plan
from seedance_nb.export._python_text import arguments, comment, literal, quoted

LONGEST_WAIT = 2 * 60 * 60

_CONSTANTS = """\
BASE_URL = (os.environ.get("«url_env»") or "«base_url»").rstrip("/")
KEY = os.environ["«key_env»"]
POLL_INTERVAL = «poll_interval»  # seconds
LONGEST_WAIT = «longest_wait»  # seconds; the task itself goes on after them
# Any other status, also an unknown one, means that the task is under way.
SUCCEEDED = «succeeded»
ENDED = «ended»
"""

_DATA_URI = '''\
def data_uri(path, mime):
    """A file of this machine as it travels inside the request."""
    data = Path(path).expanduser().read_bytes()
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
'''

_DOWNLOAD = '''\
def download(url, name):
    """Save a file whole or not at all; its address is signed, and no key is sent there."""
    part = Path(f"{name}.part")
    with httpx.stream("GET", url, timeout=300, follow_redirects=True) as answer:
        if answer.is_error:
            raise RuntimeError(f"The address of {name} answered {answer.status_code}.")
        with part.open("wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
    part.replace(name)
    print("saved", name)
'''

_HTTPX_TALK = '''\
client = httpx.Client(headers={"Authorization": f"Bearer {KEY}"}, timeout=90)


def told(answer):
    """The JSON of an answer that is not an error."""
    if answer.is_error:
        raise RuntimeError(f"{answer.status_code} {answer.text}")
    said = answer.json()
«told»\
    return said


def read(url):
    """GET, and ask again while the trouble looks passing: reading creates nothing."""
    for pause in (1, 2, 4, 8, None):
        try:
            answer = client.get(url)
            if pause is None or (answer.status_code != 429 and answer.status_code < 500):
                return answer
        except httpx.TransportError:
            if pause is None:
                raise
        time.sleep(pause)
'''

_HTTPX_CREATE = """\
«once»
created = told(client.post(f"{BASE_URL}«create_path»", json=body))
task_id = «id»
print("task", task_id)
"""

_HTTPX_WAIT = """\
status, began = None, time.monotonic()
while status not in SUCCEEDED:
    answer = read(f"{BASE_URL}«task_path»/{quote(task_id, safe='')}")
«warm_up»\
    task = told(answer)
    if (word := str(task.get("status")).lower()) != status:
        status = word
        print(status)
    if status in ENDED:
        reason = «reason»
        raise RuntimeError(f"Task {task_id} ended as {status}: {reason}")
    if status not in SUCCEEDED:
        if time.monotonic() - began > LONGEST_WAIT:
            raise RuntimeError(f"Task {task_id} is still {status}. It goes on, and may be billed.")
        time.sleep(POLL_INTERVAL)
print("usage", «usage»)
"""

_WARM_UP = """\
    if answer.status_code in (400, 404) and time.monotonic() - began < «seconds»:
        time.sleep(POLL_INTERVAL)  # a fresh id is not known everywhere at once
        continue
"""

_SDK_CREATE = """\
«once»
writer = Ark(api_key=KEY, base_url=BASE_URL, max_retries=0)
created = writer.content_generation.tasks.create«arguments»
task_id = created.id
print("task", task_id)
"""

_SDK_WAIT = """\
reader = Ark(api_key=KEY, base_url=BASE_URL, max_retries=5)  # reading creates nothing, and may be repeated
status, began = None, time.monotonic()
while status not in SUCCEEDED:
    task = reader.content_generation.tasks.get(task_id=task_id)
    if task.status != status:
        status = task.status
        print(status)
    if status in ENDED:
        raise RuntimeError(f"Task {task_id} ended as {status}: {task.error}")
    if status not in SUCCEEDED:
        if time.monotonic() - began > LONGEST_WAIT:
            raise RuntimeError(f"Task {task_id} is still {status}. It goes on, and may be billed.")
        time.sleep(POLL_INTERVAL)
print("usage", task.usage)
"""

_SDK_CLIP = """\
clip, last_frame = task.content.video_url, task.content.last_frame_url
"""

_SAVE = """\
if not clip:
    raise RuntimeError(f"Task {task_id} succeeded and names no clip.")
download(clip, f"clip-{quote(task_id, safe='')}.mp4")
"""

_SAVE_FRAME = """\
if last_frame:
    download(last_frame, f"clip-{quote(task_id, safe='')}-last.png")
"""


def httpx_code(plan: Plan, provider: str) -> str:
    """Python that needs httpx alone."""
    speech = plan.dialect
    warm_up = fill(_WARM_UP, {"seconds": str(speech.warm_up)}) if speech.warm_up else ""
    words = {
        "told": speech.python_told,
        "once": comment(ONCE),
        "create_path": speech.create_path,
        "task_path": speech.task_path,
        "id": speech.python_id,
        "warm_up": warm_up,
        "reason": speech.python_reason,
        "usage": speech.python_usage,
    }
    uploads = any(medium.door == "upload" for medium in plan.media)
    told, create, wait = (fill(template, words) for template in (_HTTPX_TALK, _HTTPX_CREATE, _HTTPX_WAIT))
    body = "\n".join([*seed_note(plan), f"body = {literal(plan.body)}"])
    return blocks(
        blocks(
            heading(plan, "Python and httpx", "Needs httpx: pip install httpx."),
            _imports(plan, sdk=False),
            _constants(plan, provider),
            told,
        ),
        _data_uri(plan),
        speech.python_upload if uploads else "",
        _DOWNLOAD,
        blocks(_media(plan), body, create, wait, speech.python_clip + _saving(plan)),
        apart=2,
    )


def sdk_code(plan: Plan, provider: str) -> str:
    """Python with Ark's own SDK."""
    create = fill(_SDK_CREATE, {"once": comment(ONCE), "arguments": arguments(plan.body)})
    return blocks(
        blocks(
            heading(plan, "Python and Ark's SDK", "Needs the SDK: pip install volcengine-ark-runtime."),
            _imports(plan, sdk=True),
            _constants(plan, provider),
        ),
        _data_uri(plan),
        _DOWNLOAD,
        blocks(_media(plan), "\n".join([*seed_note(plan), create]), _SDK_WAIT, _SDK_CLIP + _saving(plan)),
        apart=2,
    )


def _imports(plan: Plan, *, sdk: bool) -> str:
    base64 = "import base64\n" if any(medium.door == "data" for medium in plan.media) else ""
    split = not sdk and "urlsplit" in plan.dialect.python_clip
    parse = "from urllib.parse import quote, urlsplit" if split else "from urllib.parse import quote"
    third = "import httpx\nfrom volcenginesdkarkruntime import Ark" if sdk else "import httpx"
    return f"{base64}import os\nimport time\nfrom pathlib import Path\n{parse}\n\n{third}"


def _constants(plan: Plan, provider: str) -> str:
    facts, speech = plan.facts, plan.dialect
    return fill(
        _CONSTANTS,
        {
            "url_env": f"SEEDANCE_NB_{provider.upper()}_URL",
            "base_url": facts.base_url,
            "key_env": facts.key_env,
            "poll_interval": f"{speech.poll_interval:g}",
            "longest_wait": str(LONGEST_WAIT),
            "succeeded": literal(list(speech.succeeded)),
            "ended": literal(list(speech.ended)),
        },
    )


def _data_uri(plan: Plan) -> str:
    return _DATA_URI if any(medium.door == "data" for medium in plan.media) else ""


def _media(plan: Plan) -> str:
    return "\n".join(_medium(medium) for medium in plan.media)


def _medium(medium: Medium) -> str:
    given = [medium.path, medium.mime, *([medium.name] if medium.door == "upload" else [])]
    function = "upload" if medium.door == "upload" else "data_uri"
    note = f"{comment(medium.note)}\n" if medium.note else ""
    return f"{note}{medium.slot} = {function}({', '.join(map(quoted, given))})"


def _saving(plan: Plan) -> str:
    return _SAVE + (_SAVE_FRAME if plan.last_frame else "")
