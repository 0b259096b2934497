# packages: beautifulsoup4, charset-normalizer, idna, packaging, python-dateutil, fonttools
"""Pure packages that lean on the library: soup of broken HTML, guessed encodings, IDNA, version orders, dates, fonts."""
import datetime

import bs4
import charset_normalizer
import dateutil.parser
import dateutil.relativedelta
import dateutil.rrule
import idna
import packaging.markers
import packaging.specifiers
import packaging.version
from fontTools.misc import fixedTools, psCharStrings
from fontTools.pens.recordingPen import RecordingPen

soup = bs4.BeautifulSoup("<p class='a b'>one<b>two<p>ż &amp; <a href=x>link</a><!-- c -->", "html.parser")
print(soup.p["class"], [t.get_text() for t in soup.find_all("p")], soup.select("p > b"), soup.a["href"], soup.prettify()[:60].split(), soup.find(string=lambda t: "c" in t), str(soup.b.extract()))
print(charset_normalizer.from_bytes("Zażółć gęślą jaźń, to jest dłuższy tekst po polsku.".encode("cp1250")).best() is not None, charset_normalizer.detect("日本語のテキスト".encode())["encoding"])
print(idna.encode("żółw.example"), idna.decode("xn--w-uga1v8h.example"), [str(v) for v in sorted(map(packaging.version.Version, ["1.0", "1.0rc1", "1.0.post1", "0.9", "1.0.dev3", "1!0.1"]))], packaging.version.Version("1.2") in packaging.specifiers.SpecifierSet(">=1,!=1.3"), packaging.markers.Marker("sys_platform == 'emscripten' and python_version >= '3.13'").evaluate())
for text in ("2024-02-29 12:30", "Feb 29, 2024 1pm", "10/11/12", "20240229T010203Z", "no date", "31 June 2024"):
    try:
        print(text, dateutil.parser.parse(text, default=datetime.datetime(2000, 1, 1)))
    except dateutil.parser.ParserError as error:
        print(text, error)
print(datetime.date(2024, 1, 31) + dateutil.relativedelta.relativedelta(months=1), [d.day for d in dateutil.rrule.rrule(dateutil.rrule.MONTHLY, count=3, byweekday=dateutil.rrule.FR(-1), dtstart=datetime.datetime(2024, 1, 1))], fixedTools.floatToFixedToStr(0.3, 14))
pen = RecordingPen()
pen.moveTo((0, 0))
pen.lineTo((1, 1))
pen.closePath()
print(pen.value)
try:
    idna.encode("a" * 70)
except idna.IDNAError as error:
    print(error)
