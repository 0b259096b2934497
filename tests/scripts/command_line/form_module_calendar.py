# command: -m calendar 2026 2
"""-m calendar: a month."""
