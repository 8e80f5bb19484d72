"""Words for the same group in several languages: material for proposals, never for merging."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["canonical", "key"]

_WORDS = {
    "Female": (
        "female women woman w fem femenino femenina mujer mujeres feminin féminin femme "
        "femmes weiblich frau frauen femmina femminile donna donne feminino mulher vrouw "
        "vrouwelijk kvinna kvinde kvinne kobieta žena zena nainen kadın kadin γυναίκα женский "
        "женщина ж жен жіноча 女 女性 女子 여 여성 여자 أنثى נקבה महिला"
    ),
    "Male": (
        "male man men masc masculino hombre hombres masculin homme hommes männlich maennlich "
        "mann männer herr maschio maschile uomo uomini homem mannelijk mand mężczyzna muž muz "
        "mies erkek άνδρας мужской мужчина м муж чоловіча 男 男性 男子 남 남성 남자 ذكر זכר पुरुष"
    ),
    "Non-binary": (
        "nonbinary enby nb genderqueer nichtbinär nichtbinaer divers nobinario nonbinaire "
        "nonbinario"
    ),
    "Black": ("black blk africanamerican blackorafricanamerican blackafricanamerican afroamerican"),
    "White": "white wht caucasian",
    "Hispanic": "hispanic hisp latino latina latinx hispaniclatino hispanicorlatino",
    "Asian": "asian",
    "Native American": (
        "nativeamerican americanindian amerindian americanindianoralaskanative "
        "amerindianeskimo aian"
    ),
}
# A letter means what the others beside it leave open: M is male beside F, woman beside H (mujer).
_LETTERS = {
    frozenset("fm"): {"f": "Female", "m": "Male"},
    frozenset("wm"): {"w": "Female", "m": "Male"},
    frozenset("fh"): {"f": "Female", "h": "Male"},
    frozenset("mh"): {"m": "Female", "h": "Male"},
    frozenset("vm"): {"v": "Female", "m": "Male"},
    frozenset("km"): {"k": "Female", "m": "Male"},
    frozenset("ke"): {"k": "Female", "e": "Male"},
    frozenset("nm"): {"n": "Female", "m": "Male"},
    frozenset("f"): {"f": "Female"},
    frozenset("h"): {"h": "Male"},
    frozenset("m"): {"m": "Male"},
}
_NEITHER = frozenset("xuod")  # unknown, other, divers
_M_WORDS = frozenset({"mujer", "mujeres", "mulher"})  # women that begin with M
_RACES = {"b": "Black", "w": "White", "h": "Hispanic", "a": "Asian"}
_OF = {word: name for name, words in _WORDS.items() for word in words.split() if len(word) > 1}
_OF |= {letter: name for name, words in _WORDS.items() for letter in words.split()
        if len(letter) == 1 and not letter.isascii()}  # fmt: skip


def key(text: str) -> str:
    """Return what is left of a word without case, spaces, marks and Unicode form.

    Examples
    --------
    >>> key(" Non-Binary "), key("F.")
    ('nonbinary', 'f')
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", plain)


def canonical(spellings: list[str]) -> dict[str, str]:
    """Return the group that each spelling of an attribute names, for those we know.

    Single letters are read together: ``M`` is left alone where the letters beside it fit no
    language that we know, or where words say otherwise.

    Examples
    --------
    >>> canonical(["F", "female", "Female ", "M", "man"]) == {
    ...     "F": "Female", "female": "Female", "Female ": "Female", "M": "Male", "man": "Male"}
    True
    >>> canonical(["M", "H", "mujer"])
    {'M': 'Female', 'H': 'Male', 'mujer': 'Female'}
    >>> canonical(["M", "T"])
    {}
    """
    keys = {text: key(text) for text in spellings}
    found = {text: _OF[word] for text, word in keys.items() if word in _OF}
    letters = {word for word in keys.values() if len(word) == 1 and word.isascii()}
    races = {"Black", "White", "Hispanic", "Asian", "Native American"} & set(found.values())
    sexes = {"Female", "Male"} & set(found.values())
    meaning: dict[str, str] = {}
    if races and not sexes:
        meaning = _RACES if letters <= set(_RACES) else {}
    elif not races and not (letters - _NEITHER == {"m"} and _M_WORDS.intersection(keys.values())):
        meaning = _LETTERS.get(frozenset(letters - _NEITHER), {})
    by_letter = {text: meaning[word] for text, word in keys.items() if word in meaning}
    return {text: name for text in spellings if (name := found.get(text, by_letter.get(text)))}
