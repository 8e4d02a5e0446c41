"""What is said to people: languages, catalogs, figures, the palette."""

from __future__ import annotations

import copy
import io
import pickle
import re
import subprocess
import sys
import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.numbers import format_currency, format_decimal

from seedance_nb import words
from seedance_nb.content import Content
from seedance_nb.errors import ConfigurationError
from seedance_nb.money import Money
from seedance_nb.words import Joined, Number, Plural, Said, Sentence, Word, palette
from seedance_nb.words.__main__ import compiled, read, source, updated
from seedance_nb.words._gather import messages

FOREIGN: tuple[words.Language, ...] = ("zh", "fr")
ALL: tuple[words.Language, ...] = ("en", *FOREIGN)
HARD, NARROW = "\u00a0", "\u202f"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEEDANCE_NB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


# -- which language --


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "fr_FR", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "fr_FR", "LC_ALL": "en_US"}, "en"),
        ({"LANG": "fr_FR", "LC_ALL": ""}, "fr"),
        ({"LANG": "fr_FR", "LC_ALL": "fr_FR", "SEEDANCE_NB_LANG": "zh"}, "zh"),
        ({"SEEDANCE_NB_LANG": "zh-Hans-CN"}, "zh"),
        ({"SEEDANCE_NB_LANG": "klingon", "LANG": "fr_FR"}, "en"),
    ],
)
def test_the_environment_chooses_a_language(
    environment: dict[str, str], spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first variable that is set decides, and one that means none of ours means English."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert words.language() == spoken


def test_a_language_is_used_until_it_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """`use` goes before the environment; None gives the choice back."""
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    try:
        words.use("zh_CN")
        assert words.language() == "zh"
        assert words.say("kept") == "已保存"
        assert words.say("kept", language="en") == "kept"
    finally:
        words.use(None)
    assert words.say("kept") == "enregistrée"


def test_a_language_that_is_not_there_is_an_error() -> None:
    """Asking for it says which there are; nothing changes."""
    for ask in (words.use, lambda tag: words.say("kept", language=tag), Word("kept").said):
        with pytest.raises(ConfigurationError, match="'de' here; there are 'en', 'zh', 'fr'"):
            ask("de")
    assert words.language() == "en"


def test_threads_speak_different_languages_at_once() -> None:
    """A widget in French and one in Chinese do not hear each other."""
    heard: set[str] = set()
    start = threading.Barrier(6)

    def speak(language: words.Language) -> None:
        start.wait()
        for _ in range(300):
            heard.add(language + ": " + words.say("{at} is making the clip.", language=language, at="Ark"))

    threads = [threading.Thread(target=speak, args=(one,)) for one in ALL for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {"en: Ark is making the clip.", "zh: Ark 正在生成视频。", "fr: Ark produit la vidéo."}


def test_importing_the_package_reads_no_catalog() -> None:
    """Words are loaded when something is said, and Babel never."""
    code = (
        "import sys, seedance_nb; assert 'seedance_nb.words' not in sys.modules;"
        "from seedance_nb import words; words.say('kept', language='zh'); words.number(1, 'fr');"
        "assert not [name for name in sys.modules if name.startswith('babel')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# -- texts --

TEXTS = [
    Word("kept"),
    Word("image", "kind"),
    Sentence("{label!r} is {length} s long.", label="a.mp4", length=Number(Fraction(3, 2))),
    Plural(
        "The prompt does not say what {items} is for.", "The prompt does not say what {items} are for.", 2, items="x"
    ),
    Joined([Word("kept"), "x", Number(1234)], " + "),
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: type(text).__name__)
def test_a_text_is_a_str(text: Said) -> None:
    """It equals the English, and a copy of it can still be said."""
    plain = "".join(text)
    assert (text, hash(text), f"{text}") == (plain, hash(plain), plain)
    for other in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
        assert other == text
        assert [other.said(language) for language in ALL] == [text.said(language) for language in ALL]
    assert type(text.said("en")) is type(text.said("zh")) is str


def test_values_are_said_too() -> None:
    """A text in a text, and a number, are in the language of the whole."""
    text = Sentence(
        "{label!r} has {bytes} bytes.", label=Sentence("{count} bytes", count=Number(9)), bytes=Number(9876)
    )
    assert text == "'9 bytes' has 9,876 bytes."
    assert text.said("zh") == "'9 字节' 的大小为 9,876 字节。"
    assert text.said("fr") == f"'9{HARD}octets' fait 9{NARROW}876{HARD}octets."
    assert words.say(text, language="fr") == text.said("fr")


def test_nothing_is_said_as_nothing() -> None:
    """A catalog keeps its own header under no text; that is nobody's to read."""
    assert [words.say("", language=one) for one in ALL] == ["", "", ""]
    assert [made("").said(one) for made in (Word, Sentence) for one in ALL] == [""] * 6


def test_an_amount_is_said_with_its_sentence() -> None:
    """Money in a sentence is written as the language of the whole writes it."""
    text = Sentence("would be {price}", price=words.Amount(Money(Decimal("1234.5"), "CNY")))
    assert (text, text.said("zh")) == ("would be ¥1,234.50", "正式价格 ¥1,234.50")
    assert text.said("fr") == f"coûterait 1{NARROW}234,50{HARD}¥"


def test_chinese_keeps_latin_values_apart() -> None:
    """A space stands between Chinese and a value in Latin letters, none between Chinese and Chinese."""
    said = [Sentence("{most} or {final}", most=most, final="hevc").said("zh") for most in ("h264", Word("references"))]
    assert said == ["h264 或 hevc", "参考素材或 hevc"]
    assert Sentence("{most} or {final}", most="'a'", final="'b'").said("zh") == "'a'或'b'"


def test_what_no_catalog_has_stays_english() -> None:
    """A text of another package is shown as it is, filled with its values."""
    assert words.say("Nobody translated {this}.", language="zh", this=3) == "Nobody translated 3."
    assert words.plural("{count} glove", "{count} gloves", 1200, language="fr") == f"1{NARROW}200 gloves"
    assert words.plural("{count} glove", "{count} gloves", 1, language="en") == "1 glove"


# -- figures --

NUMBERS = [0, 1, -1, 12, 999, 1000, -1234, 1234567, 0.5, 1234.5, Decimal("1234567.25"), Decimal("0.1"), 99999999]
LOCALES = {"en": "en", "zh": "zh_Hans_CN", "fr": "fr_FR"}


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("value", NUMBERS)
def test_numbers_are_written_as_babel_writes_them(value: int | float | Decimal, language: words.Language) -> None:
    """Separators of thousands and of decimals agree with the tables of Unicode."""
    locale = LOCALES[language]
    assert words.number(value, language) == format_decimal(value, "#,##0.##", locale)
    assert words.number(value, language, places=2) == format_decimal(value, "#,##0.00", locale)


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("amount", ["0", "5.01", "-5.01", "1234567.891", "0.005"])
def test_money_is_written_as_babel_writes_it(amount: str, language: words.Language) -> None:
    """With a sign that all agree on; ¥ and $ are ours alone, so that they stand without a letter."""
    money = Money(Decimal(amount), "EUR")
    rounded = money.rounded()
    assert words.money(money, language) == format_currency(rounded, "EUR", locale=LOCALES[language])


def test_money_has_the_sign_of_its_currency() -> None:
    """The yuan is ¥ and the dollar $ in each language; another currency has its code."""
    yuan, dollar, other = (Money(Decimal("1234.5"), currency) for currency in ("CNY", "USD", "CHF"))
    assert [words.money(yuan, one) for one in ALL] == ["¥1,234.50", "¥1,234.50", f"1{NARROW}234,50{HARD}¥"]
    assert [words.money(dollar, one) for one in ALL] == ["$1,234.50", "$1,234.50", f"1{NARROW}234,50{HARD}$"]
    assert [words.money(other, one) for one in ALL] == ["CHF 1,234.50", "CHF 1,234.50", f"1{NARROW}234,50{HARD}CHF"]
    assert words.money(Money(Decimal("0.00012"), "CNY"), "fr", places=4) == f"0,0001{HARD}¥"


def test_times_and_sizes() -> None:
    """As people of the language say them."""
    spans = [41.6, 72, 3840, 90_000, -3]
    assert [words.seconds(one, "zh") for one in spans] == ["41 秒", "1 分 12 秒", "1 小时 4 分", "1 天 1 小时", "0 秒"]
    french = ["41 s", "1 min 12 s", "1 h 4 min", "1 j 1 h", "0 s"]
    assert [words.seconds(one, "fr") for one in spans] == [one.replace(" ", HARD) for one in french]
    assert [words.seconds(4.25, one, places=1) for one in ALL] == ["4.2 s", "4.2 秒", f"4,2{HARD}s"]
    sizes = [0, 812, 30_412, 4_230_000, 12_345_000_000]
    assert [words.bytes(one, "en") for one in sizes] == ["0 B", "812 B", "30 kB", "4.2 MB", "12.3 GB"]
    assert [words.bytes(one, "zh") for one in sizes] == ["0 B", "812 B", "30 KB", "4.2 MB", "12.3 GB"]
    assert [words.bytes(one, "fr") for one in sizes[2:]] == [f"30{HARD}ko", f"4,2{HARD}Mo", f"12,3{HARD}Go"]


# -- catalogs --

Key = tuple[str, str]


def entries(catalog: Catalog) -> dict[Key, tuple[tuple[str, ...], tuple[str, ...]]]:
    """By context and id: what is written in English, and in the language."""
    found = {}
    for message in catalog:
        if message.id:
            english = (message.id,) if isinstance(message.id, str) else tuple(message.id)
            said = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            found[(message.context or "", english[0])] = (english, said)
    return found


@pytest.mark.parametrize("language", FOREIGN)
def test_the_compiled_catalog_is_that_of_the_source(language: words.Language) -> None:
    """The `.mo` says what the `.po` says: `python -m seedance_nb.words` compiles it."""
    with source(language).with_suffix(".mo").open("rb") as file:
        shipped = read_mo(file)
    made = read_mo(io.BytesIO(compiled(read(language))))
    assert entries(shipped) == entries(made)
    assert shipped.plural_forms == made.plural_forms


@pytest.mark.parametrize("language", FOREIGN)
def test_every_message_of_the_code_is_translated(language: words.Language) -> None:
    """None is missing, none is left over, none is fuzzy: `python -m seedance_nb.words` shows what is to be done."""
    catalog = read(language)
    written = {(one.context, one.id) for one in messages()}
    assert written - set(entries(catalog)) == set(), "not in the catalog"
    assert set(entries(catalog)) - written == set(), "no longer in the code"
    assert [key for key, (_, said) in entries(catalog).items() if not all(said)] == []
    assert [message.id for message in catalog if message.fuzzy or message.locations == []][1:] == []
    assert entries(updated(language)) == entries(catalog)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", FOREIGN)
def test_placeholders_are_the_same(language: words.Language) -> None:
    """Each language fills in the same values."""
    for (_, message), (english, said) in entries(read(language)).items():
        wanted = {
            frozenset(placeholders(one) - {"count"} if len(english) > 1 else placeholders(one)) for one in english
        }
        for one in filter(None, said):
            assert frozenset(placeholders(one) - ({"count"} if len(english) > 1 else set())) in wanted, message


QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|https?://|asset://|Image\([^)]*\)|Video\([^)]*\)|\{[^}]*\}|\[[^\]]*\]")


def test_french_has_its_spaces() -> None:
    """A hard space stands before : ; ! ? » and behind «, and apostrophes are round."""
    for (context, message), (english, said) in entries(read("fr")).items():
        for one in said:
            if context == "insert" or one in english:
                continue  # the model does not read French: what goes into a prompt is English
            text = QUOTED.sub("x", one)
            assert not re.search(rf"[^{HARD}{NARROW}][:;!?»]", text), message
            assert not re.search(rf"«[^{HARD}{NARROW}]", text), message
            assert "'" not in text, message


def test_chinese_has_its_punctuation() -> None:
    """Full-width marks follow Chinese, and a sentence that is one in English ends as one."""
    for (_, message), (english, said) in entries(read("zh")).items():
        text = QUOTED.sub("x", said[0])
        if not text:
            continue
        assert not re.search(r"[\u4e00-\u9fff][,.!?;:()]", text), message
        if re.search(r"[a-z}\])]\.$", english[0]) and "…" not in english[0]:
            assert said[0].endswith("。"), message


def test_messages_are_found_in_code(tmp_path: Path) -> None:
    """Every way to say something makes a message, and a table of words is one without any call."""
    (tmp_path / "face.py").write_text(
        "from seedance_nb import words\n"
        "words.say('A {b}.', b=1)\nwords.plural('{count} c', '{count} cs', 2)\nwords.Word('d', 'e')\nwords.say(found)\n"
    )
    (tmp_path / "_words.py").write_text("F = 'g'\nH: dict[str, str] = {'key': 'i ' 'j'}\nK = 3\n")
    (tmp_path / "other.py").write_text("say('not ours')\n")
    assert [(one.id, one.plural, one.context, one.file) for one in messages(tmp_path)] == [
        ("g", "", "", "_words.py"),
        ("i j", "", "", "_words.py"),
        ("A {b}.", "", "", "face.py"),
        ("{count} c", "{count} cs", "", "face.py"),
        ("d", "", "e", "face.py"),
    ]


# -- the palette --


@pytest.mark.parametrize("language", ALL)
def test_the_palette_is_whole(language: words.Language) -> None:
    """Every word has a label, what it inserts, and a help; no label is there twice in a group."""
    groups = palette.palette(language)
    assert len(groups) == len(palette.PALETTE) >= 4
    for group in groups:
        entries_of = group["words"]
        assert isinstance(entries_of, list)
        assert group["group"]
        assert all(entry["label"] and entry["insert"] and entry["help"] for entry in entries_of)
        assert len({entry["label"] for entry in entries_of}) == len(entries_of)


def test_templates_name_the_same_items_in_each_language() -> None:
    """A reference in a sketch is understood as one, and means the same item."""
    for one in zip(*(palette.templates(language) for language in ALL), strict=True):
        assert len({sketch["id"] for sketch in one}) == 1
        named = [[(mention.kind, mention.number) for mention in Content(sketch["insert"]).mentions()] for sketch in one]
        assert named[0] == named[1] == named[2]
    ids = {sketch["id"] for sketch in palette.templates("en")}
    assert {"timeline", "dialogue", "edit", "extend"} <= ids
    (timeline,) = (sketch["insert"] for sketch in palette.templates("en") if sketch["id"] == "timeline")
    assert timeline.startswith("[0-4s]: …")


def test_what_goes_into_a_french_prompt_is_english() -> None:
    """Seedance reads Chinese and English, and not French."""
    for english, french in zip(palette.palette("en"), palette.palette("fr"), strict=True):
        assert isinstance(english["words"], list)
        assert isinstance(french["words"], list)
        assert [one["insert"] for one in english["words"]] == [one["insert"] for one in french["words"]]
