# not-node: its Python has no readline
"""The interface of readline, where nothing is read from a terminal; what it does at one is tested in tests/cli."""
import io
import os
import re
import readline
import sys
import tempfile

os.chdir(tempfile.mkdtemp())
os.environ["HOME"] = os.getcwd()


def attempt(text):
    try:
        print(text, "->", repr(eval(text)))
    except Exception as error:
        print(text, "!!", type(error).__name__, re.sub(r"^\[Errno \d+\] ", "", str(error)))


print([name for name in dir(readline) if not name.startswith("_")], readline.backend)
for text in (
    "readline.get_current_history_length()", "readline.add_history('a')", "readline.add_history('b')",
    "[readline.get_history_item(number) for number in (-1, 0, 1, 2, 3)]", "readline.get_history_item('a')", "readline.add_history(5)",
    "readline.add_history('q\\0')", "readline.remove_history_item(9)", "readline.remove_history_item(-1)", "readline.replace_history_item(9, 'x')",
    "readline.replace_history_item(-1, 'x')", "readline.replace_history_item(0, 'x')", "readline.get_history_item(1)",
    "readline.remove_history_item(0)", "readline.get_current_history_length()", "readline.get_history_length()",
    "readline.set_history_length('a')", "readline.get_completer()", "readline.set_completer(5)", "readline.set_completer(len)",
    "readline.get_completer()", "readline.set_completer()", "readline.get_completer()", "readline.get_completer_delims()",
    "readline.set_completer_delims(' ')", "readline.set_completer_delims(5)", "readline.get_completer_delims()", "readline.get_line_buffer()",
    "readline.get_begidx(), readline.get_endidx(), readline.get_completion_type()", "readline.insert_text('x')", "readline.insert_text(5)",
    "readline.parse_and_bind('tab: complete')", "readline.parse_and_bind(5)", "readline.read_init_file('none')",
    "readline.read_history_file('none')", "readline.read_history_file()", "readline.write_history_file('no/where')",
    "readline.append_history_file(1, 'none')", "readline.append_history_file(-1, 'none')", "readline.redisplay()",
    "readline.set_startup_hook(5)", "readline.set_pre_input_hook(5)", "readline.set_completion_display_matches_hook(5)",
    "readline.set_auto_history(False)", "readline.clear_history()", "readline.add_history('one')", "readline.add_history('\\xfc\\udcff')",
    "readline.write_history_file('h')", "open('h', 'rb').read()", "readline.append_history_file(1, 'h')", "open('h', 'rb').read()",
    "readline.clear_history()", "readline.read_history_file('h')", "[readline.get_history_item(number) for number in range(1, 5)]",
    "readline.set_history_length(1)", "readline.write_history_file('h')", "open('h', 'rb').read()", "readline.set_history_length(0)",
    "readline.append_history_file(1, 'h')", "open('h', 'rb').read()", "readline.set_history_length(-1)", "readline.write_history_file()",
    "sorted(os.listdir())",
):
    attempt(text)
sys.stdin = io.StringIO("typed\n")
print(input("prompt> "), readline.get_current_history_length())
try:
    input()
except EOFError as error:
    print("EOFError", error)
