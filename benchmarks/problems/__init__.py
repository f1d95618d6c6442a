"""One module a problem: a TITLE, what is claimed in CLAIM, and ``cases(full)``."""
