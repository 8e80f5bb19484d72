"""What a column's name says: whom it tells apart, or what it is in the table.

A name is compared word by word: lower case, without accents, cut at capitals, digits kept
(``NativeCountry`` is ``native country``). Words of several languages; only what is seldom anything
else is taken wherever it stands in a name, the rest only where it is the whole name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = [
    "ATTRIBUTES",
    "COUNTS",
    "DECISIONS",
    "HARMS",
    "IDS",
    "LABELS",
    "STAGES",
    "STRATA",
    "WEIGHTS",
    "Words",
    "words_of",
]

_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name.

    Examples
    --------
    >>> words_of("NativeCountry"), words_of("Geschlecht (m/w)"), words_of("year_of_birth")
    (('native', 'country'), ('geschlecht', 'm', 'w'), ('year', 'of', 'birth'))
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    plain = unicodedata.normalize("NFKD", spaced.casefold().translate(_LETTERS))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return tuple(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", kept)))


@dataclass(frozen=True)
class Words:
    """Names for one thing.

    Attributes
    ----------
    whole : frozenset of str
        Names that mean it where they are the whole name.
    inside : frozenset of str
        Names that mean it wherever they stand in a name.
    unless : frozenset of str
        Words beside which they mean something else.
    """

    whole: frozenset[str]
    inside: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()

    @classmethod
    def of(cls, whole: str = "", inside: str = "", unless: str = "") -> Words:
        """Read names that are separated by commas."""
        return cls(*(frozenset(_names(text)) for text in (whole, inside, unless)))

    def match(self, words: tuple[str, ...]) -> str | None:
        """Return ``"whole"`` or ``"inside"``, or None where the name does not mean it.

        Examples
        --------
        >>> sex = ATTRIBUTES["sex"]
        >>> sex.match(("gender",)), sex.match(("applicant", "gender")), sex.match(("race",))
        ('whole', 'inside', None)
        """
        joined = " ".join(words)
        if joined in self.whole or joined in self.inside or joined.replace(" ", "") in self.whole:
            return "whole"
        if self.unless.intersection(words):
            return None
        padded = f" {joined} "
        return "inside" if any(f" {name} " in padded for name in self.inside) else None


def _names(text: str) -> Iterable[str]:
    return (" ".join(words_of(part)) for part in text.split(",") if part.strip())


ATTRIBUTES: Mapping[str, Words] = {
    "sex": Words.of(
        "m/f, f/m, m/w, w/m, male, female, is male, is female, man, woman, kon, kjonn, pol, nem, "
        "genero, genre, civilite, sexe, sexo, sesso, 성별, 性别, 性別, пол, стать, الجنس",
        "sex, gender, geschlecht, sexe, sexo, genero, sesso, geslacht, kjonn, sukupuoli, plec, "
        "pohlavi, cinsiyet, gender identity",
        "offender, offence, offense, crime, orientation, education, same, ratio",
    ),
    "race": Words.of(
        "black, white, hispan, hispanic, latino, latina, asian, indigenous, maori, roma, origin, "
        "raca, raza, rasse, race, rasa, herkunft, hautfarbe, abstammung, origine, origen, etnia, "
        "minority, 人种, 民族, 人種, 인종, раса",
        "race, ethnicity, ethnic, ethnie, ethnizitat, etnicidad, etnicita, etnicidade, "
        "ethnizitaet, etniciteit, etnisk, racial, raca cor, cor raca, skin color, skin colour, "
        "tribe, caste, "
        "hautfarbe, origine etnica, origen etnico, ethnische herkunft, visible minority",
        "time, condition, lap, horse",
    ),
    "age": Words.of(
        "alter, edad, idade, eta, age, leeftijd, alder, ika, wiek, vek, yas, kor, ans, "
        "dob, yob, 年龄, 年齢, 나이, возраст, вік, العمر",
        "age, altersgruppe, birth year, year of birth, birthyear, date of birth, birth date, "
        "birthdate, geburtsjahr, geburtsdatum, annee de naissance, date de naissance, "
        "fecha de nacimiento, data de nascimento, data di nascita, geboortedatum, geboortejaar, "
        "edad, idade, leeftijd, tranche d age",
        "vehicle, car, account, house, home, building, loan, company, firm, credit, property, "
        "tenure, average, mean, median",
    ),
    "nationality": Words.of(
        "citizen, foreign, foreigner, immigrant, migrant, migrationshintergrund, native, "
        "native country, origin country, 国籍, 國籍, 국적, гражданство, الجنسية",
        "nationality, citizenship, native country, country of birth, birth country, "
        "country of origin, place of birth, birthplace, foreign worker, foreign born, immigrant, "
        "immigration status, migrant, nationalitat, nationalitaet, staatsangehorigkeit, "
        "staatsangehoerigkeit, geburtsland, nationalite, "
        "pays de naissance, nacionalidad, pais de nacimiento, nacionalidade, naturalidade, "
        "nazionalita, cittadinanza, nationaliteit, herkomst, geboorteland, nationalitet, "
        "medborgarskap, kansalaisuus, narodowosc, obywatelstwo, statni prislusnost, uyruk",
        "us, exchange",
    ),
    "disability": Words.of(
        "handicap, deficiencia, 残疾, 障害, 장애, инвалидность",
        "disability, disabled, handicap, handicapped, impairment, behinderung, schwerbehindert, "
        "behindert, grad der behinderung, discapacidad, discapacitado, deficiencia, pcd, "
        "invalidite, invalidita, disabilita, beperking, funksjonsnedsettelse, "
        "funktionsnedsattning, vammaisuus, niepelnosprawnosc, engelli",
        "insurance, income, payment",
    ),
    "religion": Words.of(
        "faith, belief, creed, church, 宗教, 종교, религия",
        "religion, religious, konfession, religionszugehorigkeit, denomination, religione, "
        "godsdienst, uskonto, wyznanie, nabozenstvi, din",
        "",
    ),
    "marital status": Words.of(
        "married, single, spouse, 婚姻, 결혼, семейное положение",
        "marital, marital status, marriage, married, civil status, civil state, personal status, "
        "family status, relationship status, familienstand, zivilstand, etat civil, "
        "situation familiale, situation matrimoniale, estado civil, stato civile, "
        "burgerlijke staat, sivilstand, civilstand, siviilisaaty, stan cywilny, medeni hal",
        "",
    ),
    "sexual orientation": Words.of(
        "lgbt, lgbtq, lgbtqi",
        "sexual orientation, sexuality, sexuelle orientierung, orientation sexuelle, "
        "orientacion sexual, orientacao sexual, orientamento sessuale",
    ),
    "pregnancy or parenthood": Words.of(
        "pregnant, mother, father, parent",
        "pregnant, pregnancy, maternity, paternity, parental leave, schwanger, schwangerschaft, "
        "enceinte, embarazada, gravida, has children, number of children",
    ),
    "military service": Words.of("", "veteran, veteran status, military status, military service"),
    "language": Words.of(
        "lang, language, muttersprache, langue, idioma, lingua, taal",
        "native language, mother tongue, first language, home language, language at home, "
        "muttersprache, langue maternelle, lengua materna, lingua materna, moedertaal",
        "programming, skills, level",
    ),
    "social class": Words.of(
        "caste, pclass",
        "social class, passenger class, socioeconomic, socio economic, ses, caste",
    ),
}
"""Protected attributes and what they are called, those that most laws name first."""

LABELS = Words.of(
    "y, target, label, class, outcome, result, decision, status, response, income, employment, "
    "ergebnis, entscheidung, resultat, resultado, esito, besluit, uitkomst, resultaat, decisao, "
    "decizione, zusage, umgang, beslut",
    "hired, hire, hiring, admit, admitted, admission, approve, approved, approval, accept, "
    "accepted, grant, granted, promote, promoted, promotion, selected, shortlisted, callback, "
    "offer, offered, invited, passed, survived, employed, repaid, graduated, eligible, "
    "recommended, "
    "pass, pass bar, decision, outcome, good bad, credit risk, "
    "eingestellt, einstellung, angenommen, zugesagt, "
    "embauche, recrute, admis, contratado, admitido, aprobado, aprovado, seleccionado, "
    "selecionado, assunto, ammesso, accettato, aangenomen, toegelaten, anstalld, ansatt",
    "date, on, time, year, letter, holes, id, number, sent, count",
)
HARMS = Words.of(
    "bad, fraud, churn",
    "reject, rejected, rejection, deny, denied, denial, decline, declined, default, defaulted, "
    "delinquent, recid, recidivism, recidivist, rearrest, rearrested, arrested, fired, dismissed, "
    "terminated, termination, layoff, laid off, attrition, dropout, dropped out, died, death, "
    "readmitted, fraud, convicted, detained, abgelehnt, absage, gekundigt, refuse, refusee, "
    "licencie, rechazado, despedido, rejeitado, reprovado, demitido, respinto, licenziato, "
    "afgewezen, ontslagen, avslag",
    "date, on, time, count, id, number, prior, priors, history",
)
DECISIONS = Words.of(
    "prediction, predicted, y pred, y hat, yhat, pred, score, probability, proba, prob, risk score",
    "model score, model decision, predicted probability, prediction, decile score",
)
STRATA = Words.of(
    "dept, department, division, team, unit, company, employer, organisation, organization, site, "
    "branch, office, plant, factory, store, faculty, school, major, program, programme, job, "
    "job title, job group, position, role, vacancy, requisition, abteilung, standort, filiale, "
    "bereich, stelle, departement, service, etablissement, poste, departamento, sucursal, puesto, "
    "filial, vaga, cargo, reparto, sede, posizione, afdeling, vestiging, functie, avdelning, "
    "avdeling, 部门, 部門",
    "department, dept, business unit, job title, job role, job group, job family, cost center, "
    "work site",
    "id, size, count",
)
STAGES = Words.of(
    "stage, step, phase, stufe, etape, etapa, fase",
    "furthest stage, current stage, last stage, pipeline stage, application stage, "
    "recruitment stage, hiring stage",
)
IDS = Words.of("", "id, uuid, guid, ssn, email, e mail, phone, telephone, url, surname, full name")
WEIGHTS = Words.of(
    "weight, weights, wt, wgt, gewicht, gewichtung, poids, ponderation, ponderacion, peso",
    "fnlwgt, sample weight, sampling weight, survey weight, person weight, pweight, perwt, pwgtp, "
    "design weight, final weight, hochrechnungsfaktor, facteur de ponderation, "
    "factor de expansion, peso amostral",
)
COUNTS = Words.of(
    "freq, frequency, count, counts, n, people, persons, number of people, number of persons, "
    "anzahl, haufigkeit, effectif, effectifs, frecuencia, frequencia, frequenza, aantal, antal, "
    "antall, liczba",
)
