"""What a calibrated machine knows: rates of work by number of threads, kept in the user's folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from orchard.catalogue.user import user_folder
from orchard.errors import Finding, OrchardError

# Version of the file: what an older one says is not understood.
FORMAT = 2
REMEDY = "orchard calibrate host"


@dataclass(frozen=True)
class Rates:
    """Seconds for a unit of work, by kind, and how far steps that the fit has not seen lie off.

    Those of several threads are for a thread's share of a pass, while the others do theirs.
    `pass_width` and `optimiser_width` are half-widths of 80 % intervals on the logarithm of a time.
    """

    pass_s: dict[str, float]
    optimiser_s: dict[str, float]
    pass_width: float
    optimiser_width: float


@dataclass(frozen=True)
class HostModel:
    """A calibrated machine.

    Parameters
    ----------
    machine, date
        processor as it names itself, and the day it was measured
    precision
        number format of products that is fastest here: ``bf16`` or ``fp32``
    cores
        cores, which is also the number of chips the catalogue counts it as
    threads
        rates by number of threads: one, and all cores
    memory_bytes, memory_width
        bytes for a unit of what is held, by kind; half-width of the interval on the logarithm
    seen
        smallest and largest of each kind of work that was measured
    power_w, power_basis
        power of all cores under load, 0 where it is not known, and where that comes from
    """

    machine: str
    date: str
    precision: str
    cores: int
    threads: dict[int, Rates]
    memory_bytes: dict[str, float]
    memory_width: float
    seen: dict[str, tuple[float, float]]
    power_w: float = 0.0
    power_basis: str = ""

    @property
    def digest(self) -> str:
        """Identity of what was measured."""
        return sha256(self.text().encode()).hexdigest()

    def text(self) -> str:
        """The model as it is kept."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True) + "\n"


def host_path() -> Path:
    """Where the calibration of this machine is kept."""
    return user_folder() / "host.json"


def read_host(path: Path | None = None) -> HostModel | None:
    """The calibration of this machine; None where there is none.

    Raises
    ------
    OrchardError
        O849: a file that is none, or of another version
    """
    path = path or host_path()
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, (error.strerror or str(error)).lower()) from None
    except UnicodeDecodeError:
        raise _unreadable(path, "no text") from None
    return _parsed(path, text)


@lru_cache(maxsize=8)
def _parsed(path: Path, text: str) -> HostModel:
    try:
        said: dict[str, Any] = json.loads(text)
        if said.pop("format") != FORMAT:
            raise _unreadable(path, "a calibration of another version")
        said["threads"] = {int(count): Rates(**rates) for count, rates in said["threads"].items()}
        said["seen"] = {name: (float(low), float(high)) for name, (low, high) in said["seen"].items()}
        return HostModel(**said)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _unreadable(path, "no calibration of a machine") from None


def _unreadable(path: Path, found: str) -> OrchardError:
    return OrchardError(Finding("O849", str(path), "", found, f"a file as `{REMEDY}` writes it", REMEDY))
