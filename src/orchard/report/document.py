"""One HTML file that works without a network: style, script, data and charting library inside.

A content security policy names the two scripts by their digests, so nothing else runs and nothing is
ever loaded.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

_HERE = Path(__file__).parent


def render(template: str, context: Mapping[str, Any]) -> str:
    """Make the text of a page. The same context always gives the same text.

    Parameters
    ----------
    template
        a file beside this one
    context
        what the template names; `figures` maps the id of an element to its Plotly figure
    """
    from plotly.offline import get_plotlyjs  # costs time that only a report needs

    library = Markup(get_plotlyjs())
    script = Markup((_HERE / "script.js").read_text(encoding="utf-8"))
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["nbsp"] = lambda text: str(text).replace(" ", "\u00a0")
    environment.filters["breakable"] = breakable
    environment.filters["sentence"] = lambda text: text[:1].upper() + text[1:]
    return environment.get_template(template).render(
        **context,
        style=Markup((_HERE / "style.css").read_text(encoding="utf-8")),
        library=library,
        script=script,
        policy=" ".join(f"'sha256-{_sha256(text)}'" for text in (library, script)),
    )


def breakable(name: str) -> Markup:
    """Let a dotted name break after its dots and underscores, and nowhere else."""
    return Markup(re.sub(r"([._])(?=\w)", r"\1<wbr>", str(escape(name))))


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
