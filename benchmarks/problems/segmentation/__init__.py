"""Segments: how fast, how well, how many; ``python -m benchmarks segmentation`` for all."""
