"""Known faults of the locked dependencies, where the public database of them can be asked.

    python -m tests.security.audit

pip-audit asks it. Exit code 1 names packages with a known fault. Without the network nothing can be
checked: that is said, with exit code 0, so that a build without a network does not fail.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence

from tests.security.licences import LOCK

COMMAND = (
    *(sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--no-deps", "--disable-pip"),
    *("--progress-spinner", "off", "--format", "json"),
)
LONGEST_SECONDS = 600
Asked = tuple[str, str]
"""What pip-audit wrote on standard output and on standard error."""


def audit(ask: Callable[[Sequence[str]], Asked]) -> tuple[int, str]:
    """The exit code, and what to tell."""
    out, err = ask(COMMAND)
    try:
        packages = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (err.strip().splitlines() or ["no answer"])[-1]
        return 0, f"not checked: the database of known faults gave no answer ({last[:200]})"
    faults = [
        f"{package['name']} {package['version']}: {fault['id']}"
        f" (mended in {', '.join(fault['fix_versions']) or 'no version yet'})"
        for package in packages
        for fault in package.get("vulns", ())
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    told = [f"{len(packages)} packages, {len(faults)} known faults, {len(skipped)} not looked up"]
    return (1 if faults else 0), "\n".join([*faults, *told])


def run(command: Sequence[str]) -> Asked:
    """Start pip-audit."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return "", f"no answer within {LONGEST_SECONDS} s"
    return done.stdout, done.stderr


if __name__ == "__main__":
    code, words = audit(run)
    print(words)
    sys.exit(code)
