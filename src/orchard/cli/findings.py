"""Findings: sentences on standard error, or JSON on standard output where the answer would be JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import pairwise, takewhile

from orchard.errors import Finding


def wants_json(words: Sequence[str]) -> bool:
    """Whether a command line asks for JSON, even one that cannot be read.

    ``plan --json FILE`` names a file and asks for nothing to be printed, but for ``plan --json -``.

    >>> wants_json(["layout", "gpt3", "--json"]), wants_json(["check", "a.yaml", "--format", "json"])
    (True, True)
    >>> wants_json(["plan", "a.yaml", "--json", "plan.json"])
    False
    """
    options = list(takewhile(lambda word: word != "--", words))
    pairs = set(pairwise(options))
    if "--format=json" in options or ("--format", "json") in pairs:
        return True
    if options[:1] == ["plan"]:
        return "--json=-" in options or ("--json", "-") in pairs
    return "--json" in options


def report(findings: Sequence[Finding], as_json: bool) -> None:
    """Print findings."""
    if as_json:
        print(json.dumps({"findings": [finding._asdict() for finding in findings]}, indent=2), flush=True)
        return
    print("\n\n".join(str(finding) for finding in findings), file=sys.stderr)
    wrong = sum(finding.severity == "error" for finding in findings)
    print(f"\n{wrong} to mend" if wrong > 1 else "", file=sys.stderr, end="\n" if wrong > 1 else "")
