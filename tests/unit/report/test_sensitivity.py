"""The table of inputs and claims."""

from __future__ import annotations

from typing import Any

from orchard.report.sensitivity import sensitivity


def claim(name: str, probability: float | None, **drivers: float) -> dict[str, Any]:
    moved = [{"name": driver, "share": share} for driver, share in drivers.items()]
    return {"id": name, "text": name.title(), "probability": probability, "drivers": moved}


def test_claims_by_inputs() -> None:
    found = sensitivity(
        {"claims": [claim("a", 0.9, delay=0.6, power=0.1), claim("b", 0.4, delay=0.25), claim("c", None)]}
    )
    assert found is not None
    assert found.inputs == ["delay", "power"]
    assert [(row.id, row.probability) for row in found.rows] == [("a", "90 %"), ("b", "40 %")]
    assert [[text for text, _ in row.cells] for row in found.rows] == [["60", "10"], ["25", ""]]
    shades = [float(shade) for row in found.rows for _, shade in row.cells if shade]
    assert shades[0] > shades[2] > shades[1]
    assert found.command == "orchard explain PROGRAMME.yaml b"


def test_nothing_moves_anything() -> None:
    assert sensitivity({"claims": [claim("a", 1.0), claim("b", None, delay=1.0)]}) is None
    assert sensitivity({}) is None
