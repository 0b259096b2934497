"""traceback and frames as objects: extract, walk, limits, locals captured, frames cleared, code positions."""
import sys
import traceback


def outer(argument):
    local = [argument] * 2
    return inner(local)


def inner(value):
    return value[0] / value[
        1]


try:
    outer(0)
except ZeroDivisionError as error:
    tb = error.__traceback__
stack = traceback.extract_tb(tb)
print([(f.name, f.lineno - stack[0].lineno, f.end_lineno - f.lineno, f.colno, f.end_colno, f.line) for f in stack])
frame = tb.tb_next.tb_next.tb_frame
print(frame.f_locals, frame.f_code.co_name, frame.f_back.f_locals["argument"], tb.tb_lasti >= 0, frame.f_lineno == tb.tb_next.tb_next.tb_lineno)
print(traceback.format_list(traceback.extract_tb(tb, limit=-1))[0].count("inner"), len(traceback.extract_tb(tb, limit=1)))
captured = traceback.TracebackException.from_exception(error := ZeroDivisionError("made"), capture_locals=True)
print(list(captured.format()), captured.exc_type_str)
print("".join(traceback.StackSummary.extract(traceback.walk_tb(tb), capture_locals=True).format()).count("local = [0, 0]"))
frame.clear()
print(frame.f_locals, [line.strip() for line in traceback.format_exception_only(SyntaxError("bad", ("f.py", 2, 5, "x = 1 +", 2, 8)))])
print(list(outer.__code__.co_positions())[4], [n for *_, n in outer.__code__.co_lines()][:2] != [], sys._getframe().f_code.co_name, sys.exc_info())
