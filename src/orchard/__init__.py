"""Orchard plans, trains, serves and accounts for a frontier-AI programme from one file."""

__version__ = "0.1.0"
