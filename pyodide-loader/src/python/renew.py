"""Makes a restored interpreter one of its own: its command line, its environment, its randomness.

The host compiles this before it freezes an interpreter and keeps the function; nothing of it is in sys.modules.
"""


def renew(config):
    """Takes CPython's configuration as a dictionary and completes it; the host hands it back to CPython."""
    import os
    import sys

    fields = iter(os.fsdecode(config.pop("pyrun")).split("\0"))

    def texts():
        return [next(fields) for _ in range(int(next(fields)))]

    kind, target = next(fields), next(fields)
    argv, orig_argv, variables = texts(), texts(), texts()
    if kind:
        config.update(run_command=None, run_module=None, run_filename=None)
        if kind != "stdin":
            config["run_" + kind] = target
        config.update(argv=argv, orig_argv=orig_argv)
        sys.argv, sys.orig_argv = argv, orig_argv
    for name, value in zip(variables[::2], variables[1::2]):
        os.environ[name] = value

    # CPython asks whether these are terminals when it makes them.
    for stream in (sys.__stdin__, sys.__stdout__):
        if stream is not None and stream.line_buffering != stream.isatty():
            stream.reconfigure(line_buffering=stream.isatty())

    # Whatever had drawn from the system's entropy would go on alike in all that start from here. The rest (os.urandom,
    # secrets, new generators of NumPy's) asks each time.
    loaded = sys.modules.get
    if random := loaded("random"):
        random.seed()
    if numpy_random := loaded("numpy.random"):
        numpy_random.seed()
    if tempfile := loaded("tempfile"):
        tempfile._name_sequence = None
    if uuid := loaded("uuid"):
        uuid._node = uuid._last_timestamp = None
    if ssl := loaded("ssl"):
        ssl.RAND_add(os.urandom(64), 64.0)
