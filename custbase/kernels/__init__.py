"""Compiled loops: pure functions on arrays, without classes, scikit-learn or pandas."""
