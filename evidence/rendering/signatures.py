"""Who wrote the recommendation and who signed it, as every export tells it; without times."""

from __future__ import annotations

from evidence.decision.versions import standing_text
from evidence.report import Report, ReportedVersion


def recommendation_title(report: Report) -> str:
    """`Draft recommendation` until somebody has signed it."""
    return "Recommendation" if report.signed_off_by else "Draft recommendation"


def standing_lines(report: Report) -> list[str]:
    """Who wrote what stands, and whether it is signed; nothing without a recommendation."""
    lines = [f"Written by {report.recommendation_by}."] if report.recommendation_by else []
    if report.recommendation_versions:
        last = report.recommendation_versions[-1]
        lines.append(f"Version {last.number}: {standing_text(report.signed_off_by)}.")
        lines += [f"Open in the review when it was signed by {told}." for told in last.left_open]
        lines += [f"Signature withdrawn by {told}." for told in last.withdrawn]
    return lines


def history_lines(report: Report) -> list[str]:
    """A line for each version; nothing where there is only one."""
    found = report.recommendation_versions
    return [_line(version) for version in found] if len(found) > 1 else []


def _line(version: ReportedVersion) -> str:
    told = f"by {version.by}"
    if version.reason:
        told += f": {version.reason}"
    return f"{told} ({standing_text(version.signed_by)})"
