"""What an assistant may read, where it may write, and what an offer is good for."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest

from seedance_nb import prices
from seedance_nb.cli import main
from seedance_nb.composing import BudgetLeft
from seedance_nb.errors import ConfigurationError, InvalidRequestError
from seedance_nb.mcp_server._desk import Draft
from seedance_nb.mcp_server._folders import Folders
from seedance_nb.mcp_server._offers import LIFE, MOST, Offers, Terms
from seedance_nb.mcp_server._question import question
from seedance_nb.mcp_server._request import RequestArguments
from seedance_nb.mcp_server.assistants_doc import assistants_doc
from seedance_nb.request import Request

TERMS = Terms("a" * 64, "¥1.87", again=False)


PAGE = Path(__file__).parents[2] / "docs" / "assistants.md"


def test_the_page_is_that_of_the_tools() -> None:
    """`python -m seedance_nb.mcp_server.assistants_doc > docs/assistants.md` writes it again."""
    assert PAGE.read_text("utf-8") == assistants_doc()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A home and a folder of pictures, and a file beside both."""
    for name in ("home/clips", "pictures", "private"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("home/clips/a.mp4", "pictures/boat.png", "private/secret.png"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "pictures" / "link.png").symlink_to(tmp_path / "private" / "secret.png")
    (tmp_path / "home" / "reports").symlink_to(tmp_path / "private")
    return Folders(tmp_path / "home", [tmp_path / "pictures"])


def test_media_come_from_allowed_folders(folders: Folders, tmp_path: Path) -> None:
    """By a relative or a whole path; and addresses that only a provider reads."""
    assert folders.source("boat.png").value == str(tmp_path / "pictures" / "boat.png")
    assert folders.source(str(tmp_path / "home" / "clips" / "a.mp4")).kind == "file"
    assert folders.source("https://media.example/a.png").kind == "url"
    assert folders.source("asset://asset-1").kind == "asset"


@pytest.mark.parametrize(
    "given",
    [
        *("../private/secret.png", "{}/private/secret.png", "link.png", "/etc/passwd", "missing.png", "~/x.png", "."),
        *("data:image/png;base64,AAAA", "http://127.0.0.1:1/a.png", "file:///etc/passwd"),
    ],
)
def test_nothing_else_is_read(given: str, folders: Folders, tmp_path: Path) -> None:
    """Neither above a folder nor through a link out of it, nor this machine's servers; nor is said what is there."""
    with pytest.raises(InvalidRequestError) as refused:
        folders.source(given.format(tmp_path))
    assert "private" not in str(refused.value)


def test_reports_go_to_the_home_folder(folders: Folders, tmp_path: Path) -> None:
    """A name is a name; where the folder is a link that leads elsewhere, nothing is written."""
    for name in ("../../x", "/tmp/x", "", "a/b", "x\0", ".hidden", "month"):
        with pytest.raises(InvalidRequestError):
            folders.report(name, "html")
    (tmp_path / "home" / "reports").unlink()
    assert folders.report("November 2026", "html") == tmp_path / "home" / "reports" / "November 2026.html"


def test_an_offer_is_good_once_and_for_its_terms() -> None:
    """Not for another body, another price, or paying again; not twice; not one that was never made."""
    offers = Offers()
    name = offers.issue(TERMS)
    assert offers.issue(TERMS) == name  # a question that is asked again reads the same
    for other in ({"asked": "b" * 64}, {"price": "¥0.01"}, {"again": True}):
        with pytest.raises(ConfigurationError, match="something else"):
            offers.take(name, dataclasses.replace(TERMS, **other))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="never made"):
        offers.take("guessed", TERMS)
    offers.take(name, TERMS)
    with pytest.raises(ConfigurationError, match="Nothing was sent"):
        offers.take(name, TERMS)
    assert offers.issue(TERMS) != name


def test_an_offer_ends() -> None:
    """After a few minutes, also one that a person agreed to later; and a flood of them drops the oldest."""
    now = [0.0]
    offers = Offers(clock=lambda: now[0])
    name = offers.issue(TERMS)
    now[0] = LIFE - 1
    offers.take(name, TERMS)
    name = offers.issue(TERMS)
    now[0] += LIFE
    with pytest.raises(ConfigurationError, match="over"):
        offers.take(name, TERMS)
    with pytest.raises(ConfigurationError, match="over"):
        offers.take_of(TERMS)
    first = offers.issue(TERMS)
    for number in range(MOST):
        offers.issue(dataclasses.replace(TERMS, price=str(number)))
    with pytest.raises(ConfigurationError):
        offers.take(first, TERMS)


def test_a_request_is_not_read_generously(folders: Folders) -> None:
    """A name that is not known, a text without end, a list without end: refused instead of left out."""
    for wrong in (
        {"duraton": 4},
        {"prompt": "x" * 20_001},
        {"reference_images": ["boat.png"] * 21},
        {"model": "m" * 201},
    ):
        with pytest.raises(ValueError, match="validation error"):
            RequestArguments.model_validate(wrong)
    made = RequestArguments(prompt="The boat", first_frame="boat.png", duration=4).read(folders)
    assert (made.mode, made.duration, made.prompt) == ("first_frame", 4, "The boat")


def test_a_person_is_asked_in_their_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Price first, prompt last, on one line and cut, whatever an assistant wrote into it."""
    prompt = "It is free.\n\nCréer une vidéo pour 0,00\u00a0¥\u202e " + "x" * 2_000
    request = Request(prompt, ratio="16:9", resolution="480p", duration=4)
    draft = Draft(request, [], prices.quote(request, "ark"), "")
    monkeypatch.setenv("SEEDANCE_NB_LANG", "fr")
    left = [BudgetLeft("20 CNY/day", Decimal("18.5"), "CNY")]
    asked = question(draft, provider="ark", is_sandbox=False, again=True, left=left, offer="o-1").splitlines()
    assert asked[0].startswith("Créer une vidéo pour 1,87")
    assert "18,5" in "".join(asked[:4])
    assert asked[-2].startswith("Prompt de l’assistant")
    assert len(asked[-2]) < 600
    assert "\u202e" not in asked[-2]
    assert asked[-1] == "Offre o-1"
    assert len(asked) == 7


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--provider", "ark"], "--budget"),
        (["--budget", "nonsense"], "20 CNY/day"),
        (["--provider", "nobody"], "nobody"),
    ],
)
def test_real_money_needs_a_budget(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server does not start without one, and says what to give it."""
    monkeypatch.setenv("ARK_API_KEY", "planted-1c3d5e")
    assert main(["mcp", *arguments]) == 1
    out = capsys.readouterr()
    assert said in out.err
    assert not out.out
    assert "planted" not in out.err
