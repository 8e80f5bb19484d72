"""A request: what the command line and audit.toml ask for, put together; a flag wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit.card.questions import people_say
from auditkit.compliance.frameworks import frameworks_of
from auditkit.config import Config, read_config, read_population
from auditkit.errors import RequestError, listed, shown
from auditkit.gate import Gate
from auditkit.letterhead import letterhead
from auditkit.loaders.sample import MAX_ROWS
from auditkit.policy import Policy
from auditkit.record import Audit
from auditkit.schema import parse_bins, parse_pair
from auditkit.urls import is_url, public_url

if TYPE_CHECKING:
    from auditkit.bundle.remaking import Remade
    from auditkit.federation import Tally
    from auditkit.mitigation import Mitigated

__all__ = ["Request", "settle"]

Progress = Callable[[str, int, int], None]

_READING = (
    "delimiter", "encoding", "decimal", "sheet", "header_row", "engine", "memory", "table", "query",
)  # fmt: skip
_ROLES = (
    "label", "positive", "unfavorable", "protected", "prediction", "score", "threshold", "weight",
    "count", "strata", "cluster", "ignore", "train_with", "stages", "stage_column",
)  # fmt: skip
_TRAINING = (
    "folds", "repeats", "select_top", "cost_fp", "cost_fn", "train_rows", "jobs", "causes",
    "trust_pickle",
    "remedies", "remedies_for", "disparity", "tolerance",
)  # fmt: skip
_PUBLISHING = ("audience", "min_cell", "summary", "pdf", "model_card", "bundle")
_FILES = frozenset({"data", "model", "policy", "framework", "population", "template", "logo"})
_OUTPUTS = frozenset(
    {"output", "json", "card", "tables", "summary", "pdf", "model_card", "bundle", "quiet"}
)
_OF_COUNTS = frozenset({"protected", "strata", "reference", "population"})
_EMPTY = Config(data=None, roles={}, reading={}, run={})


@dataclass(frozen=True, kw_only=True)
class Request:
    """Everything that one run needs."""

    verb: str
    data: str | tuple[str, ...]
    inputs: tuple[str, ...]
    load: Mapping[str, Any]
    model: str | None
    training: Mapping[str, Any]
    policy: Policy
    frameworks: tuple[str, ...]
    answers: Mapping[str, Any]
    seed: int
    sample_rows: int
    output: str | None
    json: str | None
    look: Mapping[str, Any]
    tables: tuple[str, ...]
    cards: tuple[str, ...]
    card: Mapping[str, Any]
    report: Mapping[str, Any]
    quiet: bool
    fail_on: tuple[Gate, ...]
    allow_inconclusive: bool
    publishing: Mapping[str, Any]
    options: Mapping[str, Any]

    def explain(self) -> str:
        """Return the SQL that counting will run."""
        from auditkit.loaders import load
        from auditkit.loaders.explain import explain

        return explain(load(self.data, **self.load, count_empty=self.verb != "tally"))

    def remade(self, command: str | None) -> Remade:
        """Return what it takes, besides the record, to make the record again."""
        from auditkit.bundle.remaking import Remade

        made: dict[str, Any] = {
            "reading": {name: self.load[name] for name in _READING if name in self.load},
            "command": command,
        }
        names = [item.name for item in fields(Remade) if item.name not in made]
        return Remade(**made, **{name: getattr(self, name) for name in names})

    def tally(self, suppress: int | None, progress: Progress | None = None) -> bytes:
        """Count the data, or add counts up, and return a counts file."""
        from auditkit.federation import tally_of, write_tally
        from auditkit.loaders import load
        from auditkit.loaders.watch import watching
        from auditkit.run import now

        counted = self._counted()
        if counted is None:
            with watching(progress):
                data = load(self.data, **self.load)
                return write_tally(tally_of(data, created=now(), suppress=suppress))
        if suppress is not None:
            raise RequestError("--suppress is for rows; these are counts")
        return write_tally(counted)

    def _counted(self) -> Tally | None:
        """Return the counts that the data are, if they are counts."""
        from auditkit.federation import is_tally, read_tally

        if not is_tally(self.data):
            return None
        found = read_tally(self.data)
        roles = {name: value for name, value in self.load.items() if value not in (None, (), {})}
        for name, value in roles.items():
            if name not in _OF_COUNTS and value != getattr(found.schema, name, None):
                flag = name.replace("_", "-")
                raise RequestError(f"--{flag} is settled in counts files and cannot be changed")
        return found.narrowed(**{n: v for n, v in roles.items() if n in _OF_COUNTS})

    def run(self, progress: Progress | None, command: str | None) -> Audit:
        """Load the data and conduct the audit."""
        from auditkit.loaders import load
        from auditkit.loaders.watch import watching

        with watching(progress):
            data = self._counted() or load(self.data, **self.load, count_empty=True)
            return self._conduct(data, progress, command)

    def mitigated(
        self,
        remedy: str | None,
        identifier: str | None,
        progress: Progress | None,
        command: str | None,
    ) -> Mitigated:
        """Carry out a remedy on the data."""
        from auditkit.federation import is_tally
        from auditkit.loaders import load
        from auditkit.loaders.watch import watching
        from auditkit.mitigation import mitigate

        if is_tally(self.data):
            raise RequestError("a remedy needs rows to learn from; these are counts")
        assert self.output is not None
        common: dict[str, Any] = {"policy": self.policy, "seed": self.seed, "command": command}
        with watching(progress):
            return mitigate(
                load(self.data, **self.load),
                remedy=remedy,
                file=self.output,
                model=self.model,
                identifier=identifier,
                progress=progress,
                **common,
                **self.training,
            )

    def _conduct(self, data: Any, progress: Progress | None, command: str | None) -> Audit:
        from auditkit.run import audit, profile

        common: dict[str, Any] = {
            "policy": self.policy,
            "seed": self.seed,
            "sample_rows": self.sample_rows,
            "frameworks": self.frameworks,
            "answers": self.answers,
            "command": command,
            "progress": progress,
        }
        if self.verb == "profile":
            found = profile(data, **common)
        else:
            found = audit(data, model=self.model, **common, **self.training)
        return replace(found, card=self.card, report=self.report)


def settle(verb: str, options: Mapping[str, Any]) -> Request:
    """Merge flags and ``audit.toml`` into one request.

    Raises
    ------
    RequestError
        On an option or a key that cannot be.
    """
    source, *more = options["data"]
    config = read_config(source) if source.lower().endswith(".toml") else _EMPTY
    if more and config is not _EMPTY:
        raise RequestError(f"{shown(source)} names its data itself: leave the other files out")
    data = config.data if config is not _EMPTY else (source, *more) if more else source
    if data is None:
        raise RequestError(f'{shown(source)} names no data: add  data = "FILE"')
    load = {**config.roles, **config.reading}
    for name in (*_ROLES, *_READING):
        if options.get(name) not in (None, ()):
            load[name] = options[name]
    if options.get("reference"):
        pairs = dict(parse_pair(text, "--reference") for text in options["reference"])
        load["reference"] = {**load.get("reference", {}), **pairs}
    if options.get("bins"):
        load["bins"] = {**load.get("bins", {}), **dict(parse_bins(t) for t in options["bins"])}
    if options.get("population"):
        load["population"] = read_population(options["population"])
    run = {
        name: options[name] if options.get(name) not in (None, ()) else config.run.get(name)
        for name in (
            *_TRAINING,
            "model", "policy", "framework", "fail_on", "allow_inconclusive", "sample_rows", "seed",
            "output", "json", "charts", "tables", "quiet", *_PUBLISHING,
        )
    }  # fmt: skip
    frameworks, answers = tuple(run["framework"] or ()), config.run.get("compliance", {})
    frameworks_of(frameworks, answers)  # what is wrong with them is said before any work
    cards, card = _cards(options.get("card"), config.run.get("card"))
    own = [name for name in frameworks if name.lower().endswith(".toml")]
    read = (source, *more, config.data, run["policy"], options.get("population"), *own)
    return Request(
        verb=verb,
        data=data,
        inputs=tuple(dict.fromkeys(str(path) for path in read if path is not None)),
        load=load,
        model=run["model"],
        training={name: run[name] for name in _TRAINING},
        policy=Policy.default() if run["policy"] is None else Policy.read(run["policy"]),
        frameworks=frameworks,
        answers=answers,
        seed=run["seed"] or 0,
        sample_rows=_sample_rows(run["sample_rows"]),
        output=run["output"],
        json=run["json"],
        look={"charts": _charts(run["charts"]), "template": options.get("template")},
        tables=_listed(run["tables"]),
        cards=cards,
        card=card,
        report=_report(config, source, options),
        quiet=bool(run["quiet"]),
        fail_on=tuple(Gate.parse(text) for text in _listed(run["fail_on"])),
        allow_inconclusive=bool(run["allow_inconclusive"]),
        publishing=_publishing(run),
        options=_settled(config, options),
    )


def _publishing(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is published, and for whom; the flags were checked by the command line."""
    audience, least = run["audience"], run["min_cell"]
    if audience not in {None, "internal", "public"}:
        raise RequestError(f"audience is '{shown(audience)}'; it can be internal or public")
    if least is not None and least < 1:
        raise RequestError(f"min_cell is {least}; use 1 (nothing is masked) or more")
    return {name: run[name] for name in _PUBLISHING}


def _settled(config: Config, flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return every setting but where results go, whoever made it; files by their names."""
    asked = {name: value for name, value in flags.items() if value not in (None, ())}
    made = {**config.run, **config.roles, **config.reading, **asked}
    return {
        name: _told(name, value) for name, value in sorted(made.items()) if name not in _OUTPUTS
    }


def _told(name: str, value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        inner = {key: key if name == "report" else name for key in value}
        return {str(key): _told(inner[key], item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_told(name, item) for item in value]
    if isinstance(value, str) and name in _FILES:
        return public_url(value) if is_url(value) else Path(value).name
    return value if isinstance(value, str | int | float | None) else str(value)


def _charts(asked: str | None) -> str:
    from auditkit.report import CHARTS

    if asked is None:
        return CHARTS[0]
    if asked not in CHARTS:  # the flag is checked by the command line; this is the key
        raise RequestError(f"charts is '{shown(asked)}'; it can be {listed(CHARTS)}")
    return asked


def _report(config: Config, source: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the report is headed with; that its language is there is seen before any work."""
    from auditkit.report import check_language

    found = letterhead(config.run.get("report", {}), Path(source).parent)
    if options.get("language"):
        found["language"] = options["language"]
    check_language(found.get("language"), template=options.get("template"))
    return found


def _cards(
    asked: Sequence[str] | None, written: str | list[str] | dict[str, Any] | None
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return where cards go, and what people say in them; ``[card] file`` is the option's key."""
    table = dict(written) if isinstance(written, dict) else {"file": written}
    files = table.pop("file", None)
    return tuple(asked or ()) or _listed(files), people_say(table)


def _listed(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return one text, a list of them or nothing as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value or ())


def _sample_rows(asked: int | None) -> int:
    if asked is None:
        return MAX_ROWS
    if asked < 1_000:  # the flag is checked by the command line; this is the key in audit.toml
        raise RequestError(f"sample_rows is {asked}; a sample needs at least 1,000 rows")
    return asked
