"""What a person sees of verbs that train, and what these verbs need."""

from __future__ import annotations

from collections.abc import Callable


class Shown:
    """Lines of the loop and a bar for other work, on standard error; the first process alone shows them."""

    def __init__(self, say: Callable[[str], None]) -> None:
        import os

        from orchard.cli.progress import Progress
        from orchard.train.pipeline import Watch
        from orchard.train.progress import Line

        self._bar: Progress | None = None
        self._line = Line()
        first = os.environ.get("RANK", "0") == "0"
        self.watch = Watch(self._steps, self._work, say) if first else Watch()

    def __enter__(self) -> Shown:
        return self

    def __exit__(self, *_: object) -> None:
        self._hide()

    def _work(self, what: str, share: float) -> None:
        if self._bar is None:
            from orchard.cli.progress import Progress

            self._bar = Progress()
            self._bar.__enter__()
        self._bar(what, share)

    def _steps(self, report: object) -> None:
        self._hide()
        self._line(report)  # type: ignore[arg-type]

    def _hide(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None


def require_training() -> None:
    """Refuse to train where what training needs is not installed.

    Raises
    ------
    TrainError
        O838
    """
    from importlib.util import find_spec

    from orchard.errors import Finding, TrainError

    missing = [name for name in ("torch", "tokenizers", "safetensors") if find_spec(name) is None]
    if missing:
        found = f"{', '.join(missing)} not installed"
        raise TrainError(
            Finding("O838", "", "", found, "what training needs", "pip install 'orchard[train]'")
        )
