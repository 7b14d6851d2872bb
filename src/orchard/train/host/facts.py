"""A measured machine as a chip of the user's catalogue: each core is one, with its share of the machine."""

from __future__ import annotations

from pathlib import Path

from orchard.catalogue.chip import Entry
from orchard.catalogue.fact import Source
from orchard.catalogue.user import write_own
from orchard.estimate.host import host_path
from orchard.files import write_text
from orchard.train.host.calibrate import Calibrated

HOST, SOURCE = "host", "this-machine"
_TERA, _GIGA = 1e12, 1e9


def rows(found: Calibrated) -> list[dict[str, str]]:
    """Rows of facts, in the columns of the catalogue."""
    model, cores = found.model, found.model.cores
    best = found.peaks[cores]
    fastest = best.bf16_flops_per_s if model.precision == "bf16" else best.fp32_flops_per_s
    where = f"{cores} threads, divided by cores"
    note = "" if model.precision == "bf16" else "in fp32, which is faster here than bf16"
    table = [
        ("bf16", fastest / _TERA, "TFLOP/s", "dense", f"square matrix products, {where}", note),
        ("fp32", best.fp32_flops_per_s / _TERA, "TFLOP/s", "dense", f"square matrix products, {where}", ""),
        ("memory", found.ram_bytes / _GIGA, "GB", "", "memory of the machine, divided by cores", ""),
        (
            "memory_bandwidth",
            best.copy_bytes_per_s / _GIGA,
            "GB/s",
            "",
            f"copies beyond all caches, {where}",
            "",
        ),
    ]
    if model.power_w:
        table.append(("it_power", model.power_w, "W/chip", "", f"{model.power_basis}, divided by cores", ""))
    listed = [
        (word, value / cores, unit, basis, where, said) for word, value, unit, basis, where, said in table
    ]
    listed.append(("chips_per_node", float(cores), "chip", "", "cores that this process may use", ""))
    return [
        {
            "id": f"chip.{HOST}.{word}",
            "value": f"{value:.6g}",
            "unit": unit,
            "basis": basis,
            "kind": "measured",
            "source": SOURCE,
            "locator": locator,
            "as_of": model.date,
            "note": said,
        }
        for word, value, unit, basis, locator, said in listed
    ]


def keep(found: Calibrated, folder: Path) -> list[Path]:
    """Write facts and step model into a user's folder; returns the files that matter.

    Raises
    ------
    OutputError
        a folder or file that cannot be written
    """
    model = found.model
    source = Source(
        SOURCE, f"this machine: {model.machine}", "measured here", "orchard calibrate host", model.date
    )
    write_own(folder, HOST, rows(found), source, Entry(HOST, f"a core of {model.machine}", "", "", ""))
    path = folder / host_path().name
    write_text(model.text(), path)
    return [folder / "catalogue" / "facts" / f"{HOST}.csv", path]
