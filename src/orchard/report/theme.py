"""The look of the charts: one palette, named by the variables of ``style.css``.

Figures never hold a colour: they hold ``var(--name)``, and the page's script puts in the value
that the reader's colour scheme (light, dark, print) gives to the name.
"""

from __future__ import annotations

from typing import Any

Figure = dict[str, Any]

INK = "var(--ink)"
MUTED = "var(--muted)"
HAIRLINE = "var(--hairline)"
PAPER = "var(--paper)"

# Lines and their bands, in the order in which a chart uses them.
SERIES = ("1", "2", "3", "4", "5")
MAX_SERIES = 3


def line_colour(index: int) -> str:
    """Colour of the n-th line, bar or diamond of a chart."""
    return f"var(--c{SERIES[index % len(SERIES)]})"


def band_colour(index: int) -> str:
    """Colour of the band around the n-th line."""
    return f"var(--c{SERIES[index % len(SERIES)]}-band)"


def layout(height: int, **extra: Any) -> Figure:
    """Plotly layout shared by every chart: no frame, no legend, labels inside, no zooming."""
    return {
        "height": height,
        "autosize": True,
        "margin": {"l": 0, "r": 3, "t": 14, "b": 26, "pad": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "var(--sans)", "size": 12, "color": MUTED},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": PAPER,
            "bordercolor": HAIRLINE,
            "font": {"family": "var(--sans)", "size": 12, "color": INK},
            "namelength": -1,
        },
        **extra,
    }


def date_axis(first: str, last: str) -> Figure:
    """Time from left to right, one tick a year."""
    return {
        "type": "date",
        "range": [first, last],
        "tickformat": "%Y",
        "dtick": "M12",
        "tick0": "2000-01-01",
        "ticklabelmode": "period",
        "hoverformat": "%-d %b %Y",
        "showgrid": False,
        "zeroline": False,
        "showline": True,
        "linecolor": MUTED,
        "linewidth": 1,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": MUTED,
        "fixedrange": True,
    }


def as_of_line(day: str, label: str) -> tuple[Figure, Figure]:
    """Draw the vertical line of the day the programme is known at: its shape and its label."""
    shape = {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": day,
        "x1": day,
        "y0": 0,
        "y1": 1,
        "line": {"color": MUTED, "width": 1, "dash": "dot"},
        "layer": "below",
    }
    note = {
        "x": day,
        "xref": "x",
        "y": 1,
        "yref": "paper",
        "text": label,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "top",
        "xshift": 3,
        "yshift": 4,
        "font": {"size": 11, "color": MUTED},
    }
    return shape, note
