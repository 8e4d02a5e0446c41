"""Words that the model understands as a camera crew would, and sketches of a prompt to fill in.

What is inserted is in the language of the reader where the model reads that language, which it does not for French:
there the English words are inserted. An ellipsis is a place to fill.
Sources: EachLabs, skill page "bytedance-seedance-2-0", and skill page "seedance-api", April 2026; Ark, "Create a video
generation task", https://www.volcengine.com/docs/82379/1520757, read 2026-11-20 (languages of a prompt).
"""

from __future__ import annotations

from dataclasses import dataclass

from seedance_nb.words._said import Word


@dataclass(frozen=True, slots=True)
class Entry:
    """A word of the palette."""

    label: Word
    insert: Word
    """What goes into the prompt."""
    help: Word


@dataclass(frozen=True, slots=True)
class Template:
    """A sketch of a prompt."""

    id: str
    label: Word
    insert: Word


_CAMERA = (
    Entry(
        Word("Push in", "palette"),
        Word("the camera slowly pushes in", "insert"),
        Word("Moves towards the subject; draws attention."),
    ),
    Entry(
        Word("Pull out", "palette"),
        Word("the camera slowly pulls out", "insert"),
        Word("Moves away from the subject; shows where it is."),
    ),
    Entry(
        Word("Dolly left", "palette"),
        Word("the camera dollies left", "insert"),
        Word("Travels to the left beside the subject."),
    ),
    Entry(
        Word("Dolly right", "palette"),
        Word("the camera dollies right", "insert"),
        Word("Travels to the right beside the subject."),
    ),
    Entry(Word("Crane up", "palette"), Word("the camera cranes up", "insert"), Word("Rises above the scene.")),
    Entry(Word("Crane down", "palette"), Word("the camera cranes down", "insert"), Word("Comes down into the scene.")),
    Entry(
        Word("Orbit", "palette"),
        Word("a 360-degree orbit around the subject", "insert"),
        Word("Goes once around the subject."),
    ),
    Entry(
        Word("Handheld", "palette"),
        Word("handheld camera", "insert"),
        Word("A little unsteady, as if somebody were there."),
    ),
    Entry(
        Word("Rack focus", "palette"),
        Word("rack focus from … to …", "insert"),
        Word("The focus goes from one thing to another."),
    ),
    Entry(Word("Fixed camera", "palette"), Word("the camera does not move", "insert"), Word("Only the scene moves.")),
)

_SHOTS = (
    Entry(Word("Wide shot", "palette"), Word("Wide shot: …", "insert"), Word("The whole scene.")),
    Entry(Word("Medium shot", "palette"), Word("Medium shot: …", "insert"), Word("A person from the waist up.")),
    Entry(
        Word("Medium close-up", "palette"),
        Word("Medium close-up: …", "insert"),
        Word("A person from the chest up."),
    ),
    Entry(Word("Close-up", "palette"), Word("Close-up: …", "insert"), Word("A face, or a thing that fills the frame.")),
    Entry(Word("Cut to", "palette"), Word("Cut to: …", "insert"), Word("Begins a new shot.")),
    Entry(Word("Finally", "palette"), Word("Finally: …", "insert"), Word("The last shot of the sequence.")),
)

_PHYSICS = (
    Entry(
        Word("Weight", "palette"),
        Word("… lands heavily, and the ground gives a little", "insert"),
        Word("Says how heavy something is, so that it moves like it."),
    ),
    Entry(
        Word("Momentum", "palette"),
        Word("… cannot stop at once and slides on", "insert"),
        Word("Says that a movement carries on."),
    ),
    Entry(
        Word("Dust", "palette"),
        Word("dust scatters where the foot comes down", "insert"),
        Word("A trace of contact with the ground."),
    ),
    Entry(
        Word("Fabric", "palette"),
        Word("the fabric swings after the turn and settles", "insert"),
        Word("Cloth that follows a movement late."),
    ),
    Entry(
        Word("Water", "palette"),
        Word("drops fly off and ripples spread", "insert"),
        Word("Liquid that answers to a touch."),
    ),
    Entry(
        Word("Hair in the wind", "palette"), Word("the wind moves the hair", "insert"), Word("Makes the air visible.")
    ),
)

_LIGHT = (
    Entry(Word("Soft light", "palette"), Word("soft light", "insert"), Word("No hard shadows.")),
    Entry(Word("Golden hour", "palette"), Word("golden hour", "insert"), Word("Low, warm sun.")),
    Entry(Word("Dusk", "palette"), Word("at dusk", "insert"), Word("Blue light after the sun is down.")),
    Entry(Word("Backlight", "palette"), Word("lit from behind", "insert"), Word("A bright rim around the subject.")),
)

_SOUND = (
    Entry(
        Word("Ambience", "palette"),
        Word("In the background one hears …", "insert"),
        Word("What the place sounds like."),
    ),
    Entry(Word("Sound effect", "palette"), Word("The sound of …", "insert"), Word("One sound, at its moment.")),
    Entry(Word("Wind", "palette"), Word("distant wind", "insert"), Word("Quiet air, outdoors.")),
)

PALETTE: tuple[tuple[Word, tuple[Entry, ...]], ...] = (
    (Word("Camera moves", "palette"), _CAMERA),
    (Word("Shots", "palette"), _SHOTS),
    (Word("Physics", "palette"), _PHYSICS),
    (Word("Light", "palette"), _LIGHT),
    (Word("Sound", "palette"), _SOUND),
)
"""Groups with their words."""

TEMPLATES: tuple[Template, ...] = (
    Template(
        "structure",
        Word("Subject, place, camera", "template"),
        Word("… (who) does … (what). … (where, light, style). … (camera). … (sound).", "insert"),
    ),
    Template("timeline", Word("Timeline", "template"), Word("[0-4s]: …\n[4-8s]: …\n[8-12s]: …", "insert")),
    Template(
        "cuts", Word("Sequence of shots", "template"), Word("Wide shot: … Cut to close-up: … Finally: …", "insert")
    ),
    Template("dialogue", Word("Dialogue", "template"), Word('… (who, which voice) says: "…"', "insert")),
    Template("narrator", Word("Narrator", "template"), Word('A narrator, … (voice), says: "…"', "insert")),
    Template("references", Word("References", "template"), Word("[image 1] is …, [image 2] is …", "insert")),
    Template(
        "edit",
        Word("Edit a clip", "template"),
        Word("In video 1, replace … by …; everything else stays the same", "insert"),
    ),
    Template(
        "edit_with_picture",
        Word("Edit a clip with a picture", "template"),
        Word("Replace … in video 1 by … from image 1; the camera moves as before", "insert"),
    ),
    Template("extend", Word("Go on after a clip", "template"), Word("Extend video 1 forward: …", "insert")),
    Template("extend_back", Word("Begin before a clip", "template"), Word("Extend video 1 backward: …", "insert")),
    Template(
        "join",
        Word("Join clips", "template"),
        Word("Video 1: …, then video 2; after that …, then video 3", "insert"),
    ),
)
"""Sketches, in the order in which one would look for them."""


def palette(language: str | None = None) -> list[dict[str, object]]:
    """The palette in a language: `[{group, words: [{label, insert, help}]}]`.

    Raises:
        ConfigurationError: There is no such language.
    """
    return [
        {
            "group": group.said(language),
            "words": [
                {
                    "label": entry.label.said(language),
                    "insert": entry.insert.said(language),
                    "help": entry.help.said(language),
                }
                for entry in entries
            ],
        }
        for group, entries in PALETTE
    ]


def templates(language: str | None = None) -> list[dict[str, str]]:
    """The sketches in a language: `[{id, label, insert}]`.

    Raises:
        ConfigurationError: There is no such language.
    """
    return [{"id": one.id, "label": one.label.said(language), "insert": one.insert.said(language)} for one in TEMPLATES]
