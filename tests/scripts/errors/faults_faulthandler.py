"""faulthandler: dumps of the stack to a file, what enabling says, timers that cannot be."""
import faulthandler
import tempfile

with tempfile.TemporaryFile("w+") as file:
    def inner():
        faulthandler.dump_traceback(file, all_threads=False)

    inner()
    file.seek(0)
    lines = file.read().splitlines()
print(lines[0].split("0x")[0], [line.rsplit(" ", 1)[-1] for line in lines[1:]])
print(faulthandler.is_enabled(), faulthandler.enable(), faulthandler.is_enabled(), faulthandler.disable(), hasattr(faulthandler, "register"))
try:
    faulthandler.dump_traceback_later(100)
    faulthandler.cancel_dump_traceback_later()
    print("later")
except (RuntimeError, AttributeError) as error:
    print(type(error).__name__)
