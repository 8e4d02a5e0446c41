"""What is said to people, in English, Chinese and French.

English is the source: it is written in the code, as the id of each message. The other languages are `gettext` catalogs,
`<language>/LC_MESSAGES/seedance_nb.po` with the compiled `.mo` beside it; `python -m seedance_nb.words` brings both up
to date with the code. A text that may be shown in another language later is a `Said`: a `str` that reads in
English, and can be said again. Exceptions, logs and the ledger stay English.
"""

from seedance_nb.words._amounts import Amount, calculation, quoted
from seedance_nb.words._figures import byte_count as bytes
from seedance_nb.words._figures import money, number, seconds, spans
from seedance_nb.words._language import LANGUAGES, Language, language, match, use
from seedance_nb.words._said import Joined, Number, Plural, Said, Sentence, Word, plural, say

__all__ = [
    "LANGUAGES",
    "Amount",
    "Joined",
    "Language",
    "Number",
    "Plural",
    "Said",
    "Sentence",
    "Word",
    "bytes",
    "calculation",
    "language",
    "match",
    "money",
    "number",
    "plural",
    "quoted",
    "say",
    "seconds",
    "spans",
    "use",
]
