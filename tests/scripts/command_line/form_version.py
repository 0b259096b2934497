# command: -VV
"""-VV prints the whole version line."""
