# command: {script} --quiet
"""cmd.Cmd on standard input: prompts, help, unknown commands, empty lines, the end of the input; getopt and optparse beside."""
import cmd
import getopt
import optparse
import sys


class Shell(cmd.Cmd):
    prompt, intro, use_rawinput = "> ", "welcome", False

    def do_add(self, line):
        """Adds numbers."""
        print(sum(map(int, line.split())))

    def do_EOF(self, line):
        print("end of input")
        return True

    def postcmd(self, stop, line):
        print("after", repr(line))
        return stop


Shell().cmdloop()
print(getopt.gnu_getopt(["-a", "x", "--long=1", "-b"], "ab", ["long="]))
try:
    getopt.getopt(["-z"], "a")
except getopt.GetoptError as error:
    print(error, error.opt)
parser = optparse.OptionParser("usage: %prog [options]", prog="p")
parser.add_option("-q", "--quiet", action="store_true", default=False, help="say less")
print(parser.parse_args(sys.argv[1:]), parser.format_help())
parser.parse_args(["--nothing"])
