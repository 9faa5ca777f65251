"""`evidence` on the command line, also `python -m evidence`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run a command; a user's error is one line and exit code 2."""
    from evidence.cli import app
    from evidence.errors import EvidenceError

    try:
        app()
    except EvidenceError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:  # a file or folder that somebody named, or a full disk
        named = error.filename2 or error.filename
        where = f"{named}: " if named else ""
        print(f"error: {where}{error.strerror or error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("stopped; run the same command again to go on", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
