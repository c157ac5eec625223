"""How alike two entries are, from 0 to 100, in named parts. Pure.

What counts is the name: its rare words more than its common ones (of the list itself: "Leipzig",
"Förderverein"), legal forms not at all, towns little. Address, phone, mail and site confirm or
contradict; what one side does not say does neither. Equal contact data without an equal name is no
duplicate: clubs share houses and offices.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from app.core.text import find_words, fold_umlauts
from app.directory.records import PlaceRecord, ProviderRecord

CANDIDATE_SCORE: Final = 68.0
"""From this score on two entries are put before an editor (measured: docs/measurements.md)."""

_BIG_HOST_NAMES: Final = (
    "gmail.com googlemail.com gmx.de gmx.net gmx.at web.de t-online.de yahoo.com yahoo.de hotmail.com "
    "hotmail.de outlook.com outlook.de live.de icloud.com aol.com freenet.de arcor.de posteo.de "
    "mailbox.org online.de facebook.com m.facebook.com de-de.facebook.com instagram.com twitter.com "
    "x.com youtube.com linktr.ee meetup.com google.com sites.google.com wordpress.com jimdo.com "
    "jimdofree.com wixsite.com blogspot.com blogspot.de beepworld.de npage.de de.wikipedia.org "
    "vk.com t.me wa.me"
)
_BIG_HOSTS: Final = frozenset(_BIG_HOST_NAMES.split())
"""Addresses there say nothing about who is meant."""
_LEGAL_FORM_WORDS: Final = (
    "ev e.v eg gem gemn gemeinnutzig gemeinnutzige ggmbh gmbh mbh ug haftungsbeschrankt ag kg kgaa "
    "gbr ohg eingetragener eingetragene iv vr"
)
_LEGAL_FORMS: Final = frozenset(_LEGAL_FORM_WORDS.split())
_FILLER_WORDS: Final = (
    "der die das des dem den und u fur in im am an auf zu zum zur von vom bei e v i g mit aus the of "
    "and for"
)
_FILLERS: Final = frozenset(_FILLER_WORDS.split())
_SHORT_FORMS: Final = {
    "volkshochschule": "vhs",
    "arbeiterwohlfahrt": "awo",
    "sportverein": "sv",
    "turnverein": "tv",
    "fussballclub": "fc",
    "fussballverein": "fv",
    "sportclub": "sc",
    "sportgemeinschaft": "sg",
    "turngemeinde": "tg",
    "kindertagesstaette": "kita",
    "kindertageseinrichtung": "kita",
    "sankt": "st",
}
_COMPANIONS: Final = frozenset(
    ("forderverein", "forderkreis", "forderer", "freunde", "freundeskreis", "stiftung", "verlag")
)
"""A body with such a word is named after another one, and is not it."""
_OTHER_BODY: Final = 45.0
"""The most that names can be alike which say that they mean two: no contact data makes them one."""
_SAME_NAME_SCORE: Final = 75.0
"""Two entries of one name are always worth a look, even if nothing else agrees."""
_DIGITS = re.compile(r"\d+")
_MIN_PHONE_DIGITS: Final = 6
_CLOSE_WORDS: Final = 85.0
"""Words that are at least this alike (of 100) are one word with a slip of the hand."""
_TOWN_WEIGHT: Final = 0.25
_NAME_SHARE: Final = 0.62
_WEIGHTS: Final = {"address": 1.0, "phone": 1.2, "email": 1.0, "website": 1.0}


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike two entries are."""

    score: float
    """0 to 100."""
    parts: dict[str, float]
    """``name``, ``address`` …, 0 to 100, as far as both say something."""


@dataclass(frozen=True, slots=True)
class Address:
    """A place as it is compared; empty texts are not known."""

    plz: str
    street: str
    number: str


@dataclass(frozen=True, slots=True)
class ProviderTraits:
    """A provider as it is compared."""

    name: str
    """Folded, as a whole."""
    words: tuple[str, ...]
    """Of the name, without legal forms, short forms for long ones, in order."""
    numbers: frozenset[str]
    towns: frozenset[str]
    addresses: frozenset[Address]
    phones: frozenset[str]
    mails: frozenset[str]
    sites: frozenset[tuple[str, str]]
    """Host and path."""


def provider_traits(record: ProviderRecord) -> ProviderTraits:
    """What of ``record`` is compared."""
    phones = [record.phone, *(person.phone for person in record.contacts)]
    mails = [record.email, *(person.email for person in record.contacts)]
    return build_traits(
        record.name,
        places=record.places,
        phones=phones,
        mails=mails,
        sites=[record.website],
    )


def build_traits(
    name: str,
    *,
    places: Iterable[PlaceRecord] = (),
    phones: Iterable[str | None] = (),
    mails: Iterable[str | None] = (),
    sites: Iterable[str | None] = (),
) -> ProviderTraits:
    """The traits of a provider from its single facts."""
    words = name_words(name)
    places = list(places)
    towns = {word for place in places for word in name_words(place.town or "")}
    addresses = (_address(place.plz, place.street, place.house_number) for place in places)
    return ProviderTraits(
        name=" ".join(words),
        words=words,
        numbers=name_numbers(name),
        towns=frozenset(towns),
        addresses=frozenset(filter(None, addresses)),
        phones=frozenset(filter(None, map(phone_digits, phones))),
        mails=frozenset(fold_umlauts(mail) for mail in mails if mail),
        sites=frozenset(filter(None, map(_site, sites))),
    )


@lru_cache(maxsize=50_000)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name that tell it from others, roughly folded, each once.

    When nothing else is left ("Die e.V."), all of its words.
    """
    everything = [fold_umlauts(word.folded).replace("'", "") for word in find_words(name)]
    telling = [word for word in everything if word not in _LEGAL_FORMS and word not in _FILLERS]
    return tuple(dict.fromkeys(_SHORT_FORMS.get(word, word) for word in telling or everything))


def name_numbers(name: str) -> frozenset[str]:
    """The numbers in a name, without leading zeros."""
    return frozenset(str(int(digits)) for digits in _DIGITS.findall(name)[:20] if len(digits) < 20)


def phone_digits(phone: str | None) -> str:
    """The digits of a phone number in Germany, country code and leading zero as one; empty: none."""
    digits = "".join(_DIGITS.findall((phone or "").replace("(0)", "")))
    digits = digits.removeprefix("00")
    digits = digits.removeprefix("49") if (phone or "").strip().startswith(("+", "00")) else digits
    digits = digits.lstrip("0")
    return digits if len(digits) >= _MIN_PHONE_DIGITS else ""


def word_weights(entries: Iterable[ProviderTraits]) -> Mapping[str, float]:
    """How much each word of the names tells: the rarer, the more. Words not in it weigh 1.

    From 0.1 (in every name) to 1.
    """
    names = list(entries)
    counts = Counter(word for one in names for word in one.words)
    whole = math.log(max(len(names), 2))
    weights = {}
    for word, count in counts.items():
        common = math.log(count) / whole if len(names) > 20 else 0.0
        weights[word] = max(0.1, 1.0 - common)
    return weights


def compare_providers(
    a: ProviderTraits,
    b: ProviderTraits,
    weights: Mapping[str, float],
    *,
    related: bool = False,
) -> Similarity:
    """How alike two providers are; ``related``: one is part of the other, or both of a third."""
    name = _name_score(a, b, weights)
    found = {
        "address": _best_address(a.addresses, b.addresses),
        "phone": _best_phone(a.phones, b.phones),
        "email": _best_mail(a.mails, b.mails),
        "website": _best_site(a.sites, b.sites),
    }
    known = {part: value for part, value in found.items() if value is not None}
    parts = {"name": round(name, 1), **{part: round(value, 1) for part, value in known.items()}}
    score = _total(name, known)
    if a.name == b.name:
        score = max(score, _SAME_NAME_SCORE)
    if related:
        score *= 0.8
    return Similarity(round(score, 1), parts)


def _total(name: float, known: Mapping[str, float]) -> float:
    if not known:
        return name * 0.9
    whole = sum(_WEIGHTS[part] for part in known)
    evidence = sum(_WEIGHTS[part] * value for part, value in known.items()) / whole
    # One thing that agrees says more than another that differs (a second phone, a new address).
    evidence = 0.5 * evidence + 0.5 * max(known.values())
    share = _NAME_SHARE if any(known.values()) else 0.75
    return share * name + (1 - share) * evidence


def _name_score(a: ProviderTraits, b: ProviderTraits, weights: Mapping[str, float]) -> float:
    """0 to 100: the share of the telling words that both have."""
    if a.name == b.name:
        return 100.0
    towns = a.towns | b.towns

    def weight(word: str) -> float:
        own = weights.get(word, 1.0)
        return min(own, _TOWN_WEIGHT) if word in towns else own

    left, right = list(a.words), list(b.words)
    common = 0.0
    for word in a.words:
        best, alike = _closest(word, right)
        if best is not None:
            left.remove(word)
            right.remove(best)
            common += alike * (weight(word) + weight(best))
    rest_left, rest_right = sum(map(weight, left)), sum(map(weight, right))
    if _is_short_for(left, right, a, b):
        common, rest_left, rest_right = common + rest_left + rest_right, 0.0, 0.0
    whole = sum(map(weight, a.words)) + sum(map(weight, b.words))
    score = 100.0 * common / whole if whole else 0.0
    joined = fuzz.ratio(a.name.replace(" ", ""), b.name.replace(" ", ""))
    if joined >= 92:  # "Blau Weiss" and "Blauweiss", letters that were swapped
        score = max(score, joined)
    if (a.numbers or b.numbers) and a.numbers != b.numbers:
        score = min(score, _OTHER_BODY)  # the 24th school is not the 42nd
    if _COMPANIONS & set(a.words) != _COMPANIONS & set(b.words):
        score = min(score, _OTHER_BODY)
    if rest_left and rest_right:  # each has a word of its own: Nord and Süd
        score *= 0.9
    return score


def _closest(word: str, others: list[str]) -> tuple[str | None, float]:
    """The word among ``others`` that is ``word``, perhaps mistyped, and how alike it is (0 to 1)."""
    if word in others:
        return word, 1.0
    if len(word) < 5 or word.isdigit():
        return None, 0.0
    best: str | None = None
    highest = 0.0
    for other in others:
        if abs(len(other) - len(word)) > 2 or other.isdigit():
            continue
        alike = fuzz.ratio(word, other)
        if alike >= _CLOSE_WORDS and alike > highest:
            best, highest = other, alike
    return best, highest / 100


def _is_short_for(left: list[str], right: list[str], a: ProviderTraits, b: ProviderTraits) -> bool:
    """Whether what is left over on one side are the initials of what is left on the other."""
    for short, long, whole in ((left, right, b), (right, left, a)):
        if len(short) == 1 and len(long) > 1 and len(short[0]) == len(long):
            initials = "".join(word[0] for word in whole.words if word in long)
            if initials == short[0]:
                return True
    return False


def _address(plz: str | None, street: str | None, number: str | None) -> Address | None:
    folded = fold_umlauts(street or "").replace(" ", "").replace("-", "")
    folded = re.sub(r"(strasse|str\.?)$", "str", folded)
    if not plz and not folded:
        return None
    return Address(plz or "", folded, fold_umlauts(number or "").replace(" ", ""))


def _best_address(left: frozenset[Address], right: frozenset[Address]) -> float | None:
    scores = [_compare_addresses(a, b) for a in left for b in right if a.street and b.street]
    return max(scores, default=None)


def _compare_addresses(a: Address, b: Address) -> float:
    if a.plz and b.plz and a.plz != b.plz:
        return 0.0
    if a.street != b.street and fuzz.ratio(a.street, b.street) < 90:
        return 20.0 if a.plz and a.plz == b.plz else 0.0
    if a.number and b.number:
        same = _DIGITS.findall(a.number)[:1] == _DIGITS.findall(b.number)[:1]
        return 100.0 if a.number == b.number else 85.0 if same else 40.0
    return 80.0


def _best_phone(left: frozenset[str], right: frozenset[str]) -> float | None:
    return max((_compare_phones(a, b) for a in left for b in right), default=None)


def _compare_phones(a: str, b: str) -> float:
    if a == b:
        return 100.0
    short, long = sorted((a, b), key=len)
    # The same line with another extension: 351 2345-0 and 351 2345-17.
    stem = short.removesuffix("0")
    return 70.0 if len(stem) >= 7 and long.startswith(stem) and len(long) - len(short) <= 3 else 0.0


def _best_mail(left: frozenset[str], right: frozenset[str]) -> float | None:
    scores = []
    for a in left:
        for b in right:
            domain, other = a.rpartition("@")[2], b.rpartition("@")[2]
            if a == b:
                scores.append(100.0)
            elif domain == other:
                scores.append(0.0 if domain in _BIG_HOSTS else 60.0)
            else:
                scores.append(0.0)
    return max(scores, default=None)


def _best_site(left: frozenset[tuple[str, str]], right: frozenset[tuple[str, str]]) -> float | None:
    scores = []
    for host, path in left:
        for other, other_path in right:
            if host != other:
                scores.append(0.0)
            elif path == other_path:
                scores.append(100.0)
            elif host in _BIG_HOSTS:
                scores.append(0.0)
            else:  # pages of the same house: of the organisation and of its branch
                scores.append(70.0 if not path or not other_path else 50.0)
    return max(scores, default=None)


def _site(address: str | None) -> tuple[str, str] | None:
    try:
        parts = urlsplit(address or "")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    path = re.sub(r"/(index\.\w+)?$", "", parts.path)
    page = f"{path}?{parts.query}" if parts.query else path
    # On a big host the page is the name; a bare one names nobody.
    return (host, page) if host and (page or host not in _BIG_HOSTS) else None


@dataclass(frozen=True, slots=True)
class OfferTraits:
    """An offer as it is compared with others of its provider. Empty: not known."""

    words: tuple[str, ...]
    numbers: frozenset[str]
    kind: str
    course_kind: str | None
    levels: tuple[str | None, str | None]
    starts_on: str
    times: frozenset[tuple[int, int, int]]
    """Weekday, from and to as minutes since midnight."""
    places: frozenset[str]


def compare_offers(a: OfferTraits, b: OfferTraits) -> Similarity:
    """How alike two offers of one provider are.

    Another kind, level, start or number in the title makes another offer: two courses, not one twice.
    """
    title = _title_score(a.words, b.words)
    parts = {"title": round(title, 1)}
    score = title
    for name, left, right in (("times", a.times, b.times), ("places", a.places, b.places)):
        if left and right:
            share = 100.0 * len(left & right) / len(left | right)
            parts[name] = round(share, 1)
            score = 0.8 * score + 0.2 * share
    kinds = (a.kind, b.kind), (a.course_kind, b.course_kind)
    facts = [*kinds, *zip(a.levels, b.levels, strict=True), (a.starts_on, b.starts_on)]
    contradict = any(one and other and one != other for one, other in facts)
    if a.kind != b.kind or a.numbers != b.numbers or contradict:
        score = min(score, 50.0)
    return Similarity(round(score, 1), parts)


def _title_score(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    if set(left) == set(right):
        return 100.0
    rest = list(right)
    common = 0.0
    for word in left:
        best, alike = _closest(word, rest)
        if best is not None:
            rest.remove(best)
            common += alike
    return 200.0 * common / (len(left) + len(right)) if left or right else 0.0
