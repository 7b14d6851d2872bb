"""Which language a text is in: by its script, and by its share of function words.

The words of a language that carry grammar rather than meaning (articles, prepositions, pronouns) are few and
make up a third or more of its prose, whatever it is about. A text is in another language when another one's
words are clearly more frequent; a text with hardly any of any language (tables, code) is not judged here.

Languages that are not listed are taken for a near one (Catalan for Spanish): dropped all the same, where only
English is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from orchard.errors import DataError, Finding, did_you_mean

_WORDS = {
    "en": "the of and to is that for it with as was be this are on not by from at which have or an they you",
    "de": "der die und das ist nicht den von mit dem des ein eine auf für sich auch als werden wird oder",
    "fr": "le la les des et est un une dans que pour qui pas sur du au par avec plus ce sont il ou cette",
    "es": "el la los las de que y en un una para por con es se del no al como más su está este son lo puede",
    "it": "il di che la per non una sono con del della è un le gli dei alla nel si come più questo anche",
    "pt": "o os as de que e em um uma para com não do da no na por se como mais é são ao pode este você",
    "nl": "de het een van en is dat niet op te zijn met voor die aan er ook worden als wordt bij kan naar",
    "sv": "och att det som en är av för på den med ett till inte kan om har de från eller du detta när",
    "da": "og at det som en er af for på den med et til ikke kan om har de fra eller du dette når der",
    "nb": "og at det som en er av for på den med et til ikke kan om har de fra eller du dette når på",
    "pl": "i w na z do się nie jest to że o jak za od po przez dla lub który można oraz są jako być tego",
    "cs": "a v na se je že s z do k o pro za jako by ale nebo který které pokud jsou není být také může",
    "fi": "ja on ei se että tai kun mutta ovat joka myös voi olla sen jos niin tämä kuin ole kanssa mukaan",
    "hu": "a az és hogy nem is egy ez ha vagy van meg mint de csak már még kell lehet amely ezt azt",
    "ro": "și de la în este cu pe nu care pentru o un să din mai se sau ca fi sunt dacă prin poate această",
    "tr": "ve bir bu için ile da de olarak daha olan gibi ya ne en çok veya ise var bunu kadar sonra",
    "id": "yang dan di untuk dengan dari pada ini tidak adalah akan dalam ke atau dapat itu anda oleh juga",
    "vi": "và của là các có được cho trong không một để với này từ những đã thể khi bạn nó trên hoặc",
    "ru": "и в не на что с по для как это из от к или но если может вы его при также все быть",
    "uk": "і в не на що з до для як це та від або але якщо може ви його при також все бути є у",
    "el": "και το να της του η με για από που είναι την σε οι τα στο δεν ένα μπορεί αυτό ή αν",
}  # fmt: skip
_SETS = {name: frozenset(words.split()) for name, words in _WORDS.items()}
_SCRIPTS = {
    "Han": re.compile("[\u3400-\u9fff\uf900-\ufaff]"),
    "Kana": re.compile("[\u3040-\u30ff]"),
    "Hangul": re.compile("[\uac00-\ud7af\u1100-\u11ff]"),
    "Cyrillic": re.compile("[\u0400-\u04ff]"),
    "Greek": re.compile("[\u0370-\u03ff]"),
    "Arabic": re.compile("[\u0600-\u06ff]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"),
    "Devanagari": re.compile("[\u0900-\u097f]"),
    "Thai": re.compile("[\u0e00-\u0e7f]"),
}
# Languages that their script tells apart from the others.
_BY_SCRIPT = {
    "Han": "zh",
    "Kana": "ja",
    "Hangul": "ko",
    "Arabic": "ar",
    "Hebrew": "he",
    "Devanagari": "hi",
    "Thai": "th",
}
_LETTER_WORD = re.compile(r"[^\W\d_]+")

LANGUAGES = tuple(sorted({*_SETS, *_BY_SCRIPT.values()}))
# Share of function words below which nothing is said about a language; lead of the most likely one.
_LEAST, _LEAD = 0.08, 1.2
# Share of letters in a script from which it is the text's; signs looked at from each of three places.
_SCRIPT_SHARE, _SAMPLE = 0.25, 6_000


def check_languages(wanted: Iterable[str]) -> None:
    """Refuse languages that are not told apart here.

    Raises
    ------
    DataError
        O813, for each of them
    """
    known = ", ".join(LANGUAGES)
    wrong = [each for each in wanted if each not in LANGUAGES]
    if wrong:
        found = "a language that is not told apart"
        raise DataError(
            Finding("O813", "", each, found, f"one of {known}", did_you_mean(each, LANGUAGES))
            for each in wrong
        )


def language(text: str) -> str:
    """The language of a text as ISO 639-1 code; empty where it shows none.

    >>> language("It is not the strongest of the species that survives, but the one that is adaptable.")
    'en'
    >>> language("Es ist nicht die stärkste Art, die überlebt, und auch nicht die mit dem Verstand.")
    'de'
    >>> language("0x00 0x01 0x02"), language("吾輩は猫である。名前はまだ無い。")
    ('', 'ja')
    """
    sample = _sample(text)
    script = _script(sample)
    if script in _BY_SCRIPT:
        return _BY_SCRIPT[script]
    shares = _shares(sample, script)
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _LEAST else ""


def foreign(text: str, wanted: Iterable[str]) -> str:
    """The language of a text that is clearly in none of the wanted ones; empty where it may be in one."""
    sample = _sample(text)
    script = _script(sample)
    mine = set(wanted)
    if script in _BY_SCRIPT:
        found = _BY_SCRIPT[script]
        return "" if found in mine or (script == "Han" and "ja" in mine) else found
    shares = _shares(sample, script)
    best = max(shares, key=lambda name: shares[name])
    own = max((shares.get(name, 0.0) for name in mine), default=0.0)
    return best if best not in mine and shares[best] >= max(_LEAST, _LEAD * own) else ""


def _shares(sample: str, script: str) -> dict[str, float]:
    """Share of each language's function words; 0 of one of which fewer than three different ones occur.

    Single Latin letters are left out: they are names in code and in formulas.
    """
    words = Counter(_LETTER_WORD.findall(sample.lower()))
    total = max(1, sum(words.values()))
    shares = {}
    for name, known in _SETS.items():
        found = {word: words[word] for word in known if words[word] and (len(word) > 1 or not word.isascii())}
        shares[name] = sum(found.values()) / total if _may_be(name, script) and len(found) >= 3 else 0.0
    return shares


def _may_be(name: str, script: str) -> bool:
    written = {"ru": "Cyrillic", "uk": "Cyrillic", "el": "Greek"}.get(name, "")
    return written == script


def _sample(text: str) -> str:
    """Text from the beginning, the middle and the end."""
    if len(text) <= 3 * _SAMPLE:
        return text
    middle = len(text) // 2
    return " ".join((text[:_SAMPLE], text[middle : middle + _SAMPLE], text[-_SAMPLE:]))


def _script(sample: str) -> str:
    """The script other than Latin that a text is in; empty for Latin."""
    if sample.isascii():
        return ""
    letters = max(1, sum(map(str.isalpha, sample)))
    counts = {name: len(pattern.findall(sample)) for name, pattern in _SCRIPTS.items()}
    if counts["Kana"] > 0.05 * letters:
        return "Kana"
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] > _SCRIPT_SHARE * letters else ""
