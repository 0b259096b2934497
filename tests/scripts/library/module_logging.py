"""logging: formats, levels, handlers to files that rotate, exceptions, configuration by dictionary, lastResort, errors inside."""
import logging
import logging.config
import logging.handlers
import os
import sys
import tempfile

os.chdir(tempfile.mkdtemp())
logging.config.dictConfig({"version": 1, "formatters": {"f": {"format": "{levelname}:{name}:{funcName}:{lineno}:{message}", "style": "{"}}, "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "f"}, "file": {"class": "logging.handlers.RotatingFileHandler", "filename": "log", "maxBytes": 60, "backupCount": 2}}, "root": {"level": "INFO", "handlers": ["out", "file"]}})
log = logging.getLogger("a.b")


def work():
    log.debug("not shown")
    log.info("shown %s %d", "żółw", 3)
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed")


work()
for i in range(6):
    log.warning("a longer line number %d", i)
logging.shutdown()
print(sorted(os.listdir(".")), open("log").read(), open("log.2").read(), sep="\n")
logging.raiseExceptions = False
log.error("wrong %d", "arguments")
print(logging.getLevelName(35), logging.getLevelNamesMapping()["WARN"], log.isEnabledFor(10), log.getEffectiveLevel(), logging.getLogger("a").getChild("b") is log)
memory = logging.handlers.MemoryHandler(10, target=logging.StreamHandler(sys.stdout))
record = logging.makeLogRecord({"msg": "made", "levelno": 50, "name": "n", "created": 0.5, "msecs": 500})
memory.handle(record)
memory.flush()
print(logging.Formatter("%(asctime)s %(name)s", "%H:%M:%S").format(record), logging.Formatter("%(asctime)s").format(record))
