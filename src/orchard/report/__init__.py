"""What a result means: one HTML file that works offline, and an answer for the terminal."""

from orchard.report.page import render_report, write_report
from orchard.report.terminal import print_plan

__all__ = ["print_plan", "render_report", "write_report"]
