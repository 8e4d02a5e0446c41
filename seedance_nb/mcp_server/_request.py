"""A request as an assistant gives it: plain arguments, each described, none of them taken on trust."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from seedance_nb import rows
from seedance_nb.errors import InvalidRequestError
from seedance_nb.mcp_server._folders import Folders
from seedance_nb.request import Request

_Word = Annotated[str, Field(max_length=200)]
_Medium = Annotated[str, Field(max_length=4_000)]
_Media = Annotated[list[_Medium], Field(max_length=20)]
_WHERE = "a path in an allowed folder, or an https:// or asset:// address"


class RequestArguments(BaseModel):
    """What to make."""

    model_config = ConfigDict(extra="forbid")

    prompt: str = Field("", max_length=20_000, description="What to see and hear; `image 1` means the first picture.")
    model: _Word = Field("seedance-2.0", description="seedance-2.0, seedance-2.0-fast or seedance-2.0-mini.")
    first_frame: _Medium | None = Field(None, description=f"A picture that the clip begins with: {_WHERE}.")
    last_frame: _Medium | None = Field(None, description="A picture that it ends with; needs a first frame.")
    reference_images: _Media = Field([], description="Pictures to refer to; not beside first or last frame.")
    reference_videos: _Media = Field([], description="Clips to refer to; their seconds are billed too.")
    reference_audios: _Media = Field([], description="Sounds to refer to.")
    ratio: _Word = Field("adaptive", description="16:9, 4:3, 1:1, 3:4, 9:16, 21:9 or adaptive.")
    resolution: _Word = Field("720p", description="480p, 720p, 1080p or 4k, as far as the model goes.")
    duration: int = Field(5, description="Seconds, 4 to 15; -1 leaves it to the model, which then bills what it made.")
    generate_audio: bool = Field(True, description="Sound with the picture; does not change the price.")
    seed: int | None = Field(None, description="For the same clip again; one is drawn if it is left out.")
    watermark: bool = False
    return_last_frame: bool = Field(False, description="Also keep the last frame, to go on from.")
    web_search: bool = Field(False, description="Let the model search the web; text only.")

    def read(self, folders: Folders) -> Request:
        """The request, with each medium where it may be read from.

        Raises:
            InvalidRequestError: A value does not fit, or a medium lies elsewhere.
        """
        given: dict[str, Any] = self.model_dump(exclude_none=True)
        row = {name: value for name, value in given.items() if not isinstance(value, list)}
        for name in ("first_frame", "last_frame"):
            if name in row:
                row[name] = folders.source(row[name])
        for name in ("reference_image", "reference_video", "reference_audio"):
            if media := given[f"{name}s"]:
                row[name] = [folders.source(one) for one in media]
        requests, troubles = rows.read([row])
        if troubles or requests[0] is None:
            raise InvalidRequestError(" ".join(trouble.what for trouble in troubles))
        return requests[0]
