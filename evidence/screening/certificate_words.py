"""A stopping certificate in words: a sentence for a terminal, all of its facts for a report."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from evidence.judgements import StoppingCertificate

METHODS = {
    "certified": "certified: an exact bound, by a random sample fixed before any of it was read",
    "quick": "quick: a test on the order of screening, not strictly guaranteed under repeated use",
}
_NO_SAMPLE = "certified: even if all that is unscreened had to be included, the target is reached"


def certificate_sentence(certificate: StoppingCertificate) -> str:
    """What the certificate says, on what grounds, in a sentence."""
    target, confidence = level(certificate.target_recall), level(certificate.confidence)
    screened = f"{certificate.n_screened:,} of {certificate.n_records:,} records screened"
    if certificate.method == "quick":
        return (
            f"at least {target} of what is to be included is found by the quick test (p = "
            f"{certificate.p_value:.3g}, {screened}), which is not strictly guaranteed"
        )
    if not certificate.n_sampled:
        return (
            f"at least {target} of what is to be included is found for certain ({screened}): "
            "the rest is too small to change that"
        )
    return (
        f"at least {target} of what is to be included is found, with a confidence of {confidence} "
        f"({screened}; {certificate.n_included_in_sample:,} of a random sample of "
        f"{certificate.n_sampled:,} included, p = {certificate.p_value:.3g})"
    )


def certificate_facts(certificate: StoppingCertificate) -> list[tuple[str, str]]:
    """Every value of the certificate with its name, as a report prints it."""
    certified = certificate.method == "certified"
    method = METHODS[certificate.method]
    if certified and not certificate.n_sampled:
        method = _NO_SAMPLE
    facts = [
        ("Method", method),
        ("Target recall", level(certificate.target_recall)),
        ("Confidence", level(certificate.confidence)),
        ("p-value of a recall below the target", f"{certificate.p_value:.3g}"),
        ("Lower bound of recall", bound(certificate.recall_low)),
        ("Records", f"{certificate.n_records:,}"),
        ("Records screened", f"{certificate.n_screened:,}"),
        ("Records included on title and abstract", f"{certificate.n_included:,}"),
    ]
    if certificate.n_sampled:
        facts += [
            ("Records in the random sample", f"{certificate.n_sampled:,}"),
            ("Included in the random sample", f"{certificate.n_included_in_sample:,}"),
            ("Attempt", f"{certificate.attempt:,}"),
            ("Seed of the sample", str(certificate.seed)),
        ]
    return facts


def level(share: float) -> str:
    """A recall or confidence that was set, in per cent as it was written: `99.5 %`."""
    return f"{float(Decimal(repr(share)) * 100):.10g} %"


def bound(share: float) -> str:
    """A share in per cent, rounded down so that it promises nothing more: `95.1 %`."""
    return f"{(Decimal(repr(share)) * 100).quantize(Decimal('0.1'), ROUND_FLOOR)} %"
