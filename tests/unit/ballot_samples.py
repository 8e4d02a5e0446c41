"""Ballots on real small clips, in whose files, tasks and tags stands everything that must not be told."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import av
from comm.base_comm import BaseComm

from seedance_nb.compare import Candidate
from seedance_nb.compare._ballot import Ballot
from seedance_nb.ledger import Ledger
from seedance_nb.money import Money
from seedance_nb.task import Artifact, TaskStatus

from .ledger_samples import a_record
from .media_samples import clip

KEY = "0f3c9a1e-77aa-4bd2-9c55-1a2b3c4d5e6f"
SIGNED = "https://tos.example/clip.mp4?X-Tos-Signature=5ecre7&X-Tos-Credential=AKLT1"
MODELS = ("seedance-2.0", "seedance-2.0-fast")
PROMPT = "A cat yawns"
TELLING = (
    "seedance", "doubao", "fast", "standard", "atlas", "ark", "cgt-", "t-00", "5.0094", "4.0293", "cny", "¥", "108900",
    "108,900", ".mp4", "/clips", "sha256", KEY, "5ecre7", "aklt1",
)  # fmt: skip
"""What is not to be found, in small letters."""


class RecordedComm(BaseComm):
    """Keeps every message that would go to a browser, with its bytes."""

    def __init__(self, sent: list[tuple[Any, list[bytes]]], **options: Any) -> None:
        self.sent = sent
        super().__init__(**options)

    def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any) -> None:
        """As if it were sent."""
        self.sent.append((data, [bytes(buffer) for buffer in buffers or ()]))


def tagged(content: bytes, path: Path, **tags: str) -> Path:
    """A clip with tags, as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = path.with_name(f"plain-{path.name}")
    plain.write_bytes(content)
    with av.open(str(plain)) as source, av.open(str(path), "w", format="mp4") as target:
        target.metadata.update(tags)
        streams = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
    plain.unlink()
    return path


def candidates(folder: Path, groups: int = 2, models: Sequence[str] = MODELS) -> list[Candidate]:
    """For each group a clip of each model, each of another length so that its bytes tell it."""
    found = []
    for group in range(groups):
        for place, model in enumerate(models):
            number = 10 * group + place + 1
            comment = f"{model} ark cgt-{number} t-{number:04} ¥5.0094 {KEY} {SIGNED}"
            path = tagged(
                clip(2, 160, 96 + 16 * place, sound=True),
                folder / "clips" / f"{model}-t-{number:04}.mp4",
                comment=comment,
            )
            record = a_record(
                number,
                model=model,
                model_id=f"doubao-{model}",
                status=TaskStatus.KEPT,
                task_id=f"cgt-{number}",
                prompt=PROMPT,
                cost=Money(Decimal("4.0293" if "fast" in model else "5.0094"), "CNY"),
                artifacts=(Artifact("clip", path, sha256=f"{number:064x}"),),
            )
            found.append(Candidate(f"{model} · seed {group}", path, record, group=f"{group} {PROMPT}"))
    return found


def a_ballot(folder: Path, ledger: Ledger, groups: int = 2, models: Sequence[str] = MODELS, **options: Any) -> Ballot:
    """A ballot on those."""
    return Ballot(candidates(folder, groups, models), ledger, **options)
