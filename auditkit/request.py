"""A request: what the command line and audit.toml ask for, put together; a flag wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auditkit.config import Config, read_config, read_population
from auditkit.errors import RequestError, shown
from auditkit.gate import Gate
from auditkit.loaders.sample import MAX_ROWS
from auditkit.policy import Policy
from auditkit.record import Audit
from auditkit.schema import parse_bins, parse_pair

__all__ = ["Request", "settle"]

Progress = Callable[[str, int, int], None]

_READING = (
    "delimiter", "encoding", "decimal", "sheet", "header_row", "engine", "memory", "table", "query",
)  # fmt: skip
_ROLES = (
    "label", "positive", "unfavorable", "protected", "prediction", "score", "threshold", "weight",
    "count", "strata", "ignore", "train_with",
)  # fmt: skip
_EMPTY = Config(data=None, roles={}, reading={}, run={})


@dataclass(frozen=True, kw_only=True)
class Request:
    """Everything that one run needs."""

    verb: str
    data: str
    inputs: tuple[str, ...]
    load: Mapping[str, Any]
    model: str | None
    policy: Policy
    seed: int
    sample_rows: int
    output: str | None
    json: str | None
    quiet: bool
    fail_on: tuple[Gate, ...]
    allow_inconclusive: bool

    def run(self, progress: Progress | None, command: str | None) -> Audit:
        """Load the data and conduct the audit."""
        from auditkit.loaders import load
        from auditkit.run import audit, profile

        data = load(self.data, **self.load)
        common: dict[str, Any] = {
            "policy": self.policy,
            "seed": self.seed,
            "sample_rows": self.sample_rows,
            "command": command,
            "progress": progress,
        }
        if self.verb == "profile":
            return profile(data, **common)
        return audit(data, model=self.model, **common)


def settle(verb: str, options: Mapping[str, Any]) -> Request:
    """Merge flags and ``audit.toml`` into one request.

    Raises
    ------
    RequestError
        On an option or a key that cannot be.
    """
    source = options["data"]
    config = read_config(source) if source.lower().endswith(".toml") else _EMPTY
    data = config.data if config is not _EMPTY else source
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
            "model", "policy", "fail_on", "allow_inconclusive", "sample_rows", "seed", "output",
            "json", "quiet",
        )
    }  # fmt: skip
    rules = run["fail_on"] or ()
    rules = (rules,) if isinstance(rules, str) else rules
    read = (source, data, run["policy"], options.get("population"))
    return Request(
        verb=verb,
        data=data,
        inputs=tuple(dict.fromkeys(str(path) for path in read if path is not None)),
        load=load,
        model=run["model"],
        policy=Policy.default() if run["policy"] is None else Policy.read(run["policy"]),
        seed=run["seed"] or 0,
        sample_rows=_sample_rows(run["sample_rows"]),
        output=run["output"],
        json=run["json"],
        quiet=bool(run["quiet"]),
        fail_on=tuple(Gate.parse(text) for text in rules),
        allow_inconclusive=bool(run["allow_inconclusive"]),
    )


def _sample_rows(asked: int | None) -> int:
    if asked is None:
        return MAX_ROWS
    if asked < 1_000:  # the flag is checked by the command line; this is the key in audit.toml
        raise RequestError(f"sample_rows is {asked}; a sample needs at least 1,000 rows")
    return asked
