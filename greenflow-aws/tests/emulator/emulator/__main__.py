"""Starts the emulator: prints `ready ENDPOINT` and serves until its standard input ends."""

from __future__ import annotations

import argparse
import os
import sys
import threading


def main() -> None:
    """Runs it."""
    arguments = argparse.ArgumentParser(prog="emulator", description=__doc__)
    arguments.add_argument("--port", type=int, default=0, help="of 127.0.0.1; 0 takes a free one")
    arguments.add_argument(
        "--stay", action="store_true", help="go on when the standard input has ended"
    )
    said = arguments.parse_args()
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    from .server import serve

    server, app = serve(said.port)
    if not said.stay:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    print(f"ready {app.endpoint}", flush=True)
    server.serve_forever()


def _end_with_parent() -> None:
    # Whoever started it holds the other end of the pipe: it closes when that process dies.
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
