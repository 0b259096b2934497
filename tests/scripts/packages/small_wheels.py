# packages: beautifulsoup4, python-dateutil, jiter, kiwisolver, contourpy, joblib, packaging, fonttools, click, pyparsing
"""Smaller packages of the release: HTML soup, dates, a JSON parser in Rust, C++ solvers, parsing, versions, commands."""
import datetime
import io

import click
import click.testing
import contourpy
import jiter
import joblib
import kiwisolver
import numpy as np
import pyparsing as pp
from bs4 import BeautifulSoup
from dateutil import parser, relativedelta, rrule
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import RecordingPen
from fontTools.misc.transform import Transform
from packaging import requirements, specifiers, tags, version

soup = BeautifulSoup("<p class='a b'>Zażółć <b>gęślą</b><p>two<a href=/x>link", "html.parser")
print([p.get_text(" ") for p in soup.find_all("p")], soup.a["href"], soup.select_one("p.a > b").string, soup.b.parent["class"])
print(soup.prettify())

print("-- dates")
start = datetime.datetime(2024, 1, 31)
print(start + relativedelta.relativedelta(months=1), parser.parse("3rd of May 2021 10:15 PM +0200"), parser.isoparse("2024-W09-4"), [d.date().isoformat() for d in rrule.rrule(rrule.MONTHLY, count=3, bymonthday=-1, dtstart=start)])

print("-- jiter (Rust)")
print(jiter.from_json(b'{"a": [1, 2.5, null, "\\u017c"], "big": 123456789012345678901234567890}'), jiter.from_json(b'["trunc', partial_mode="trailing-strings"))
for bad in (b"[1, 2", b'{"a" 1}', b"[1,]", b"\xff", b'"\\x"'):
    try:
        jiter.from_json(bad)
    except ValueError as error:
        print(error)

print("-- kiwisolver and contourpy (C++)")
x, y, solver = kiwisolver.Variable("x"), kiwisolver.Variable("y"), kiwisolver.Solver()
solver.addConstraint(x + y == 10)
solver.addConstraint((x >= 3) | "strong")
solver.addConstraint((x == 0) | "weak")
solver.updateVariables()
print(x.value(), y.value())
try:
    solver.addConstraint(x + y == 11)
except kiwisolver.UnsatisfiableConstraint as error:
    print("UnsatisfiableConstraint")
g = np.linspace(-1, 1, 9)
generator = contourpy.contour_generator(z=np.hypot(*np.meshgrid(g, g)))
print([line.shape for line in generator.lines(0.5)], len(generator.filled(0.2, 0.6)[0]))
try:
    contourpy.contour_generator(z=[[1]])
except (ValueError, TypeError) as error:
    print(type(error).__name__, error)

print("-- pure Python")
expression = pp.infix_notation(pp.common.integer, [(pp.one_of("* /"), 2, pp.OpAssoc.LEFT), (pp.one_of("+ -"), 2, pp.OpAssoc.LEFT)])
print(expression.parse_string("1 + 2 * (3 - 4)").as_list(), version.Version("1.0rc2") < version.Version("1.0"), "3.14" in specifiers.SpecifierSet(">=3.10,!=3.11.*"), requirements.Requirement("a[b]>=1; python_version > '3'").extras, str(next(tags.sys_tags())))
try:
    expression.parse_string("1 + ", parse_all=True)
except pp.ParseException as error:
    print("ParseException", error)
print(joblib.Parallel(n_jobs=1)(joblib.delayed(pow)(i, 2) for i in range(5)), len(joblib.hash([1, "a"])))
stream = io.BytesIO()
joblib.dump({"a": np.arange(3)}, stream)
stream.seek(0)
print(joblib.load(stream))
pen, bounds = RecordingPen(), BoundsPen(None)
for p in (pen, bounds):
    p.moveTo((0, 0)), p.curveTo((0, 100), (100, 100), (100, 0)), p.closePath()
print(pen.value, bounds.bounds, Transform().rotate(0.5).scale(2).transformPoint((1, 1)))


@click.command()
@click.argument("name")
@click.option("--count", default=1, type=click.IntRange(1, 3))
def hello(name, count):
    click.echo(f"Hello {name}! " * count)


runner = click.testing.CliRunner()
for arguments in (["Ż", "--count", "2"], ["x", "--count", "9"], []):
    result = runner.invoke(hello, arguments)
    print(result.exit_code, result.output)
