"""audit.toml, population files and the schema: settings as data, read strictly."""

import pytest

from auditkit import RequestError, Schema, SchemaError
from auditkit.config import read_config, read_population
from auditkit.schema import Population, band_labels, parse_bins, parse_pair

FULL = """
data = "hiring.csv"
label = "hired"
positive = "yes"
unfavorable = false
protected = ["gender", "age"]
score = "points"
threshold = 0.5
weight = "w"
strata = "dept"
ignore = ["id"]
model = "none"
policy = "lines.toml"
fail-on = ["flag"]
allow-inconclusive = true
seed = 7
output = "r.html"
json = "a.json"
quiet = true
delimiter = ";"
encoding = "cp1252"
decimal = ","
sheet = "people"
header-row = 3

[reference]
gender = "Male"
[bins]
age = [25, 40]
[values.gender]
f = "Female"
[population.gender]
source = "Census"
period = "2020"
shares = {Female = 0.5, Male = 0.5}
"""


@pytest.fixture
def read(tmp_path):
    def reader(text):
        path = tmp_path / "audit.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_config(path)

    return reader


def test_every_key_finds_who_needs_it(read, tmp_path):
    config = read(FULL)
    assert config.data == str(tmp_path / "hiring.csv")
    population = Population(
        attribute="gender", shares={"Female": 0.5, "Male": 0.5}, source="Census", period="2020"
    )
    assert config.roles == {
        "label": "hired", "positive": "yes", "unfavorable": False, "protected": ["gender", "age"],
        "score": "points", "threshold": 0.5, "weight": "w", "strata": "dept", "ignore": ["id"],
        "reference": {"gender": "Male"}, "bins": {"age": (25.0, 40.0)},
        "values": {"gender": {"f": "Female"}}, "population": (population,),
    }  # fmt: skip
    assert config.reading == {
        "delimiter": ";", "encoding": "cp1252", "decimal": ",", "sheet": "people", "header_row": 3,
    }  # fmt: skip
    assert config.run["policy"] == str(tmp_path / "lines.toml")  # beside the file, not the user
    assert config.run["fail_on"] == ["flag"]
    assert config.run["seed"] == 7


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("positive = true", {"positive": "True"}),
        ("positive = 1", {"positive": "1"}),
        ("protected = 'g'", {"protected": "g"}),
        ("bins = {age = 40}", {"bins": {"age": (40.0,)}}),
        ("bins = {age = 'auto'}", {"bins": {"age": "auto"}}),
        ("reference = {g = 1}", {"reference": {"g": "1"}}),
        ("", {}),
    ],
)
def test_short_forms(read, text, roles):
    assert read(text).roles == roles


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("labl = 'x'", r"unknown key 'labl' \(did you mean 'label'\?\)"),
        ("failon = 'flag'", r"unknown key 'failon' \(did you mean 'fail_on'\?\)"),
        ("zzzz = 1", "unknown key 'zzzz'$"),
        ("label = 1", "'label' cannot be 1"),
        ("threshold = true", "'threshold' cannot be True"),
        ("seed = 1.5", "'seed' cannot be 1.5"),
        ("seed = true", "'seed' cannot be True"),
        ("header-row = '2'", "'header_row' cannot be 2"),
        ("unfavorable = 'yes'", "'unfavorable' cannot be yes"),
        ("protected = [1]", "'protected' must be a list of column names"),
        ("ignore = [['a']]", "'ignore' must be a list of column names"),
        ("fail_on = [1]", "'fail_on' must be a rule or a list of rules"),
        ("fail-on = 'a'\nfail_on = 'b'", "a key is there twice"),
        ("bins = {age = [25, 'x']}", r"\[bins\] age must be numbers, as in \[25, 40\]"),
        ("bins = {age = [true]}", r"\[bins\] age must be numbers"),
        ("reference = {g = ['a']}", r"\[reference\] g must be one group"),
        ("values = {g = 1}", r"\[values.g\] must map spellings to groups"),
        ("values = {g = {a = 1}}", r"\[values.g\] must map spellings to groups"),
        ("population = {g = 1}", r"\[population.g\] must be a table"),
        ("population = {g = {source = 'x'}}", r"\[population.g.shares\] is missing: group = share"),
        ("population = {g = {shares = {a = 1, b = 1}, x = 1}}", r"unknown keys 'x'"),
        ("population = {g = {shares = {a = 1}}}", "population of 'g': needs at least two groups"),
        ("population = {g = {shares = {a = 'x', b = 1}}}", "the share of 'a' is not a number"),
        ("population = {g = {shares = {a = -1, b = 1}}}", "the share of 'a' is -1; use >= 0"),
        ("population = {g = {shares = {a = inf, b = 1}}}", "the share of 'a' is inf"),
        ("population = {g = {shares = {a = 0, b = 0}}}", "the shares add up to zero"),
        ("population = 'none.csv'", "population none.csv: No such file"),
        ("x = ", "audit.toml is not valid TOML"),
        (b"label = '\xff'", "audit.toml is not valid TOML"),
        ("\x1b = 1", r"audit.toml is not valid TOML"),
    ],
)
def test_what_an_audit_toml_cannot_say(read, text, message):
    with pytest.raises(RequestError, match=message) as raised:
        read(text)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300


def test_no_such_audit_toml(tmp_path):
    with pytest.raises(RequestError, match=r"no such file: .*none.toml"):
        read_config(tmp_path / "none.toml")
    with pytest.raises(RequestError):
        read_config(tmp_path)


# ---- population files ---------------------------------------------------------------------------


@pytest.fixture
def people(tmp_path):
    def reader(text, name="people.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_population(path)

    return reader


def test_a_population_as_csv(people):
    text = "attribute,group,count,source,period\ng,a,10,S,2020\ng,b,30,S,2020\nh,x,1,,\nh,y,1,,\n"
    g, h = people("\ufeff" + text)
    assert g == Population(attribute="g", shares={"a": 10, "b": 30}, source="S", period="2020")
    assert g.normalised() == {"a": 0.25, "b": 0.75}
    assert (h.attribute, h.source, h.period) == ("h", "not stated", "")


def test_a_population_as_toml(people):
    (g,) = people("[g]\nsource = 'S'\nshares = {a = 1, b = 3}\n", "people.toml")
    assert g == Population(attribute="g", shares={"a": 1, "b": 3}, source="S")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs the columns attribute, group and share .*no rows"),
        ("attribute,group,share\n", "no rows"),
        ("attribute,group\ng,a\n", r"it has 'attribute', 'group'"),
        ("attribute,group,share\ng,a\n", "line 2: share is not a number"),
        ("attribute,group,share\ng,a,x\n", "line 2: share is not a number"),
        ("attribute,group,share\ng,a,\n", "line 2: share is not a number"),
        ("attribute,group,share\ng,a,1\ng,b,1,9\n", "line 3: .*no more cells than the header"),
        ("attribute,group,share\ng,,1\n", "line 2: needs an attribute, a group"),
        ("attribute,group,share\n,a,1\n", "line 2: needs an attribute, a group"),
        ("attribute,group,share\ng,a,1\ng,a,1\n", "line 3: 'a' occurs twice; keep one source"),
        ("attribute,group,share\ng,a,nan\ng,b,1\n", "population of 'g': the share of 'a' is nan"),
        (b"attribute,group,share\ng,\xff,1\n", "people.csv"),
    ],
)
def test_what_a_population_file_cannot_say(people, text, message):
    with pytest.raises(RequestError, match=message) as raised:
        people(text)
    assert len(str(raised.value)) < 300


# ---- schema -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"label": "a", "protected": ("a",)}, "column 'a' is both --label and --protected"),
        ({"label": "a", "prediction": "a"}, "both --label and --prediction"),
        ({"weight": "w", "count": "w"}, "both --weight and --count"),
        ({"label": "a", "strata": ("a",)}, "both --label and --strata"),
        ({"weight": "a", "strata": ("a",)}, "both --weight and --strata"),
        ({"prediction": "p", "score": "s"}, "both --prediction and --score are given"),
        ({"threshold": float("inf")}, "--threshold is inf; it must be a finite number"),
        ({"reference": {"x": "1"}}, "--reference names 'x', which is not a --protected column"),
        ({"protected": ("sex",), "bins": {"sx": (1.0,)}}, r"--bins names 'sx'.*mean 'sex'"),
        ({"protected": ("g",), "bins": {"g": (3.0, 1.0)}}, "the edges must rise"),
        ({"protected": ("g",), "bins": {"g": (1.0, 1.0)}}, "the edges must rise"),
        ({"protected": ("g",), "values": {"h": {"a": "b"}}}, r"\[values.h\]: only a --protected"),
    ],
)
def test_contradictions_are_seen_without_any_data(roles, message):
    with pytest.raises(RequestError, match=message):
        Schema(**roles)


def test_an_attribute_may_also_be_a_stratum_of_another():
    schema = Schema(protected=("race", "sex", "race"), strata=("sex",), label="y")
    assert schema.protected == ("race", "sex")
    assert schema.used_columns == ("race", "sex", "y")


def test_a_schema_survives_the_record():
    schema = Schema(
        label="y", positive="1", protected=("g", "age"), score="s", threshold=0.5, strata=("d",),
        reference={"g": "a"}, bins={"age": (25.0, 40.0)}, values={"g": {"A": "a"}},
        population=(Population(attribute="g", shares={"a": 1.0, "b": 2.0}, source="S"),),
    )  # fmt: skip
    assert Schema.from_dict(schema.to_dict()) == schema
    assert Schema.from_dict(Schema().to_dict()) == Schema()


def test_columns_that_are_not_there_are_named_with_the_nearest():
    schema = Schema(label="hired", protected=("gendr",), ignore=("id",))
    with pytest.raises(
        SchemaError, match=r"--protected: no column 'gendr'.*mean 'gender'.*'hired'"
    ):
        schema.check_columns(["gender", "hired"])
    with pytest.raises(SchemaError, match="--ignore: no column 'id'"):
        schema.check_columns(["gendr", "hired"])


def test_pairs_and_edges_on_the_command_line():
    assert parse_pair("race=White=x", "--reference") == ("race", "White=x")
    assert parse_bins("age=25,40") == ("age", (25.0, 40.0))
    assert parse_bins("age=Auto") == ("age", "auto")
    assert band_labels((40.0,)) == ("under 40", "40 or over")
    for text in ("age", "=40", "age=", "age=25;40"):
        with pytest.raises(RequestError):
            parse_bins(text)
