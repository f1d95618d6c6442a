"""One module a peer library: its call for our problem, at its best honest settings."""
