"""What it takes to make a record again: written into the manifest, and taken from it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from auditkit.compliance.packs import pack_names, read_pack
from auditkit.config import MODEL_FILES, read_config
from auditkit.errors import DataError, RequestError, shown
from auditkit.federation import is_tally, read_tally
from auditkit.loaders import Source, load
from auditkit.loaders.places import place_of
from auditkit.loaders.sample import MAX_ROWS
from auditkit.policy import Policy
from auditkit.record import Audit
from auditkit.run import audit, profile
from auditkit.schema import Schema
from auditkit.urls import is_url

__all__ = ["MODEL_FILE", "Remade", "Sources", "made_again", "same_data"]

MODEL_FILE = "model_file"
_OF_THE_MACHINE = ("jobs", "trust_pickle")
_OF_COUNTS = ("protected", "strata", "reference", "population")
_OF_A_DATABASE = ("table", "query")


@dataclass(frozen=True, kw_only=True)
class Remade:
    """What it takes to make a record again from the data, besides the record itself.

    Every field goes into the manifest, under its own name.

    Attributes
    ----------
    verb, model, seed, sample_rows : str, str or None, int, int
        As in the request.
    training : mapping
        How models are trained and what is asked of them.
    reading : mapping
        How the file was read.
    frameworks : tuple of str
        Names of packs, or paths of files.
    answers, card, report : mapping
        ``[compliance]``, ``[card]`` and ``[report]`` of audit.toml.
    look : mapping
        How the report looks: charts, template.
    options : mapping
        Every setting of the run under its name, from flags and audit.toml; files by their names.
        Where results go is not among them.
    command : str or None
        The command as it was given.
    """

    verb: str
    model: str | None = None
    seed: int = 0
    sample_rows: int = MAX_ROWS
    training: Mapping[str, Any] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    frameworks: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    look: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    command: str | None = None

    def plain(self, *, public: bool) -> dict[str, Any]:
        """Return every field as a manifest holds it: files by their names, not where they lie.

        For the public what names files, columns of a database or the command is left out.
        """
        made = {item.name: getattr(self, item.name) for item in fields(self)}
        made["frameworks"] = [read_pack(name).name for name in self.frameworks]
        made["look"] = {k: _name(v) if k == "template" else v for k, v in self.look.items()}
        file = _model_file(self.model)
        made["model"] = self.model if file is None else _name(self.model)
        made[MODEL_FILE] = file
        if public:
            made |= {"command": None, "options": {}}
            made["reading"] = {k: v for k, v in self.reading.items() if k not in _OF_A_DATABASE}
        return made


def _name(path: str | None) -> str | None:
    return None if path is None else Path(path).name


def _model_file(model: str | None) -> dict[str, Any] | None:
    """Return name and hash of a model that is a file."""
    if model is None or not model.lower().endswith(MODEL_FILES):
        return None
    content = Path(model).read_bytes()
    return {"name": Path(model).name, "sha256": hashlib.sha256(content).hexdigest()}


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a verifier brings: the data, and a model where the audit was of a file.

    Attributes
    ----------
    data : tuple of str
        The files, or an ``audit.toml`` that names them.
    model : str or None
        The file with the model.
    trust_pickle : bool
        Whether a model in a pickle may be opened, which runs the program in it. What the bundle
        says about that does not count.
    """

    data: tuple[str, ...]
    model: str | None = None
    trust_pickle: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, data: str | Sequence[str], **more: Any) -> Sources:
        """Sort out what was named."""
        names = (data,) if isinstance(data, str) else tuple(map(str, data))
        if any(is_url(name) for name in names):
            raise RequestError(
                "--data: a query out of a bundle is not run against a database; name a file"
            )
        found = cls(data=names, **more)
        if len(names) == 1 and names[0].lower().endswith(".toml"):
            config = read_config(names[0])
            if config.data is None:
                raise RequestError(f"{shown(Path(names[0]).name)} names no data")
            named = (config.data,) if isinstance(config.data, str) else tuple(config.data)
            return replace(found, data=named, values=config.roles.get("values") or {})
        return found

    @property
    def place(self) -> Any:
        """One name, or several."""
        return self.data[0] if len(self.data) == 1 else list(self.data)


def same_data(sources: Sources, manifest: Mapping[str, Any]) -> str | None:
    """Say what is not the same about the data, or about the model."""
    wanted = manifest["input"]["sha256"]
    if wanted is not None:
        counted = is_tally(sources.place)
        place = read_tally(sources.place).source if counted else place_of(sources.place)
        digest = place.sha256 if isinstance(place, Source) else place.sha256()
        if digest != wanted:
            return (
                "the data are not those of the bundle: their SHA-256 is "
                f"{str(digest)[:16]}..., that of the bundle's data {str(wanted)[:16]}..."
            )
    file = manifest["request"].get(MODEL_FILE)
    if file is not None and sources.model is not None:
        found = _model_file(sources.model) or {"sha256": "no model's"}
        if found["sha256"] != file["sha256"]:
            return f"the model is not that of the bundle: {shown(file['name'])}"
    return None


def made_again(
    sources: Sources,
    manifest: Mapping[str, Any],
    filed: Mapping[str, Any],
    packs: Mapping[str, bytes],
) -> Audit:
    """Make the record again, as the request in a manifest says.

    Raises
    ------
    AuditkitError
        When that cannot be done.
    """
    request = manifest["request"]
    loaded = _loaded(sources, request, filed)
    training: dict[str, Any] = dict(request.get("training") or {})
    for name in _OF_THE_MACHINE:
        training.pop(name, None)
    model = sources.model if request.get(MODEL_FILE) else request["model"]
    with tempfile.TemporaryDirectory() as folder:
        common: dict[str, Any] = {
            "policy": Policy.from_dict(filed["policy"]),
            "seed": request["seed"],
            "sample_rows": request["sample_rows"],
            "frameworks": _frameworks(request["frameworks"], packs, Path(folder)),
            "answers": request["answers"],
            "command": request["command"],
        }
        if request["verb"] == "profile":
            made = profile(loaded, **common)
        else:
            training["trust_pickle"] = sources.trust_pickle
            made = audit(loaded, model=model, **common, **training)
    return replace(made, card=request.get("card") or {}, report=request.get("report") or {})


def _frameworks(names: Sequence[str], packs: Mapping[str, bytes], folder: Path) -> list[str]:
    """Return the packs: those that ship by name, those of the user's own out of the bundle."""
    made = []
    for name in names:
        if name in pack_names():
            made.append(name)
            continue
        if f"packs/{name}.toml" not in packs:
            raise DataError(f"the pack {shown(name)} is not in the bundle")
        own = folder / f"{Path(name).name}.toml"
        own.write_bytes(packs[f"packs/{name}.toml"])
        made.append(str(own))
    return made


def _loaded(sources: Sources, request: Mapping[str, Any], filed: Mapping[str, Any]) -> Any:
    plain = {**filed["schema"], "values": sources.values or filed["schema"].get("values") or {}}
    schema = Schema.from_dict(plain)
    roles = {item.name: getattr(schema, item.name) for item in fields(Schema)}
    if is_tally(sources.place):
        kept = {name: roles[name] for name in _OF_COUNTS if roles[name]}
        return read_tally(sources.place).narrowed(**kept)
    return load(sources.place, **roles, **request["reading"])
