"""From a draft and what was found out about it to the dict that a browser draws.

Pure. The dict is published with the notebook: words and facts only, no bytes of media, no query of a signed URL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from seedance_nb import catalog, words
from seedance_nb.composing import _words, prompt, roles, switches
from seedance_nb.composing._words import listed, phrase
from seedance_nb.composing.draft import Draft, Mark
from seedance_nb.composing.findings import Findings, Look
from seedance_nb.composing.items import Lost, facts_of, not_arrived, uploading
from seedance_nb.composing.kept import BudgetLeft
from seedance_nb.composing.mends import Mend, mend
from seedance_nb.composing.parameters import parameters
from seedance_nb.composing.shown import shown
from seedance_nb.composing.uploads import Upload
from seedance_nb.content import Content, Media, MediaKind, Role
from seedance_nb.errors import UnknownModelError
from seedance_nb.media.previews import has_preview
from seedance_nb.money import Money, Quote
from seedance_nb.request import Problem
from seedance_nb.words import palette

_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’-]*")
_KINDS: tuple[MediaKind, ...] = ("image", "video", "audio")


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything beside the draft that is drawn."""

    language: str = "en"
    is_sandbox: bool = False
    home: str = ""
    """The provider that submit goes to."""
    can_submit: bool = True
    uploads: Sequence[tuple[str, Upload]] = ()
    """Item ids and files on their way."""
    lost: Sequence[Lost] = ()
    quotes: Sequence[Mapping[str, Any]] | None = None
    budgets: Sequence[BudgetLeft] | None = None
    sent: Mapping[str, Any] | None = None
    can_undo: bool = False
    can_redo: bool = False
    announce: str = ""
    busy: bool = False
    just_submitted: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A view, and the mends that it offers."""

    view: dict[str, Any] = field(repr=False)
    mends: Mapping[str, Mend]


def draw(draft: Draft, found: Findings | None, scene: Scene) -> Drawn:
    """The view of a draft, without its `rev`.

    Args:
        draft: What is under the hands.
        found: What is known of this very draft; None while its media are being read.
        scene: Everything else.
    """
    return _Drawing(draft, found, scene).draw()


class _Drawing:
    def __init__(self, draft: Draft, found: Findings | None, scene: Scene) -> None:
        self.draft, self.found, self.scene, self.language = draft, found, scene, scene.language
        self.model = switches.model_of(draft)
        self.facts = catalog.provider(draft.provider)
        self.name = _provider_name(draft.provider, self.language)
        self.mends: dict[str, Mend] = {}
        self.used = prompt.used(draft.content)

    def draw(self) -> Drawn:
        by_place: dict[str, list[dict[str, Any]]] = {}
        for problem in self.found.problems if self.found else ():
            by_place.setdefault(str(problem.where), []).append(self._problem(problem))
        items = [self._item(place, by_place) for place in range(len(self.draft.media))]
        items += [uploading(item_id, upload) for item_id, upload in self.scene.uploads]
        items += [not_arrived(lost) for lost in self.scene.lost]
        params = parameters(self.draft, self.model, self.language)
        for param in params:
            param["problems"] = by_place.pop(param["name"], [])
        content = self.draft.content
        view: dict[str, Any] = {
            "language": self.language,
            "languages": [{"id": tag, "name": name} for tag, name in words.LANGUAGES.items()],
            "words": _words.ui_words(self.language),
            "provider": {
                "id": self.draft.provider,
                "name": self.name,
                "is_sandbox": self.scene.is_sandbox,
            },
            "providers": [{"id": one, "name": _provider_name(one, self.language)} for one in catalog.providers()],
            "items": items,
            "missing": [mention.text for mention in prompt.missing(content)],
            "params": params,
            "mode": {"id": content.mode, "words": mode_words(content, self.language)},
            "counts": self._counts(),
            "problems": [problem for problems in by_place.values() for problem in problems],
            "price": self._price(),
            "quotes": None if self.scene.quotes is None else [dict(row) for row in self.scene.quotes],
            "budget": self._budget(),
            "submit": self._submit(),
            "sent": None if self.scene.sent is None else dict(self.scene.sent),
            "palette": palette.palette(self.language),
            "templates": palette.templates(self.language),
            "history": {"undo": self.scene.can_undo, "redo": self.scene.can_redo},
            "announce": self.scene.announce,
        }
        return Drawn(view, self.mends)

    # -- items --

    def _item(self, place: int, by_place: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        mark, item = self.draft.pairs[place]
        kind, number = self.draft.number(place)
        known = self.found.looks.get(mark.id) if self.found else None
        look = known or Look()
        loading = known is None and item.source.is_local
        return {
            "id": mark.id,
            "kind": kind,
            "ordinal": roles.ordinal(self.draft, place, self.language),
            "reference": prompt.reference(kind, number, self.language),
            "name": mark.name,
            "source": "kept" if mark.is_kept else item.source.kind,
            "role": self.draft.content.role_of(item),
            "roles": [self._role(place, role) for role in item.roles],
            "state": "loading" if loading else "failed" if look.error else "ready",
            "progress": 1.0,
            "error": shown(_named(look.error, mark, item)),
            "facts": facts_of(item, look, self.language),
            "has_thumb": has_preview(look.facts),
            "thumb_rev": look.rev,
            "used_in_prompt": (kind, number) in self.used,
            "problems": by_place.pop(f"{kind} {number}", []),
        }

    def _role(self, place: int, role: Role) -> dict[str, Any]:
        label = phrase(f"role.{role}", self.language)
        if role == self.draft.content.role_of(self.draft.media[place]):
            return {"value": role, "label": label, "possible": True, "reason": ""}
        picked = roles.choice(self.draft, place, role, self.model, self.language)
        return {"value": role, "label": label, "possible": picked.is_possible, "reason": picked.reason}

    # -- problems --

    def _problem(self, problem: Problem) -> dict[str, Any]:
        offered = mend(problem, self.draft, self.language)
        if offered is not None:
            self.mends[offered.id] = offered
        return {
            "code": problem.code,
            "where": str(problem.where),
            "severity": problem.severity,
            "what": self._said(problem.what),
            "why": self._said(problem.why),
            "fix": self._said(problem.fix),
            "mend": {"id": offered.id, "label": shown(offered.label, most=120)} if offered else None,
        }

    def _said(self, text: str) -> str:
        said = text.said(self.language) if isinstance(text, words.Said) else text
        for mark, item in self.draft.pairs:
            said = _named(said, mark, item)
        return shown(said)

    # -- prompt --

    def _counts(self) -> dict[str, Any]:
        text, advice = self.draft.prompt, self.facts.prompt
        chinese, english = len(_CHINESE.findall(text)), len(_WORD.findall(text))
        said = [words.plural("{count} word", "{count} words", english, language=self.language)]
        if chinese:
            said.insert(
                0,
                words.plural(
                    "{count} Chinese character", "{count} Chinese characters", chinese, language=self.language
                ),
            )
        limit = phrase(
            "counts.limit",
            self.language,
            chinese=words.number(advice.chinese_characters, self.language),
            words=words.number(advice.english_words, self.language),
        )
        return {
            "characters": chinese,
            "words": english,
            "text": " · ".join(said),
            "limit_text": limit,
            "over": chinese > advice.chinese_characters or english > advice.english_words,
        }

    # -- money --

    def _price(self) -> dict[str, Any]:
        quote = self.found.quote if self.found else None
        if quote is None:
            checking = self.found is None
            text = phrase("price.checking" if checking else "price.unknown", self.language)
            note = "" if self.found is None else shown(self.found.unpriced)
            return {"text": text, "sum": "", "basis": "", "exact": False, "tokens": None, "note": note}
        text = quote_text(quote, self.language)
        return {
            "text": phrase("price.sandbox", self.language, price=text) if self.scene.is_sandbox else text,
            "sum": words.calculation(quote.sum, self.language),
            "basis": self._said(quote.basis),
            "exact": quote.is_exact,
            "tokens": quote.tokens_high if quote.price.unit == "tokens" else None,
            "note": phrase("price.nothing_billed", self.language)
            if self.scene.is_sandbox
            else self._said(quote.caveat),
        }

    def _budget(self) -> list[dict[str, Any]] | None:
        if self.scene.budgets is None:
            return None
        made = []
        for budget in self.scene.budgets:
            left = phrase("budget.left", self.language, left=_amount(budget, self.language))
            made.append({"text": shown(budget.text, most=80), "left_text": left, "over": self._is_over(budget)})
        return made

    def _is_over(self, budget: BudgetLeft) -> bool:
        quote = self.found.quote if self.found else None
        if budget.unit == "seconds":
            return _longest(self.draft) > budget.left
        if quote is None:
            return False
        if budget.unit == "tokens":
            return quote.tokens_high > budget.left
        return budget.unit == quote.high.currency and quote.high.amount > budget.left

    # -- submit --

    def _submit(self) -> dict[str, Any]:
        reason = self._reason()
        return {
            "label": submit_label(self.found, self.name, self.scene.is_sandbox, self.language),
            "enabled": not reason,
            "reason": reason,
            "busy": self.scene.busy,
        }

    def _reason(self) -> str:
        if self.scene.busy:
            return phrase("submit.busy", self.language)
        if not self.scene.can_submit:
            return phrase("submit.nowhere", self.language)
        if self.draft.provider != self.scene.home:
            here = _provider_name(self.scene.home, self.language)
            return phrase("submit.elsewhere", self.language, here=here, there=self.name)
        if self.found is None:
            return phrase("submit.checking", self.language)
        if self.found.errors:
            return self._said(self.found.errors[0].what)
        if self.scene.uploads:
            return phrase("submit.uploading", self.language)
        over = next((budget for budget in self.scene.budgets or () if self._is_over(budget)), None)
        if over is not None:
            return phrase("submit.over_budget", self.language, budget=shown(over.text, most=80))
        return phrase("submit.just_now", self.language) if self.scene.just_submitted else ""


def _provider_name(provider: str, language: str) -> str:
    return words.Word(catalog.provider(provider).name, "provider").said(language)


def _named(text: str, mark: Mark, item: Media) -> str:
    """An uploaded file is spoken of by the name that a person gave it, not by the one that it is kept under."""
    label = item.source.label
    return text.replace(label, mark.name) if item.source.kind == "file" and label and mark.name != label else text


def submit_label(found: Findings | None, name: str, is_sandbox: bool, language: str) -> str:
    """What the button says: the price and where it is paid."""
    quote = found.quote if found is not None else None
    price = quote_text(quote, language) if quote is not None else ""
    if is_sandbox:
        return phrase("submit.sandbox" if price else "submit.sandbox_unpriced", language, price=price)
    return phrase("submit.at" if price else "submit.unpriced", language, price=price, provider=name)


def quote_text(quote: Quote, language: str) -> str:
    """An amount, or from where to where."""
    return words.quoted(quote).said(language)


def mode_words(content: Content, language: str) -> str:
    """The mode as people say it: `reference: 3 images, 1 video`."""
    if content.mode != "reference":
        return phrase(f"mode.{content.mode}", language)
    counted = [(kind, len(content.of_kind(kind))) for kind in _KINDS]
    said = [
        phrase(f"kind.{kind}" if count == 1 else f"kind.{kind}s", language, n=count) for kind, count in counted if count
    ]
    return phrase("mode.reference_of", language, items=listed(said, language))


def _longest(draft: Draft) -> int:
    try:
        return catalog.longest(draft.request, draft.provider)
    except UnknownModelError:
        return 0


def _amount(budget: BudgetLeft, language: str) -> str:
    if budget.unit in {"tokens", "seconds"}:
        return phrase(f"budget.{budget.unit}", language, n=words.number(budget.left, language))
    amount = Money(Decimal(budget.left), budget.unit)
    return words.money(amount, language)
