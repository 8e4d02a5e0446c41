"""Bring the catalogs up to date with the code: `python -m seedance_nb.words`. Needs Babel.

New messages get an empty place in each `.po`, those that the code no longer has are taken out, and each `.mo`
is compiled. It says what is still to be translated.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from seedance_nb.words._gather import messages
from seedance_nb.words._language import DOMAIN, FOLDER, LANGUAGES, Language

try:
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po, write_po
except ModuleNotFoundError:  # pragma: no cover
    sys.exit('Catalogs are written with Babel: pip install "seedance-nb[test]"')

WIDTH = 120
_IDLE = (b'"Report-', b'"POT-', b'"PO-', b'"Last-', b'"Language-Team', b'"Generated-')


def source(language: str) -> Path:
    """Where the translations of a language are."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """The translations of a language."""
    with source(language).open("rb") as file:
        return read_po(file, locale=language)


def updated(language: Language) -> Catalog:
    """What the code says, with what is translated of it."""
    old = read(language) if source(language).exists() else Catalog(locale=language)
    comment = f"# What seedance-nb says, in {LANGUAGES[language]}."
    new = Catalog(locale=language, project="seedance-nb", version="", header_comment=comment, fuzzy=False)
    for message in messages():
        key = (message.id, message.plural) if message.plural else message.id
        context = message.context or None
        known = old.get(message.id, context)
        new.add(key, known.string if known else None, [(message.file, 1)], context=context)
    return new


def compiled(catalog: Catalog) -> bytes:
    """What stands in the `.mo`."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def main() -> None:
    """Write `.po` and `.mo` of every language but English."""
    for language in LANGUAGES:
        if language == "en":
            continue
        catalog = updated(language)
        out = io.BytesIO()
        write_po(out, catalog, width=WIDTH, include_lineno=False)
        # Dates, names and versions in the header would change the file without anything having changed.
        kept = [line for line in out.getvalue().splitlines(True) if not line.startswith(_IDLE)]
        source(language).parent.mkdir(parents=True, exist_ok=True)
        source(language).write_bytes(b"".join(kept))
        source(language).with_suffix(".mo").write_bytes(compiled(read(language)))
        missing = [message.id for message in catalog if message.id and not _complete(message.string)]
        print(f"{language}: {len(catalog)} messages, {len(missing)} to translate")  # noqa: T201
        for one in missing:
            print(f"  {one!r}")  # noqa: T201


def _complete(string: object) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    main()
