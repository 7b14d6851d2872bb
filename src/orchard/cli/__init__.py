"""The command line: one small file a verb, and one place where errors become sentences."""

from orchard.cli.main import main

__all__ = ["main"]
