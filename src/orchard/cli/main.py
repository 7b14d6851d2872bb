"""``orchard``: how a command begins and how it ends, whatever happens in between."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; a user's mistake ends in sentences and exit status 2, never a traceback.

    Ctrl-C ends it with status 130 and SIGTERM with 143, when what was begun has been cleared away.
    Nothing is imported before the first line here runs, so that this holds from the start.
    """
    heard: list[int] = []
    try:
        from orchard.cli.signals import Signals

        with Signals(heard):
            from orchard.cli.app import run

            status = run()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception:
        if not heard:  # what an interrupted import or library makes of a signal is no news
            raise
    status = 128 + heard[0] if heard else status
    if heard or status == INTERRUPTED:
        print("interrupted: no file is half-written", file=sys.stderr)
    sys.exit(status)
