"""What happened: append-only runs, predictions and measurements, with digests.

One file of JSON Lines a programme. What is predicted is written before the work begins, what is measured
after it, under the same run and the same names, so that both can be laid side by side::

    ledger = Ledger(folder / "ledger.jsonl")
    ledger.append("prediction", "avocado", {"step_s": {"low": 2.8, "value": 3.1, "high": 3.5}})
    ledger.append("measurement", "avocado", {"step_s": 3.02})

Read in this order: `kinds` (what is written, by which names), `entry` (one line and its digest), `ledger`
(the file: appending, reading, verifying), `reconcile` (predicted beside measured), `find`.
"""

from __future__ import annotations

from orchard.ledger.entry import Entry
from orchard.ledger.find import ledgers
from orchard.ledger.kinds import KINDS, VALUES, Kind, Range, range_of
from orchard.ledger.ledger import Ledger
from orchard.ledger.reconcile import Account, Pair, accounts, pairs

__all__ = [
    "KINDS",
    "VALUES",
    "Account",
    "Entry",
    "Kind",
    "Ledger",
    "Pair",
    "Range",
    "accounts",
    "ledgers",
    "pairs",
    "range_of",
]
