"""The composer without a browser: messages in; answers, traits and a `Request` out."""

from __future__ import annotations

import json
import logging
import threading
import zlib
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from seedance_nb.composing import BudgetLeft, KeptClip, uploads
from seedance_nb.content import Audio, Content, Image, Video
from seedance_nb.errors import BudgetError, InvalidRequestError, SeedanceError, UnknownProviderError
from seedance_nb.reports.quotes import quotes
from seedance_nb.request import Request
from seedance_nb.widgets.composer import Composer

from .composing_samples import Bench, images
from .media_samples import clip, kept, picture, sound

KEY = "0f3c9a1e-77aa-4bd2-9c55-1a2b3c4d5e6f"
BASE64 = "iVBORw0KGgo" + "Qk1BAAAAAAAAADYA" * 20
SIGNED = "https://tos.example/cat.mp4?X-Tos-Signature=5ecre7&X-Tos-Credential=AKLT1"
SECRETS = (KEY, BASE64[20:], "5ecre7", "AKLT1")


class Desk:
    """What a studio would be: notes what is submitted."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.local_id = "t-1"

    def submit(self, request: Request) -> Desk:
        self.requests.append(request)
        return self


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def bench(tmp_path: Path, desk: Desk) -> Bench:
    made = Bench("The cat yawns", home=tmp_path, submit=desk.submit, quotes=quotes)
    made.hands.work()
    return made


def upload(bench: Bench, content: bytes, name: str = "cat.png", **more: Any) -> dict[str, Any]:
    """A file, sent as a browser sends it."""
    answer = bench.tell("upload_begin", upload_id="u", name=name, size=len(content), mime="", **more)
    for start in range(0, len(content), uploads.CHUNK_BYTES):
        piece = memoryview(content[start : start + uploads.CHUNK_BYTES])
        answer = bench.tell("upload_chunk", [piece], upload_id="u", offset=start)
    assert answer["ok"], answer
    return bench.tell("upload_end", upload_id="u")


# -- one value --


def test_hands_and_code_work_on_one_request(bench: Bench) -> None:
    """Whatever either does the other sees."""
    bench.type("!")
    bench.tell("param", name="ratio", value="9:16")
    assert bench.request == Request(Content("The cat yawns!"), ratio="9:16")
    bench.request = Request(Content("A fox", *images(2)), seed=7)
    bench.hands.work()
    assert bench.prompt["text"] == "A fox"
    assert [item["ordinal"] for item in bench.view["items"]] == ["image 1", "image 2"]
    bench.request = "A hen"
    assert bench.request == Request(Content("A hen"))


def test_it_works_by_itself_with_threads_of_its_own(tmp_path: Path, desk: Desk) -> None:
    """From the first view over what is typed to a task, and nobody waits for a file in the caller's thread."""
    drawn, submitted = threading.Event(), threading.Event()
    composer = Composer("cat", provider="ark", home=tmp_path, submit=desk.submit)
    assert composer.view["submit"]["enabled"]
    composer.observe(lambda change: "¥12" in change["new"]["submit"]["label"] and drawn.set(), "view")
    composer.request = Request(Content("cat", Image(kept(tmp_path, "a.png", picture(1280, 720)))), resolution="1080p")
    assert drawn.wait(180)
    composer.observe(lambda change: change["new"]["announce"] == "Submitted." and submitted.set(), "view")
    message = {"kind": "submit", "id": "1", "token": composer.view["rev"]}
    composer._handle_msg({"content": {"data": {"method": "custom", "content": message}}, "buffers": []})
    assert submitted.wait(180)
    assert desk.requests == [composer.request]
    composer.close()


def test_composers_do_not_know_each_other(tmp_path: Path) -> None:
    """Two side by side."""
    one, two = Bench("one", home=tmp_path), Bench("two", home=tmp_path)
    one.type("!")
    assert (one.request.prompt, two.request.prompt) == ("one!", "two")
    assert len(two.views) == 0


def test_an_unknown_provider_is_refused(tmp_path: Path) -> None:
    """Nothing is shown, and closing what was never there is no error."""
    with pytest.raises(UnknownProviderError):
        Bench(home=tmp_path, provider="nobody")


def test_everything_is_undone_step_by_step(bench: Bench) -> None:
    """From the browser and from code, and done again."""
    bench.tell("add_source", text="https://m.example/a.png")
    bench.tell("param", name="duration", value=8)
    bench.tell("choose_provider", provider="atlas")
    after = bench.request
    for _ in range(3):
        bench.tell("undo")
    assert (bench.request, bench.provider) == (Request(Content("The cat yawns")), "ark")
    assert not bench.view["history"]["undo"]
    bench.undo()
    for _ in range(3):
        bench.redo()
    bench.hands.work()
    assert (bench.request, bench.provider) == (after, "atlas")
    assert bench.view["history"] == {"undo": True, "redo": False}


def test_observers_hear_of_every_value(bench: Bench) -> None:
    """And one that fails harms nobody."""
    heard: list[Request] = []

    def fail(_: Request) -> None:
        raise ValueError("boom")

    bench.observe_request(fail)
    end = bench.observe_request(heard.append)
    bench.type("!")
    bench.tell("param", name="seed", value=7)
    bench.tell("param", name="seed", value=7)
    end()
    bench.tell("param", name="seed", value=8)
    assert [(request.prompt, request.seed) for request in heard] == [("The cat yawns!", None), ("The cat yawns!", 7)]


M = "https://ark-project.example/"

MODES: dict[str, tuple[list[str], str, Content]] = {
    "text": ([], "A cat yawning at the camera, soft lighting, close-up shot", Content()),
    "first frame": (["a.png"], "The girl opens her eyes", Content(Image(f"{M}a.png"))),
    "first and last frame": (
        ["a.jpeg", "b.jpeg"],
        "360度环绕运镜",
        Content(Image(f"{M}a.jpeg", "first_frame"), Image(f"{M}b.jpeg", "last_frame")),
    ),
    "references": (
        ["1.png", "2.png", "3.png", "v.mp4", "a.mp3"],
        "[图1]的男生和[图2]的柯基小狗,坐在[图3]的草坪上",
        Content(
            *(Image(f"{M}{n}.png", "reference_image") for n in (1, 2, 3)),
            Video(f"{M}v.mp4", "reference_video"),
            Audio(f"{M}a.mp3", "reference_audio"),
        ),
    ),
    "edit": (
        ["pic1.jpg", "video1.mp4"],
        "将视频1礼盒中的香水替换成图片1中的面霜,运镜不变",
        Content(Image(f"{M}pic1.jpg", "reference_image"), Video(f"{M}video1.mp4", "reference_video")),
    ),
    "extend": (
        ["1.mp4", "2.mp4", "3.mp4"],
        "视频1中的拱形窗户打开,接视频2,接视频3",
        Content(*(Video(f"{M}{n}.mp4", "reference_video") for n in (1, 2, 3))),
    ),
}


@pytest.mark.parametrize(("names", "text", "content"), MODES.values(), ids=MODES.keys())
def test_each_mode_of_the_tutorials_comes_of_dropping_and_typing(
    tmp_path: Path, names: list[str], text: str, content: Content
) -> None:
    """No role is chosen by hand, and the request is that of the example."""
    bench = Bench(home=tmp_path)
    for name in names:
        assert bench.tell("add_source", text=M + name)["ok"]
    bench.type(text)
    assert bench.request == Request(Content(text, *content))
    assert [problem for problem in bench.problems if problem.severity == "error"] == []


# -- the prompt --


def test_a_key_sends_nothing_until_the_hands_rest(bench: Bench) -> None:
    """Each key is answered and changes the value; the view comes once, and the text never comes back."""
    before, prompt = len(bench.views), bench.prompt
    for number in range(10):
        bench.post("prompt_edit", rev=1, start=13 + number, removed=0, inserted="!")
        bench.hands.work(0.05)
    assert len(bench.views) == before
    assert bench.request.prompt == "The cat yawns" + "!" * 10
    bench.hands.work(0.2)
    assert len(bench.views) <= before + 1
    assert bench.prompt is prompt
    assert [answer["ok"] for answer in bench.sent] == [True] * 10


def test_a_saved_or_reloaded_page_has_what_was_typed(bench: Bench) -> None:
    """The trait is sent only when code changes the text; the state has it all the same."""
    bench.type("!")
    assert bench.get_state()["prompt"] == {"rev": 1, "text": "The cat yawns!"}


def test_an_edit_of_an_old_text_is_refused_and_python_s_is_shown(bench: Bench) -> None:
    """No error for the person: the browser takes over what there is."""
    bench.request = "A fox"
    answer = bench.tell("prompt_edit", rev=1, start=13, removed=0, inserted="!")
    assert (answer["ok"], answer["error"], bench.error) == (False, "", "")
    assert bench.request.prompt == "A fox"
    assert bench.prompt == {"rev": 2, "text": "A fox"}


def test_an_edit_outside_the_text_makes_python_send_it_again(bench: Bench) -> None:
    """The browser must have had another one."""
    answer = bench.tell("prompt_edit", rev=1, start=99, removed=0, inserted="!")
    assert not answer["ok"]
    assert bench.prompt == {"rev": 2, "text": "The cat yawns"}


def test_a_browser_can_make_sure_that_it_has_the_same_text(bench: Bench) -> None:
    """By length and checksum."""
    digest = f"{zlib.crc32(b'The cat yawns'):08x}"
    assert bench.tell("prompt_sync", rev=1, length=13, hash=digest)["ok"]
    assert not bench.tell("prompt_sync", rev=1, length=13, hash="00000000")["ok"]
    assert bench.prompt["rev"] == 2


def test_a_reorder_rewrites_the_text_and_is_one_step(bench: Bench) -> None:
    """References follow; one undo takes both back."""
    bench.request = Request(Content("[image 1] and [image 2]", *images(2)))
    bench.hands.work()
    first = bench.view["items"][0]["id"]
    bench.tell("move", item=first, to=1)
    assert bench.prompt["text"] == "[image 2] and [image 1]"
    assert bench.view["announce"] == "image 1 is image 2 now."
    bench.tell("undo")
    assert bench.prompt["text"] == "[image 1] and [image 2]"
    assert bench.view["items"][0]["id"] == first


def test_a_removed_item_is_missing_until_it_is_mended(bench: Bench) -> None:
    """Submit waits, one press takes the name out of the text, one undo brings it back."""
    bench.request = Request(Content("[image 1] meets [image 2]", *images(2)))
    bench.hands.work()
    bench.tell("remove", item=bench.view["items"][0]["id"])
    assert bench.view["missing"] == ["[image 2]"]
    assert not bench.view["submit"]["enabled"]
    (problem,) = [problem for problem in bench.view["problems"] if problem["code"] == "prompt.ordinal"]
    bench.tell("mend", mend_id=problem["mend"]["id"])
    assert bench.prompt["text"] == "meets [image 1]"
    assert bench.view["missing"] == []
    bench.tell("undo")
    assert bench.prompt["text"] == "[image 2] meets [image 1]"


def test_a_mend_that_is_no_longer_offered_is_refused(bench: Bench) -> None:
    """A late click changes nothing."""
    assert not bench.tell("mend", mend_id="duration.range:duration")["ok"]
    assert bench.request.prompt == "The cat yawns"


HOSTILE = {
    "emoji": "😀" * 100_000,
    "null": "a\0b",
    "rtl": "\u202eevil\u2066",
    "tag": "<img src=x onerror=alert(1)>",
    "half": "\ud83d",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_text(bench: Bench, text: str) -> None:
    """Kept to the letter, drawn without breaking anything, and sent as JSON that can be written."""
    bench.type(text)
    bench.tell("show_sent", open=True)
    assert bench.request.prompt == "The cat yawns" + text
    bench.request = Request(Content(text, *images(1)))
    bench.hands.work()
    state = {name: value for name, value in bench.get_state().items() if not name.startswith("_")}
    json.dumps([state, bench.sent], ensure_ascii=False).encode()
    assert len(bench.prompt["text"]) == len(text)
    assert bench.error == ""


# -- media --


def test_a_dropped_file_becomes_an_item(bench: Bench, tmp_path: Path) -> None:
    """Written under its hash, named as the person named it."""
    content = picture(640, 480)
    assert upload(bench, content, "../my cat.png")["ok"]
    (item,) = bench.request.content.media
    path = Path(str(item.source.value))
    assert path.read_bytes() == content
    assert path.parent == tmp_path / "uploads"
    (seen,) = bench.view["items"]
    assert (seen["name"], seen["state"], seen["role"]) == ("my cat.png", "ready", "first_frame")
    assert seen["facts"]["width"] == 640
    assert bench.view["announce"] == "image 1 was added as: first frame."


def test_an_upload_shows_how_far_it_is_four_times_a_second(bench: Bench) -> None:
    """However fast the pieces come."""
    content = b"\x89PNG\r\n\x1a\n" + bytes(30 * 1000)
    bench.post("upload_begin", upload_id="u", name="a.mp4", size=len(content), mime="")
    begun = len(bench.views)
    for start in range(0, 30_000, 1000):
        bench.post("upload_chunk", [memoryview(content[start : start + 1000])], upload_id="u", offset=start)
        bench.clock.now += 0.01
    assert len(bench.views) - begun <= 2
    bench.clock.now += 0.3
    bench.post("upload_chunk", [memoryview(content[30_000:])], upload_id="u", offset=30_000)
    (seen,) = bench.view["items"]
    assert (seen["state"], seen["progress"]) == ("uploading", 1.0)
    assert not bench.view["submit"]["enabled"]


@pytest.mark.parametrize("how", ["upload_cancel", "remove", "stale", "wrong", "close"])
def test_an_upload_that_is_given_up_leaves_nothing(bench: Bench, tmp_path: Path, how: str) -> None:
    """Cancelled, taken away, cut off, broken, or its composer closed."""
    bench.post("upload_begin", upload_id="u", name="a.mp4", size=4_000, mime="")
    bench.post("upload_chunk", [memoryview(bytes(1000))], upload_id="u", offset=0)
    item = bench.sent[0]["item"]
    assert len(list((tmp_path / "uploads").iterdir())) == 1
    match how:
        case "stale":
            for _ in range(11):
                bench.hands.work(60.0)
        case "wrong":
            assert not bench.tell("upload_chunk", [memoryview(b"x")], upload_id="u", offset=7)["ok"]
        case "close":
            bench.close()
        case _:
            assert bench.tell(how, upload_id="u", item=item)["ok"]
    assert list((tmp_path / "uploads").iterdir()) == []
    assert bench.request.content.media == ()
    if how in {"stale", "wrong"}:
        (seen,) = bench.view["items"]
        assert (seen["id"], seen["state"], bool(seen["error"])) == (item, "failed", True)
        bench.tell("remove", item=item)
    if how != "close":
        assert bench.view["items"] == []


def test_a_file_that_is_no_medium_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    """Whatever its name says."""
    answer = upload(bench, b"<script>alert(1)</script>", "cat.png")
    assert not answer["ok"]
    assert "not an image" in answer["error"]
    assert list((tmp_path / "uploads").iterdir()) == []
    assert bench.view["items"][0]["state"] == "failed"


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(bench: Bench, tmp_path: Path) -> None:
    """By the catalog's limit for its kind."""
    answer = bench.tell("upload_begin", upload_id="u", name="cat.png", size=31_457_280, mime="image/png")
    assert not answer["ok"]
    assert "31,457,279" in answer["error"]
    assert not (tmp_path / "uploads").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://m.example/a.png?x=1", Image("https://m.example/a.png?x=1")),
        (" https://m.example/A.MP4 ", Video("https://m.example/A.MP4")),
        ("https://m.example/a.mp3", Audio("https://m.example/a.mp3")),
    ],
)
def test_an_address_shows_its_kind_by_its_ending(bench: Bench, text: str, expected: Any) -> None:
    """A query behind it does not matter."""
    assert bench.tell("add_source", text=text)["ok"]
    (item,) = bench.request.content.media
    assert (item.kind, item.source) == (expected.kind, expected.source)


def test_a_path_shows_its_kind_by_its_content(bench: Bench, tmp_path: Path) -> None:
    """Also in quotes, as file managers copy it."""
    path = kept(tmp_path, "a.bin", sound())
    assert bench.tell("add_source", text=f'"{path}"')["ok"]
    assert bench.request.content.media[0].kind == "audio"


def test_a_source_of_unknown_kind_asks_the_person(bench: Bench) -> None:
    """An asset says nothing about itself."""
    asset = "asset://asset-20260224200602-qn7wr"
    answer = bench.tell("add_source", text=asset)
    assert (answer["ok"], answer["choose"]) == (False, ["image", "video", "audio"])
    assert bench.tell("add_source", text=asset, media="video", duration=4)["ok"]
    assert bench.request.content.media == (Video(asset, "reference_video", duration=4),)


@pytest.mark.parametrize("text", ["", "/nowhere/cat.png", "ftp://x.example/a.png", "http://x.example/a.png", "\0"])
def test_a_source_that_cannot_be_used_is_a_sentence(bench: Bench, text: str) -> None:
    """And nothing is added."""
    answer = bench.tell("add_source", text=text)
    assert not answer["ok"]
    assert answer["error"] == bench.error
    assert bench.request.content.media == ()


def test_kept_clips_and_their_last_frames_are_taken_in(tmp_path: Path) -> None:
    """By address where the provider needs one; a frame that is not there is taken from the clip."""
    path = kept(tmp_path, "clip.mp4", clip(4, 640, 640))
    clips = [KeptClip("a", "A cat", path), KeptClip("b", "A fox", "https://m.example/b.mp4", duration=5)]
    bench = Bench("x", home=tmp_path, kept=lambda: clips)
    answer = bench.tell("list_kept")
    assert answer["kept"] == [
        {"local_id": "a", "label": "A cat", "has_last_frame": True},
        {"local_id": "b", "label": "A fox", "has_last_frame": False},
    ]
    assert bench.tell("add_kept", local_id="a", what="last_frame")["ok"]
    assert bench.tell("add_kept", local_id="b", what="clip")["ok"]
    frame, video = bench.request.content.media
    assert Path(str(frame.source.value)).read_bytes().startswith(b"\x89PNG")
    assert video == Video("https://m.example/b.mp4", "reference_video", duration=5)
    assert [(item["source"], item["name"]) for item in bench.view["items"]] == [
        ("kept", "last frame of A cat"),
        ("kept", "A fox"),
    ]
    assert not bench.tell("add_kept", local_id="b", what="last_frame")["ok"]
    assert not bench.tell("add_kept", local_id="c", what="clip")["ok"]


def test_a_thumbnail_comes_with_its_answer_and_in_no_trait(bench: Bench) -> None:
    """A picture, a strip, an outline."""
    upload(bench, picture(640, 480))
    item = bench.view["items"][0]["id"]
    answer = bench.tell("thumb", item=item)
    assert (answer["kind"], answer["item"], answer["mime"], answer["frames"]) == ("thumb", item, "image/jpeg", 1)
    (content,) = bench.buffers[bench.sent.index(answer)]
    assert content.startswith(b"\xff\xd8\xff")
    assert not bench.tell("thumb", item="nobody")["ok"]
    assert "bytes" not in {type(value).__name__ for value in bench.get_state().values()}


def test_a_role_is_chosen_and_said(bench: Bench) -> None:
    """What it does to another item is in the announcement; what is not possible changes nothing."""
    bench.request = Request(Content("x", *images(2)))
    bench.hands.work()
    item = bench.view["items"][0]["id"]
    assert bench.tell("set_role", item=item, role="last_frame")["ok"]
    assert [media.role for media in bench.request.content.media] == ["last_frame", "first_frame"]
    assert bench.view["announce"] == "image 1: last frame. image 2 becomes: first frame."
    for role in ("reference_video", "nothing", None):
        assert not bench.tell("set_role", item=item, role=role)["ok"]


def test_the_length_of_a_clip_behind_an_address_can_be_said(bench: Bench) -> None:
    """Its seconds are billed."""
    bench.tell("add_source", text="https://m.example/a.mp4")
    item = bench.view["items"][0]["id"]
    assert not bench.view["price"]["exact"]
    assert bench.tell("set_duration", item=item, duration=4)["ok"]
    bench.tell("param", name="ratio", value="16:9")
    assert bench.view["price"]["exact"]
    assert not bench.tell("set_duration", item=item, duration=-4)["ok"]


# -- parameters, prices, what is sent --


def test_a_switch_says_what_it_changes(bench: Bench) -> None:
    """One announcement, one step."""
    bench.tell("param", name="resolution", value="1080p")
    bench.tell("param", name="model", value="seedance-2.0-fast")
    assert bench.view["announce"] == "seedance-2.0-fast: resolution goes from 1080p to 720p."
    bench.tell("undo")
    assert (bench.request.model, bench.request.resolution) == ("seedance-2.0", "1080p")


def test_another_provider_is_priced_and_not_submitted_to(bench: Bench, desk: Desk) -> None:
    """This composer's submit goes to one."""
    bench.tell("choose_provider", provider="eachlabs")
    assert bench.view["price"]["text"].startswith("$")
    assert not bench.tell("submit", token=bench.view["rev"])["ok"]
    assert "Open a studio at EachLabs" in bench.error
    assert desk.requests == []
    assert not bench.tell("choose_provider", provider="nobody")["ok"]


def test_prices_everywhere_come_on_demand(bench: Bench) -> None:
    """And stay right when a parameter changes."""
    assert bench.view["quotes"] is None
    bench.tell("show_quotes", open=True)
    before = bench.view["quotes"]
    bench.tell("param", name="duration", value=10)
    assert len(bench.view["quotes"]) == len(before)
    assert bench.view["quotes"] != before
    bench.tell("show_quotes", open=False)
    assert bench.view["quotes"] is None


def test_what_will_be_sent_is_shown_on_demand(bench: Bench) -> None:
    """The body, and the code of it in three forms, as they are now."""
    bench.tell("add_source", text=SIGNED)
    bench.tell("show_sent", open=True)
    body = json.loads(bench.view["sent"]["json"])
    assert body["content"][1] == {
        "type": "video_url",
        "video_url": {"url": "https://tos.example/cat.mp4?…"},
        "role": "reference_video",
    }
    assert set(bench.view["sent"]["codes"]) == {"sdk", "httpx", "curl"}
    bench.type("!")
    assert "The cat yawns!" in bench.view["sent"]["json"]
    bench.tell("show_sent", open=False)
    assert bench.view["sent"] is None


def test_a_language_is_spoken_at_once(bench: Bench) -> None:
    """By this composer alone; one that is not there is refused."""
    bench.tell("language", language="fr-FR")
    assert (bench.view["language"], bench.view["words"]["undo"]) == ("fr", "Annuler")
    assert not bench.tell("language", language="xx")["ok"]


# -- submit --


def test_a_press_makes_one_task(bench: Bench, desk: Desk) -> None:
    """Two presses of one button, or of the button that was drawn in between, are one."""
    token = bench.view["rev"]
    bench.post("submit", token=token)
    bench.post("submit", token=token)
    bench.post("submit", token=bench.view["rev"])
    bench.hands.work()
    bench.post("submit", token=bench.view["rev"])
    bench.hands.work()
    assert desk.requests == [bench.request]
    assert bench.task is desk
    assert {"kind": "submitted", "local_id": "t-1"} in bench.sent
    assert len([answer for answer in bench.sent if answer.get("ok")]) == 4
    bench.hands.work(2.0)
    bench.tell("submit", token=token)
    assert len(desk.requests) == 1
    bench.tell("submit", token=bench.view["rev"])
    assert len(desk.requests) == 2


def test_a_press_is_for_the_price_that_the_button_stated(bench: Bench, desk: Desk) -> None:
    """What was typed since goes along; another price does not."""
    token = bench.view["rev"]
    bench.post("prompt_edit", rev=1, start=13, removed=0, inserted="!")
    bench.post("param", name="duration", value=15)
    answer = bench.tell("submit", token=token)
    assert not answer["ok"]
    assert "Nothing was sent" in answer["error"]
    bench.post("prompt_edit", rev=1, start=14, removed=0, inserted="!")
    assert bench.tell("submit", token=bench.view["rev"])["ok"]
    assert [request.prompt for request in desk.requests] == ["The cat yawns!!"]
    assert not bench.tell("submit", token="x")["ok"] or len(desk.requests) == 1


def test_a_request_with_problems_is_not_submitted(bench: Bench, desk: Desk) -> None:
    """The first problem is the reason on the button and the answer to a press."""
    bench.tell("param", name="duration", value=20)
    assert not bench.view["submit"]["enabled"]
    assert not bench.tell("submit", token=bench.view["rev"])["ok"]
    assert bench.error == bench.view["submit"]["reason"]
    assert desk.requests == []


@pytest.mark.parametrize(
    "exc", [BudgetError("More than 20 CNY/day."), InvalidRequestError("No."), SeedanceError("The ledger is locked.")]
)
def test_a_refusal_is_told_and_the_next_press_counts(tmp_path: Path, desk: Desk, exc: Exception) -> None:
    """The error stays while one goes on typing, and goes when it works."""
    fails = [exc]

    def submit(request: Request) -> Desk:
        if fails:
            raise fails.pop()
        return desk.submit(request)

    bench = Bench("The cat yawns", home=tmp_path, submit=submit)
    bench.hands.work()
    answer = bench.tell("submit", token=bench.view["rev"])
    assert (answer["ok"], answer["error"], bench.error) == (False, str(exc), str(exc))
    assert (bench.view["submit"]["enabled"], bench.view["submit"]["busy"]) == (True, False)
    bench.type("!")
    assert bench.error == str(exc)
    assert bench.tell("submit", token=bench.view["rev"])["ok"]
    assert (bench.error, len(desk.requests)) == ("", 1)


def test_a_submit_may_give_a_future(tmp_path: Path, desk: Desk) -> None:
    """Of the engine's loop; the task is what it brings."""
    outcome: Future[Desk] = Future()
    outcome.set_result(desk)
    bench = Bench("The cat yawns", home=tmp_path, submit=lambda request: outcome)
    bench.hands.work()
    assert bench.tell("submit", token=bench.view["rev"])["ok"]
    assert bench.task is desk


def test_a_budget_is_asked_anew_and_may_fail(tmp_path: Path) -> None:
    """What is left stands beside the price; one that cannot be read does not stop the work.

    With each key it is not asked again.
    """
    left: list[Any] = [BudgetLeft("20 CNY/day", 20, "CNY")]
    bench = Bench("cat", home=tmp_path, submit=lambda request: None, budget=lambda: [one for one in left if one.left])
    bench.hands.work()
    assert bench.view["budget"][0]["left_text"] == "¥20.00 left"
    left[0] = BudgetLeft("20 CNY/day", 1, "CNY")
    bench.refresh()
    bench.hands.work()
    assert not bench.view["submit"]["enabled"]
    left[0] = None
    bench.type("!")
    assert bench.view["budget"] is not None
    bench.tell("param", name="seed", value=7)
    assert bench.view["budget"] is None
    assert bench.error


# -- secrets, sizes --


def test_state_holds_no_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Keys, signed queries and media bytes planted everywhere are in no trait, repr, log or answer."""
    planted = f"Authorization: Bearer {KEY} api_key={KEY} {SIGNED} data:image/png;base64,{BASE64}"

    def fail(*_: object) -> None:
        raise SeedanceError(planted)

    data = f"data:image/png;base64,{BASE64}"
    bench = Bench(
        Request(
            Content("cat", Image(data, "reference_image"), Image(b"\x89PNG" + KEY.encode(), "reference_image")),
            callback_url=f"{SIGNED}&key={KEY}",
        ),
        home=tmp_path,
        submit=fail,
        budget=fail,  # type: ignore[arg-type]
        quotes=fail,
        kept=lambda: [KeptClip("a", planted, SIGNED)],
    )
    with caplog.at_level(logging.DEBUG):
        bench.hands.work()
        bench.tell("add_source", text=SIGNED)
        bench.tell("paste", text=json.dumps({"content": [{"type": planted}], "seed": planted}))
        bench.tell("paste", text=json.dumps({"content": [7], planted: planted})[:-2])
        bench.tell("add_kept", local_id="a", what="clip")
        bench.tell("list_kept")
        bench.tell("show_sent", open=True)
        upload(bench, b"no picture", f"{planted}.png")
        for item in bench.view["items"]:
            bench.tell("thumb", item=item["id"])
        bench.tell("submit", token=bench.view["rev"])
        bench.request = bench.request.replace(callback_url=None, content=Content("cat"))
        bench.hands.work()
        bench.tell("submit", token=bench.view["rev"])
        assert bench.error
    published = (str(bench.views), str(bench.get_state()), repr(bench), str(bench.sent), caplog.text)
    for text in published:
        assert not [secret for secret in SECRETS if secret in text]


def test_there_are_three_traits_of_our_own(bench: Bench) -> None:
    """Everything else is what every widget has."""
    assert {name for name in bench.keys if not name.startswith("_")} == {
        "view",
        "prompt",
        "error",
        "layout",
        "tabbable",
        "tooltip",
    }


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("prompt_edit", {"rev": 1, "start": None, "removed": 0, "inserted": "x"}),
        ("prompt_edit", {"rev": 1, "start": 0, "removed": 0, "inserted": 7}),
        ("move", {"item": "nobody", "to": 0}),
        ("move", {"item": [], "to": "x"}),
        ("remove", {"item": {}}),
        ("param", {"name": ["x"], "value": {}}),
        ("param", {"name": "model", "value": None}),
        ("upload_begin", {"upload_id": 7, "name": "a", "size": 1}),
        ("upload_begin", {"upload_id": "u", "name": "a.png", "size": "1"}),
        ("upload_chunk", {"upload_id": "u", "offset": 0}),
        ("upload_end", {"upload_id": "nobody"}),
        ("add_kept", {"local_id": [], "what": 1}),
        ("submit", {"token": []}),
        ("dispatch", {}),
    ],
)
def test_a_message_that_makes_no_sense_is_answered_and_changes_nothing(
    bench: Bench, desk: Desk, kind: str, content: dict[str, Any]
) -> None:
    """What comes from a browser is a stranger's."""
    before = bench.request
    assert not bench.tell(kind, **content)["ok"]
    assert bench.request is before
    assert desk.requests == []
