"""What the values of a column say: which are good for the person, and whom they tell apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping

__all__ = ["favourable", "is_yes_no", "told_by_values", "unlike"]


def _of(text: str) -> frozenset[str]:
    return frozenset(text.split(", "))


_YES = _of("yes, y, true, t, 1, 1.0, ja, oui, si, sí, sim, sì, tak, да, 是")
_NO = _of("no, n, false, f, 0, 0.0, -1, nein, non, não, nao, nie, нет, 否, nee")
_GOOD = _of(
    "good, pass, passed, hired, hire, accepted, accept, admitted, admit, approved, approve, "
    "promoted, selected, granted, employed, paid, fully paid, repaid, current, offer, offered, "
    "invited, interview, success, successful, positive, favourable, favorable, eligible, "
    "survived, graduated, enrolled, shortlisted, callback, called back, recommended, >50k, "
    ">50k., > 50k, 50000+., >50000, eingestellt, angenommen, zusage, bestanden, embauché, "
    "embauchée, accepté, admis, contratado, aprobado, aprovado, admitido, aceptado, aceito, "
    "assunto, ammesso, accettato, aangenomen, toegelaten"
)
_POOR = _of(
    "bad, fail, failed, rejected, reject, denied, deny, refused, declined, decline, default, "
    "defaulted, charged off, unemployed, negative, unfavourable, unfavorable, dropout, "
    "withdrawn, died, ineligible, <=50k, <=50k., <50k, not hired, not promoted, not admitted, "
    "not selected, not approved, not employed, abgelehnt, absage, nicht bestanden, refusé, "
    "refusée, rechazado, rejeitado, reprovado, respinto, afgewezen"
)

_FEMALE = _of(
    "f, female, woman, women, w, girl, weiblich, frau, femme, féminin, mujer, femenino, mulher, "
    "feminino, donna, femmina, femminile, vrouw, vrouwelijk, kvinna, kvinne, kvinde, nainen, "
    "kobieta, žena, kadın, 女, 女性, 여성, женский, أنثى"
)
_MALE = _of(
    "m, male, man, men, h, boy, männlich, maennlich, mann, homme, masculin, hombre, masculino, "
    "homem, uomo, maschio, maschile, mannelijk, mies, mężczyzna, muž, erkek, 男, 男性, 남성, "
    "мужской, ذكر"
)
_RACES = _of(
    "white, black, asian, hispanic, latino, latina, latinx, caucasian, african-american, "
    "african american, native american, american indian, alaska native, pacific islander, "
    "amer-indian-eskimo, asian-pac-islander, mixed, two or more races, indigenous, aboriginal, "
    "maori, roma, branca, preta, parda, amarela, indígena, coloured, indian"
)
_MARRIED = _of(
    "married, single, divorced, widowed, separated, never-married, never married, cohabiting, "
    "verheiratet, ledig, geschieden, verwitwet, marié, mariée, célibataire, divorcé, casado, "
    "casada, soltero, soltera, solteiro, solteira, gehuwd, gescheiden, coniugato, celibe, nubile"
)
_FAITHS = _of(
    "christian, catholic, protestant, muslim, jewish, hindu, buddhist, sikh, orthodox, atheist, "
    "katholisch, evangelisch, muslimisch, islam, christianity, hinduism, buddhism, judaism"
)
_TOLD: Mapping[str, tuple[frozenset[str], int]] = {
    "race": (_RACES, 2),
    "marital status": (_MARRIED, 2),
    "religion": (_FAITHS, 2),
}


def _plain(value: str) -> str:
    return " ".join(value.strip().casefold().split())


def told_by_values(values: Collection[str]) -> str | None:
    """Return the protected attribute that most of the values are words for, or None.

    Examples
    --------
    >>> told_by_values(["F", "M", "x"]), told_by_values(["Black", "White"]), told_by_values("ab")
    ('sex', 'race', None)
    """
    seen = {_plain(value) for value in values}
    if not 2 <= len(seen) <= 40:
        return None
    if seen & _FEMALE and seen & _MALE and len(seen - _FEMALE - _MALE) <= 4:
        return "sex"
    for attribute, (known, least) in _TOLD.items():
        hits = seen & known
        if len(hits) >= least and 2 * len(hits) >= len(seen):
            return attribute
    return None


def unlike(values: Collection[str]) -> dict[str, str]:
    """Return other words for one sex → the one that stands first, where a column mixes them.

    Examples
    --------
    >>> unlike(["Female", "Male", "f", "M", "unknown"])
    {'f': 'Female', 'M': 'Male'}
    >>> unlike(["Female", "Male"])
    {}
    """
    mapping: dict[str, str] = {}
    for known in (_FEMALE, _MALE):
        same = [value for value in values if _plain(value) in known]
        mapping |= {value: name for name in same[:1] for value in same[1:]}
    return mapping


def is_yes_no(values: Collection[str]) -> bool:
    """Whether two values are a plain yes and no.

    Examples
    --------
    >>> is_yes_no(["TRUE", "FALSE"]), is_yes_no(["good", "bad"])
    (True, False)
    """
    seen = {_plain(value) for value in values}
    return len(seen) == 2 and len(seen & _YES) == 1 and len(seen & _NO) == 1


def favourable(values: Collection[str]) -> tuple[str, str] | None:
    """Return the value that is the event, with the reason, or None where none stands out.

    Examples
    --------
    >>> favourable(["no", "yes"])[0], favourable(["bad", "good"])[0], favourable(["-1", "1"])[0]
    ('yes', 'good', '1')
    >>> favourable(["Charged Off", "Current", "Late"])[0], favourable(["A", "B"])
    ('Current', None)
    """
    for words, why in ((_YES, "it says yes"), (_GOOD, "the favourable one, by its name")):
        hits = [value for value in values if _plain(value) in words]
        if len(hits) == 1:
            return hits[0], why
    rest = [value for value in values if _plain(value) not in _NO | _POOR]
    if len(rest) == 1 and len(values) > 1:
        return rest[0], "the others say no, or are unfavourable by their names"
    return None
