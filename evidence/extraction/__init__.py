"""Rules that read a trial's arms, characteristics and results out of a document.

Data flows `wording` · `time_points` · `numbers` → `abbreviations` → `arms` · `outcomes` →
`tables` · `sentences` → `findings`; `characteristics` stands beside them. Offsets count from the
start of `Document.text`, so that every number can be quoted where it stands.
"""
