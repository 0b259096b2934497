# command: -X warn_default_encoding {script}
"""-X warn_default_encoding: a text file without an encoding is warned of."""
import tempfile
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    with tempfile.TemporaryFile("w") as file:
        file.write("x")
    open("/dev/null").close()
print([(w.category.__name__, str(w.message)) for w in caught])
