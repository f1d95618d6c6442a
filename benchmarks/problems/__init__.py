"""One module a problem, or one folder a room of problems.

A problem has a TITLE, what is claimed in CLAIM, and ``cases(full)``: a `Case` takes
turns, a `Study` counts. It may have ``conclude(rows)``, which holds the figures
against the claim, DRAWN, the figure that is drawn if that is not the ratio, and NEEDS,
the files of CUSTBASE_DATA without which it is skipped.
"""
