# command: {script} --bad
"""argparse: usage, subcommands, types, errors that exit with 2 and print on standard error, help as text."""
import argparse
import sys

parser = argparse.ArgumentParser(prog="prog", description="żółw", epilog="end", suggest_on_error=True, color=False)
parser.add_argument("file", nargs="?", type=argparse.FileType("r"), default=None)
parser.add_argument("-n", "--number", type=int, choices=range(3), default=1, help="a number (default: %(default)s)")
group = parser.add_mutually_exclusive_group()
group.add_argument("--yes", action=argparse.BooleanOptionalAction)
group.add_argument("--count", "-c", action="count")
print(parser.format_help())
for line in ("-n 2 -ccc", "--no-yes", "-n 9", "-n x", "--yes -c", "/no/such/file", "--numer 1", "-n"):
    try:
        print(line, parser.parse_args(line.split()))
    except SystemExit as error:
        print(line, "exits", error.code)
sub = argparse.ArgumentParser(prog="sub", color=False)
commands = sub.add_subparsers(dest="command", required=True)
commands.add_parser("run", aliases=["r"]).add_argument("what", nargs="+")
print(sub.parse_args(["r", "a", "b"]), sub.parse_known_args(["run", "x", "--unknown"]))
sys.stdout.flush()
parser.parse_args()
