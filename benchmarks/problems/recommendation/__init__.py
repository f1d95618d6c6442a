"""Recommendations: how fast, how good, and of what memory."""
