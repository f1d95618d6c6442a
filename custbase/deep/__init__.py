"""Networks behind estimators: the only room that imports tensorflow, and only to train."""
