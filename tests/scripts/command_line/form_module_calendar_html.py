# command: -m calendar -t html 2024
"""-m calendar: a year as HTML, with its declared encoding."""
