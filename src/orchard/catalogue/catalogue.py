"""The catalogue: what the world says, found by id or by name.

::

    catalogue().fact("chip.h100.bf16").value      coherent units
    catalogue().chip("GB300").it_power_w          aliases, any case
    catalogue().known_by(date(2025, 12, 31))      the same, without what was published later
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from orchard.catalogue.chip import Chip, Entry, System, assemble_chip, assemble_system
from orchard.catalogue.fact import Fact, Source, combine
from orchard.catalogue.read import facts_of, read_facts, read_sources, read_tables
from orchard.catalogue.user import Own, read_own, user_folder
from orchard.errors import FactError, Finding, did_you_mean

if TYPE_CHECKING:
    from orchard.catalogue.models import ModelRow

DATA = Path(__file__).parent / "data"


class Catalogue:
    """Facts, and the chips, systems and models made of them. Never changes once built.

    Parameters
    ----------
    rows
        every row; rows with the same id are combined when asked for
    sources
        where they come from, by id
    names
        other names of chips: lower-case name to chip id
    chips, systems
        what is not a number about them, by id
    models_path
        file of the published model architectures, read when first asked for
    own
        ids of facts that are the user's; known on every day, as a machine that one has is
    """

    def __init__(
        self,
        rows: Iterable[Fact],
        sources: Mapping[str, Source],
        names: Mapping[str, str],
        chips: Mapping[str, Entry],
        systems: Mapping[str, Entry],
        models_path: Path = DATA / "models.csv",
        until: date | None = None,
        own: Iterable[str] = (),
    ) -> None:
        self._all = tuple(rows)
        self.own = frozenset(own)
        self._rows: dict[str, list[Fact]] = {}
        for row in self._all:
            if until is None or row.as_of <= until or row.id in self.own:
                self._rows.setdefault(row.id, []).append(row)
        self._names, self._chips, self._systems = dict(names), dict(chips), dict(systems)
        self._models_path, self._until = models_path, until
        self._combined: dict[str, Fact] = {}
        self._views: dict[date, Catalogue] = {}
        self.sources: dict[str, Source] = dict(sources)

    def fact(self, id: str, source: str | None = None, as_of: date | None = None) -> Fact:  # noqa: A002
        """The fact with this id; rows of several sources are combined (mean, widest range).

        Parameters
        ----------
        id
            such as ``chip.gb200.bf16``
        source
            only the row of this source
        as_of
            only what was known by this day

        Raises
        ------
        FactError
            there is no such fact, none from that source, or none known by that day

        Examples
        --------
        >>> catalogue().fact("chip.a100-80gb.bf16").value
        312000000000000.0
        """
        rows = self.rows(id, as_of)
        if source is not None:
            chosen = [row for row in rows if row.source == source]
            if not chosen:
                known = [row.source for row in rows]
                raise FactError(_missing(id, f"no row from source {source!r}", "one of " + ", ".join(known)))
            return chosen[0]
        if as_of is not None:
            return combine(rows)
        if id not in self._combined:
            self._combined[id] = combine(rows)
        return self._combined[id]

    def rows(self, id: str, as_of: date | None = None) -> list[Fact]:  # noqa: A002
        """All rows with this id, uncombined.

        Raises
        ------
        FactError
            there is none, or none known by `as_of`
        """
        rows = self._rows.get(id, [])
        chosen = [row for row in rows if as_of is None or row.as_of <= as_of or row.id in self.own]
        if chosen:
            return chosen
        later = [row.as_of for row in self._all if row.id == id]
        if later:
            limit = min(day for day in (as_of, self._until) if day is not None)
            found = f"first known on {min(later)}"
            raise FactError(_missing(id, found, f"something known by {limit}", "state it as assumed"))
        hint = did_you_mean(id, self._rows) or "list facts with: orchard catalogue"
        raise FactError(_missing(id, "no such fact", "the id of a fact", hint))

    def facts(self, prefix: str = "", as_of: date | None = None) -> list[Fact]:
        """All facts whose ids start with `prefix`, combined, in order of id."""
        ids = sorted(key for key in self._rows if key.startswith(prefix))
        view = self if as_of is None else self.known_by(as_of)
        return [view.fact(key) for key in ids if key in view._rows]

    def conflicts(self) -> list[Fact]:
        """The facts on which sources differ, combined; `Fact.conflict` holds their rows."""
        return [fact for fact in self.facts() if fact.conflict]

    def known_by(self, as_of: date) -> Catalogue:
        """The same catalogue without the rows published after `as_of`."""
        if as_of not in self._views:
            limit = as_of if self._until is None else min(as_of, self._until)
            self._views[as_of] = self._copy(self._all, self.sources, limit)
        return self._views[as_of]

    def with_facts(
        self, rows: Iterable[Fact | Mapping[str, str]], sources: Iterable[Source] = ()
    ) -> Catalogue:
        """A new catalogue with these rows laid over this one.

        A row takes the place of all rows here with the same id, so what someone has measured
        themselves wins. Facts ``chip.<new id>.*`` make a new chip.

        Raises
        ------
        FactError
            carries every problem of the new rows
        """
        listed = list(rows)
        known = self.sources | {source.id: source for source in sources}
        texts = [row for row in listed if not isinstance(row, Fact)]
        new = [row for row in listed if isinstance(row, Fact)]
        new += facts_of(((f"row {number}", row) for number, row in enumerate(texts, 1)), known)
        ids = {row.id for row in new}
        kept = [row for row in self._all if row.id not in ids]
        return self._copy([*kept, *new], known, self._until)

    def with_own(self, found: Own) -> Catalogue:
        """A new catalogue with the user's facts and titles of chips laid over this one."""
        made = self.with_facts(found.facts, found.sources.values())
        ids = {row.id for row in found.facts}
        chips = self._chips | found.chips
        return Catalogue(
            made._all, made.sources, self._names, chips, self._systems, self._models_path, self._until, ids
        )

    @cached_property
    def chips(self) -> dict[str, Chip]:
        """Every chip, by id."""
        groups = self._groups("chip")
        order = [key for key in self._chips if key in groups]
        order += [key for key in groups if key not in self._chips]
        return {key: assemble_chip(self._chips.get(key, _bare(key)), groups[key]) for key in order}

    @cached_property
    def systems(self) -> dict[str, System]:
        """Every node, rack and pod, by id."""
        groups = self._groups("system")
        return {
            key: assemble_system(self._systems.get(key, _bare(key)), parts) for key, parts in groups.items()
        }

    def chip(self, name: str, as_of: date | None = None) -> Chip:
        """The chip with this id or any of its names, whatever the case.

        Raises
        ------
        FactError
            nobody knows the name, or nothing about the chip was known by `as_of`

        Examples
        --------
        >>> catalogue().chip("H100 SXM").id
        'h100'
        """
        wanted = " ".join(name.lower().split())
        key = self._names.get(wanted, wanted)
        view = self if as_of is None else self.known_by(as_of)
        if key in view.chips:
            return view.chips[key]
        if any(row.id.startswith(f"chip.{key}.") for row in self._all):
            limit = as_of or self._until
            raise FactError(_missing(f"chip.{key}", "nothing known yet", f"facts known by {limit}"))
        hint = did_you_mean(wanted, [*self._names, *self.chips]) or "list chips with: orchard catalogue chip"
        raise FactError(_missing(name, "no such chip", "the name of a chip", hint))

    @cached_property
    def models(self) -> dict[str, ModelRow]:
        """Every published model architecture, by id."""
        from orchard.catalogue.models import read_models

        return read_models(self._models_path)

    def model(self, name: str) -> ModelRow:
        """The model with this id or any of its aliases, whatever the case.

        Raises
        ------
        FactError
            nobody knows the name
        """
        from orchard.catalogue.models import find_model

        found = find_model(self.models, name)
        if found is None:
            names = [alias for row in self.models.values() for alias in row.names]
            hint = did_you_mean(name, names) or "list them with: orchard catalogue --models"
            raise FactError(_missing(name, "no such model", "the name of a published model", hint))
        return found

    def _groups(self, head: str) -> dict[str, dict[str, Fact]]:
        groups: dict[str, dict[str, Fact]] = {}
        for key in self._rows:
            parts = key.split(".", 2)
            if parts[0] == head and len(parts) == 3:
                groups.setdefault(parts[1], {})[parts[2]] = self.fact(key)
        return groups

    def _copy(self, rows: Iterable[Fact], sources: Mapping[str, Source], until: date | None) -> Catalogue:
        return Catalogue(
            rows, sources, self._names, self._chips, self._systems, self._models_path, until, self.own
        )


def read_catalogue(folder: Path) -> Catalogue:
    """Read a catalogue from a folder laid out as the packaged one.

    Raises
    ------
    FactError
        carries every problem of the data
    """
    sources = read_sources(sorted(folder.glob("sources*.csv")))
    facts = read_facts(sorted((folder / "facts").glob("*.csv")), sources)
    chips = _entries(folder / "chips.csv")
    return Catalogue(facts, sources, _names(folder, chips), chips, _entries(folder / "systems.csv"), folder)


def catalogue() -> Catalogue:
    """The packaged catalogue with the user's laid over it, read once; see :mod:`orchard.catalogue.user`."""
    return _with_own(user_folder())


@cache
def packaged() -> Catalogue:
    """The packaged catalogue alone, read once."""
    return read_catalogue(DATA)


@cache
def _with_own(folder: Path) -> Catalogue:
    shipped = packaged()
    own = read_own(folder, shipped.sources)
    return shipped if own is None else shipped.with_own(own)


def _entries(path: Path) -> dict[str, Entry]:
    table = read_tables([path], Entry._fields)
    if table.problems:
        raise FactError(table.problems)
    return {row["id"]: Entry(**row) for _, row in table.rows}


def _names(folder: Path, chips: Mapping[str, Entry]) -> dict[str, str]:
    table = read_tables([folder / "names.csv"], ("name", "chip"))
    problems = table.problems
    names: dict[str, str] = {}
    for place, row in table.rows:
        name = " ".join(row["name"].lower().split())
        if row["chip"] not in chips:
            found = f"chip {row['chip']!r}"
            problems.append(Finding("O606", place, row["name"], found, "an id in chips.csv"))
        elif names.setdefault(name, row["chip"]) != row["chip"]:
            problems.append(Finding("O606", place, row["name"], "a name of two chips", "one chip a name"))
    if problems:
        raise FactError(problems)
    return names


def _bare(id: str) -> Entry:  # noqa: A002
    return Entry(id, id, "", "", "")


def _missing(path: str, found: str, wanted: str, hint: str = "") -> Finding:
    return Finding("O607", "catalogue", path, found, wanted, hint)
