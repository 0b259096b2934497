# command: -m zipfile -l /no/such.zip
"""-m zipfile of an archive that is not there."""
