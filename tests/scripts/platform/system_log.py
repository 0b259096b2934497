# not-node: its Python has no syslog
"""Messages to a log that is not there, printed where LOG_PERROR asks for it."""
import os
import sys
import syslog

sys.addaudithook(lambda event, arguments: print(event, arguments) if event.startswith("syslog.") else None)
os.dup2(1, 2)
sys.stdout.reconfigure(line_buffering=True)


def attempt(text):
    try:
        print(text, "->", eval(text))
    except Exception as error:
        print(text, "!!", type(error).__name__, error)


print(sorted((name, value) for name, value in vars(syslog).items() if name.startswith("LOG_") and isinstance(value, int)))
for text in (
    "syslog.syslog('goes nowhere')", "syslog.closelog()", "syslog.openlog(logoption=syslog.LOG_PERROR)", "syslog.syslog('hello')",
    "syslog.syslog('line\\n')", "syslog.syslog('')", "syslog.syslog('two\\nlines\\n\\n')", "syslog.syslog(9999999, 'odd')",
    "syslog.syslog(-1, 'odd')", "syslog.syslog(999, '%s is kept')", "syslog.setlogmask(syslog.LOG_UPTO(3))", "syslog.syslog('masked')",
    "syslog.syslog(syslog.LOG_ERR | syslog.LOG_DAEMON, 'not masked')", "syslog.syslog(2047, 'masked')", "syslog.setlogmask(0)",
    "syslog.setlogmask(255)", "syslog.openlog('me', 34, syslog.LOG_MAIL)", "syslog.syslog('\\xfc')", "syslog.syslog('\\ud800')",
    "syslog.syslog('\\udcff')", "syslog.syslog('a\\0b')", "syslog.openlog('cut\\0off', 32)", "syslog.syslog('x')",
    "syslog.openlog('', 32)", "syslog.syslog('x')", "setattr(sys, 'argv', ['a/b'])", "syslog.openlog(logoption=32)", "syslog.syslog('x')",
    "setattr(sys, 'argv', [])", "syslog.openlog(logoption=32)", "syslog.syslog('the name stays')", "syslog.closelog()",
    "syslog.syslog('not open')", "syslog.openlog('x', 2**32 + 32, 99999)", "syslog.syslog('wrapped')", "syslog.openlog(None)",
    "syslog.openlog(1)", "syslog.openlog('x', 2**70)", "syslog.openlog('x', 1.5)", "syslog.openlog('x', 0, 'y')", "syslog.syslog()",
    "syslog.syslog(1)", "syslog.syslog(1, 2)", "syslog.syslog('a', 2)", "syslog.syslog(1, 'b', 'c')", "syslog.syslog(2**40, 'x')",
    "syslog.syslog(-2**40, 'x')", "syslog.syslog(2**63, 'x')", "syslog.setlogmask('a')", "syslog.setlogmask(2**64)",
    "syslog.LOG_MASK(3), syslog.LOG_MASK(31), syslog.LOG_MASK(33), syslog.LOG_MASK(-1)", "syslog.LOG_MASK('a')",
    "syslog.LOG_UPTO(3), syslog.LOG_UPTO(30), syslog.LOG_UPTO(31), syslog.LOG_UPTO(-1)", "syslog.LOG_UPTO(2**63)",
):
    attempt(text)
syslog.openlog("me", syslog.LOG_PERROR | syslog.LOG_PID)
read, write = os.pipe()
os.dup2(write, 2)
syslog.syslog("with the number")
print(os.read(read, 100) == b"me[%d]: with the number\n" % os.getpid())
os.close(2)
syslog.syslog("no stream")
