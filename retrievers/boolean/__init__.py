"""Boolean search in the syntaxes of PubMed and Ovid MEDLINE: parse, write, evaluate."""
