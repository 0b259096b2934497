"""strftime and strptime: every directive, padding, years of one and five digits, what cannot be parsed."""
import datetime
import time

t = time.struct_time((2024, 2, 9, 3, 4, 5, 4, 40, 0))
for directive in "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%EOq":
    try:
        print(directive, repr(time.strftime("%" + directive, t)), end="; ")
    except ValueError as error:
        print(directive, error, end="; ")
print()
for year in (1, 99, 999, 1000, 9999, 12345, -5):
    print(year, time.strftime("%Y %y %C %F", (year, 1, 1, 0, 0, 0, 0, 1, 0)), end="; ")
print()
for form, text in (("%Y-%m-%d", "2024-02-30"), ("%d %b %y", "09 Feb 24"), ("%j %Y", "060 2024"), ("%I:%M %p", "12:05 AM"), ("%A %U %Y", "Monday 06 2024"), ("%G-W%V-%u", "2024-W06-5"), ("%Y", "24"), ("%z", "+05:30"), ("%S", "61"), ("%d.%m.%Y", "1.2.2024 x")):
    try:
        print(form, tuple(time.strptime(text, form)))
    except ValueError as error:
        print(form, error)
print(datetime.datetime(2024, 2, 9, 3, 4, 5, 6789).strftime("%f %:z|%%|żółw %d\ud83d".encode("utf-8", "replace").decode()), datetime.date(5, 1, 1).strftime("%Y"), repr(time.strftime("")), len(time.strftime("x" * 2000)))
