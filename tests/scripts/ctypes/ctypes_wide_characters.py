"""Wide characters: wchar_t of four bytes, wcslen, conversions by the locale, buffers that hold NULs."""
import ctypes as c

libc = c.CDLL(None)
text = c.create_unicode_buffer("żółw 🐢")
print(c.sizeof(c.c_wchar), len(text), text.value, c.sizeof(text), libc.wcslen(text), c.wstring_at(text, 3), [ord(x) for x in text][-2:])
bytes_ = c.create_string_buffer(50)
print(libc.wcstombs(bytes_, text, 50), bytes_.value, libc.mbstowcs(None, bytes_, 0), libc.towupper(ord("ż")) == ord("Ż"), libc.iswalpha(ord("日")), libc.wctomb(bytes_, 0x20AC), bytes_.raw[:3])
raw = c.create_string_buffer(b"a\0b", 5)
print(raw.raw, raw.value, len(raw), c.string_at(raw, 4), c.string_at(raw))
raw.value = b"xyz"
text.value = "a"
print(raw.raw, text[:3], c.c_wchar_p("ż").value, (c.c_wchar * 2)("a", "b").value, c.c_wchar("🐢").value)
for call in (lambda: setattr(raw, "value", b"far too long"), lambda: setattr(text, "value", "x" * 100), lambda: c.c_wchar("two"), lambda: c.create_string_buffer("str"), lambda: c.create_unicode_buffer(b"x"), lambda: c.c_char(300)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
