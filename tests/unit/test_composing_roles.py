"""Roles, switches and parameters: only what is possible, and what it changes is said before."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from seedance_nb import catalog
from seedance_nb.composing import Draft, Mark, parameters, roles, switches
from seedance_nb.content import Audio, Content, Image, Media, Role, Video
from seedance_nb.errors import InvalidRequestError, UnknownModelError
from seedance_nb.request import Request

from .composing_samples import clips, draft, images, sounds

MODEL = catalog.model("ark", "seedance-2.0")


def grown(*items: Media, model: catalog.Model | None = MODEL) -> tuple[list[Role | None], str]:
    """What becomes of items that are added one by one."""
    made, said = draft("cat"), ""
    for place, item in enumerate(items):
        made, said = roles.added(made, Mark(str(place), "x"), item, model, "en")
    return [item.role for item in made.media], said


def plain(count: int) -> list[Media]:
    return list(images(count, None))


def test_a_picture_alone_is_the_first_frame_without_saying_so() -> None:
    """As in the examples of Ark's tutorials, which leave its role out."""
    assert grown(*plain(1)) == ([None], "")


def test_two_pictures_are_first_and_last_frame() -> None:
    """In their order, and the first gets its role written out."""
    assert grown(*plain(2))[0] == ["first_frame", "last_frame"]


def test_a_third_picture_makes_all_references_and_says_so() -> None:
    """There are two frames at most."""
    made, said = grown(*plain(3))
    assert made == ["reference_image"] * 3
    assert said == "image 1 becomes: reference image. image 2 becomes: reference image."


@pytest.mark.parametrize("other", [clips(1)[0], sounds(1)[0]])
def test_a_clip_or_sound_makes_a_frame_a_reference(other: Media) -> None:
    """Frames and references do not go together."""
    made, said = grown(*plain(1), other)
    assert made == ["reference_image", other.roles[0]]
    assert "image 1 becomes: reference image" in said


def test_a_role_that_was_asked_for_is_given_where_it_can_be() -> None:
    """Dropping onto a role, from code or a menu."""
    assert grown(Image("https://m.example/a.png", "reference_image"))[0] == ["reference_image"]
    made, said = grown(clips(1)[0], Image("https://m.example/a.png", "first_frame"))
    assert made == ["reference_video", "reference_image"]
    assert "video 1 is a reference" in said


def test_a_model_for_references_only_gets_references() -> None:
    """EachLabs offers mini in one mode."""
    mini = catalog.model("eachlabs", "seedance-2.0-mini")
    assert grown(*plain(1), model=mini)[0] == ["reference_image"]


KINDS: list[tuple[type[Any], Role | None]] = [
    (Image, "first_frame"),
    (Image, "last_frame"),
    (Image, "reference_image"),
    (Video, "reference_video"),
    (Audio, "reference_audio"),
]


@pytest.mark.parametrize("combination", list(itertools.product(range(5), repeat=3)))
def test_every_role_that_is_possible_leads_to_roles_that_go_together(combination: tuple[int, ...]) -> None:
    """Whatever state it starts from, no offered choice ends in a problem about roles."""
    items = [KINDS[n][0](f"https://m.example/{place}", KINDS[n][1]) for place, n in enumerate(combination)]
    made = draft("cat", *items)
    for place, item in enumerate(made.media):
        for role in item.roles:
            picked = roles.choice(made, place, role, MODEL, "en")
            if not picked.is_possible:
                assert picked.reason
                continue
            after = made.with_roles(picked.roles)
            codes = {problem.code for problem in catalog.check(after.request, "ark")}
            assert not codes & {"role.mixed", "role.missing", "role.last_frame_alone"}, (after, codes)
            changed = [
                n for n in range(len(items)) if n != place and roles.roles_of(made.content)[n] != picked.roles[n]
            ]
            assert bool(changed) == bool(picked.reason)


def test_two_frames_change_places() -> None:
    """Choosing last frame for the first one is an exchange, and is said before."""
    made = draft("", *images(1, "first_frame"), Image("https://m.example/b.png", "last_frame"))
    picked = roles.choice(made, 0, "last_frame", MODEL, "en")
    assert picked.roles == ("last_frame", "first_frame")
    assert picked.reason == "image 2 becomes: first frame."


@pytest.mark.parametrize(
    ("items", "role", "reason"),
    [
        (images(1), "last_frame", "add that image first"),
        (images(3), "first_frame", "there are 3 images"),
        ([*images(1), *clips(1)], "first_frame", "video 1 is a reference"),
    ],
)
def test_a_role_that_is_not_possible_says_why(items: list[Any], role: Role, reason: str) -> None:
    """In a sentence beside the greyed choice."""
    picked = roles.choice(draft("", *items), 0, role, MODEL, "en")
    assert not picked.is_possible
    assert reason in picked.reason


# -- switches --


def test_a_model_that_makes_less_says_what_is_given_up() -> None:
    """And what it says before is what it says afterwards."""
    made = draft("cat", resolution="1080p")
    after, said = switches.to_model(made, "seedance-2.0-fast", "en")
    assert (after.request.model, after.request.resolution) == ("seedance-2.0-fast", "720p")
    assert said == ["resolution goes from 1080p to 720p"]
    model = parameters.parameters(made, MODEL, "en")[0]
    fast = next(option for option in model["options"] if option["value"] == "seedance-2.0-fast")
    assert fast["reason"] == "seedance-2.0-fast: resolution goes from 1080p to 720p."
    assert fast["reason"] in model["effect"]


def test_another_provider_drops_what_it_does_not_offer() -> None:
    """One sentence for each loss; its own id of a model becomes the neutral name."""
    made = draft("cat", model="doubao-seedance-2-0-260128", watermark=True, resolution="4k")
    after, said = switches.to_provider(made, "eachlabs", "en")
    assert after.provider == "eachlabs"
    assert (after.request.model, after.request.resolution, after.request.watermark) == ("seedance-2.0", "1080p", False)
    assert said == [
        "model goes from doubao-seedance-2-0-260128 to seedance-2.0",
        "resolution goes from 4k to 1080p",
        "watermark is left out",
    ]


def test_a_model_that_is_nowhere_is_refused() -> None:
    """A late message for another provider's model changes nothing."""
    with pytest.raises(UnknownModelError):
        switches.to_model(draft("cat"), "sora", "en")


# -- parameters --


def named(made: Draft, language: str = "en") -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in parameters.parameters(made, switches.model_of(made), language)}


def test_only_what_is_offered_is_shown() -> None:
    """EachLabs has no watermark and no web search."""
    assert {"watermark", "web_search"} <= named(draft("cat")).keys()
    assert not {"watermark", "web_search", "camera_fixed"} & named(draft("cat", provider="eachlabs")).keys()


def test_what_is_set_and_not_offered_is_shown_so_that_it_can_be_unset() -> None:
    """A request from code may have it."""
    assert named(draft("cat", camera_fixed=True))["camera_fixed"]["value"] is True


def test_options_have_pixels() -> None:
    """Each ratio at the resolution, each resolution at the ratio."""
    entries = named(draft("cat", ratio="21:9", resolution="1080p"))
    assert next(o["pixels"] for o in entries["ratio"]["options"] if o["value"] == "9:16") == "1080×1920"
    assert next(o["pixels"] for o in entries["resolution"]["options"] if o["value"] == "720p") == "1470×630"


def test_a_resolution_of_another_model_says_whose_it_is() -> None:
    """Greyed, with the way to it."""
    entry = named(draft("cat", model="seedance-2.0-fast"))["resolution"]
    option = next(option for option in entry["options"] if option["value"] == "1080p")
    assert not option["possible"]
    assert option["reason"] == "Made only by seedance-2.0."


def test_web_search_is_for_a_text_alone() -> None:
    """The reason stands at the switch."""
    on = named(draft("cat", *images(1)))["web_search"]["options"][0]
    assert not on["possible"]
    assert "text alone" in on["reason"]


def test_a_callback_address_is_shown_without_its_secrets() -> None:
    """Its query may carry a token."""
    entry = named(draft("cat", callback_url="https://me.example/hook?token=5ecre7"))["callback_url"]
    assert entry["value"] == "https://me.example/hook"


@pytest.mark.parametrize(
    ("name", "value"), [("content", "x"), ("nothing", 1), ("duration", "5"), ("seed", [1]), (3, 4)]
)
def test_a_parameter_that_is_none_or_of_another_type_is_refused(name: Any, value: Any) -> None:
    """What a browser sends is a stranger's."""
    with pytest.raises(InvalidRequestError):
        parameters.checked(draft("cat"), name, value)


def test_an_empty_value_takes_a_parameter_back() -> None:
    """An emptied field means the default."""
    assert parameters.checked(draft("cat", seed=7), "seed", None).request == Request(Content("cat"))
    assert parameters.checked(draft("cat"), "duration", 8.0).request.duration == 8
