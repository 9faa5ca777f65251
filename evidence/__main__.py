"""`evidence` on the command line, also `python -m evidence`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run a command; a user's error is one line and exit code 2."""
    # A library in Rust that prints its stack without memory waits for its own lock for ever.
    os.environ["RUST_BACKTRACE"] = "0"
    from evidence.cli import app
    from evidence.console import plain
    from evidence.errors import EvidenceError

    try:
        if sys.platform == "linux" and sys.argv[1:2] == ["index"]:  # what takes the most memory
            from evidence.own_process import go_on_in_child

            go_on_in_child()
        app()
    except EvidenceError as error:
        print(f"error: {plain(str(error))}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:  # a file or folder that somebody named, or a full disk
        named = error.filename2 or error.filename
        where = f"{named}: " if named else ""
        print(f"error: {plain(f'{where}{error.strerror or error}')}", file=sys.stderr)
        sys.exit(2)
    except MemoryError:
        _end_for_memory()
    except KeyboardInterrupt:
        print("stopped; run the same command again to go on", file=sys.stderr)
        sys.exit(130)
    except BaseException as error:
        # What Rust's libraries raise when memory is short; their class cannot be imported.
        if type(error).__name__ == "PanicException":
            _end_for_memory()
        raise


def _end_for_memory() -> None:
    told = "not enough memory; close other programs, or give it less at a time"
    print(f"error: {told}, and run the same command again", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
