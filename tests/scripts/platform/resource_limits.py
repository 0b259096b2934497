# not-node: its Python has no resource
"""What a process may take, and what it has taken."""
import os
import resource
import sys

events = []
sys.addaudithook(lambda event, arguments: events.append((event, arguments)) if event.startswith("resource.") else None)


def attempt(text):
    try:
        print(text, "->", eval(text))
    except Exception as error:
        print(text, "!!", type(error).__name__, str(error).removeprefix(f"[Errno {getattr(error, 'errno', '')}] "))


print(sorted((name, value) for name, value in vars(resource).items() if name.startswith("R")))
print(resource.error, resource.struct_rusage, resource.struct_rusage.__match_args__)
CORE, RSS = resource.RLIMIT_CORE, resource.RLIMIT_RSS
for text in (
    "resource.getrlimit(RSS)", "resource.getrlimit(99)", "resource.getrlimit(-1)", "resource.getrlimit(2**40)",
    "resource.getrlimit('a')", "resource.getrlimit(1.5)", "resource.setrlimit(99, (1, 1))", "resource.setrlimit(CORE, (1,))",
    "resource.setrlimit(CORE, (2, 1))", "resource.setrlimit(CORE, 1)", "resource.setrlimit(CORE, 'ab')",
    "resource.setrlimit(CORE, (-2, -1))", "resource.setrlimit(CORE, (1.5, 1))", "resource.setrlimit(CORE, (2**70, 1))",
    "resource.setrlimit(CORE, [0, 50])", "resource.getrlimit(CORE)", "resource.setrlimit(CORE, (50, 50))", "resource.getrlimit(CORE)",
    "resource.setrlimit(CORE, (0, 50))", "resource.setrlimit(CORE, (0, 51))", "resource.setrlimit(CORE, (0, resource.RLIM_INFINITY))",
    "resource.prlimit(0, CORE)", "resource.prlimit(os.getpid(), CORE, (0, 40))", "resource.prlimit(0, CORE)",
    "resource.prlimit(0, CORE, (0, 41))", "resource.prlimit(0, CORE, (2, 1))", "resource.prlimit(0, CORE, (1,))",
    "resource.prlimit(0, CORE, None)", "resource.prlimit(0, 99)", "resource.prlimit(-1, CORE)", "resource.prlimit(2**40, CORE)",
    "resource.setrlimit(RSS, (2**63, 2**63))", "resource.getrlimit(RSS)",
    "resource.getrusage(7)", "resource.getrusage('a')", "resource.getrusage(2**40)", "resource.getrusage(resource.RUSAGE_CHILDREN)",
):
    attempt(text)
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft // 2, hard))
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (soft // 2, hard), 0 < soft <= hard)
before = resource.getrusage(resource.RUSAGE_SELF)
sum(range(3_000_000))
after = resource.getrusage(resource.RUSAGE_THREAD)
print(after.ru_utime + after.ru_stime > before.ru_utime + before.ru_stime, after[0] == after.ru_utime, len(after))
print(resource.getpagesize() == os.sysconf("SC_PAGESIZE"))
print(events[-1][0], events[0], len(events))
