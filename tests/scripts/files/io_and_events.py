"""io layers, newlines, select and poll on pipes, selectors, signals to oneself, mmap, faulthandler, fileinput."""
import errno
import fileinput
import io
import linecache
import mmap
import os
import select
import selectors
import signal
import tempfile
import time

print("-- text and binary layers")
raw = io.BytesIO()
text = io.TextIOWrapper(raw, "utf-8", newline="\r\n", write_through=True)
text.write("a\nż\n")
print(raw.getvalue(), text.newlines, text.encoding, text.line_buffering)
for newline in (None, "", "\n", "\r", "\r\n"):
    print(repr(newline), io.TextIOWrapper(io.BytesIO(b"1\n2\r3\r\n4"), newline=newline).readlines())
t = io.TextIOWrapper(io.BytesIO("zażółć\ngęślą".encode()), "utf-8")
position = (t.read(3), t.tell())[1]
print(t.readline(), t.seek(position), t.read(2), t.seek(0, 2), t.read(), t.detach().readable())
buffered = io.BufferedRandom(io.BytesIO(b"0123456789"), 4)
print(buffered.peek(2)[:2], buffered.read(3), buffered.write(b"AB"), buffered.seek(0), buffered.read(), buffered.read1(5), buffered.readinto(bytearray(3)))
s = io.StringIO("line\nrest")
print(s.readline(), s.truncate(6), s.getvalue(), io.StringIO("a\r\nb", newline=None).read(), io.BytesIO(b"abc").getbuffer()[1])
for bad in (lambda: io.StringIO().write(b""), lambda: io.BytesIO().write(""), lambda: open("/tmp", "rb"), lambda: open("/dev/null", "r").write("x"), lambda: open("/dev/null", "rb", encoding="utf-8"), lambda: open("/dev/null", buffering=0), lambda: s.close() or s.read(), lambda: io.open_code("/nope"), lambda: t.read()):
    try:
        bad()
    except (OSError, TypeError, ValueError) as error:
        print(type(error).__name__, error)

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "file")
    with open(path, "w+b", buffering=16) as file:
        for i in range(10):
            file.write(bytes([i]) * 7)
        print(os.path.getsize(path), file.tell(), file.seek(3), file.read(6), file.flush(), os.path.getsize(path), file.truncate(20))
    with open(path, "a+", encoding="latin-1") as file:
        print(file.tell(), file.write("é"), file.seek(0), len(file.read()))
    with open(path, "w") as file:
        file.write("one\ntwo\nthree\n")
    print(linecache.getline(path, 2), [(fileinput.filelineno(), line) for line in fileinput.input([path])][-1])
    with fileinput.input(path, inplace=True) as lines:
        for line in lines:
            print(line.upper(), end="")
    print(open(path).read().split())

    print("-- mapped")
    with open(path, "r+b") as file:
        try:
            with mmap.mmap(file.fileno(), 0) as m:
                print(len(m), m[:3], m.find(b"TWO"), m.readline(), m.size(), m.tell())
                m[0:3] = b"uno"
                m.flush()
        except OSError as error:
            print("OSError", errno.errorcode[error.errno])
    print(open(path).read(3))
    m = mmap.mmap(-1, 100)
    m.write(b"anonymous")
    print(m[:9], len(m), m.seek(0), m.read(4))
    m.close()

print("-- waiting")
r, w = os.pipe()
poller = select.poll()
poller.register(r, select.POLLIN)
poller.register(w, select.POLLOUT)
print([event for fd, event in poller.poll(0) if fd == w] == [select.POLLOUT], len(poller.poll(0)))
print([len(x) for x in select.select([r], [w], [], 0)])
os.write(w, b"x")
print(sorted(event for _, event in poller.poll(0)), [len(x) for x in select.select([r], [], [], 0)])
with selectors.DefaultSelector() as selector:
    selector.register(r, selectors.EVENT_READ, "data")
    print([(key.data, mask) for key, mask in selector.select(0)], type(selector).__name__)
print(select.select([], [], [], 0.001))
try:
    select.select([99], [], [], 0)
except OSError as error:
    print(errno.errorcode[error.errno])

print("-- signals to oneself")
seen = []
print(signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number)), signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.Signals(2).name, signal.strsignal(15))
signal.raise_signal(signal.SIGUSR1)
print(seen, signal.SIGUSR1 in signal.valid_signals())
try:
    signal.raise_signal(signal.SIGINT)
    time.sleep(0)
except KeyboardInterrupt:
    print("KeyboardInterrupt")
for name, call in (("alarm", lambda: signal.alarm(0)), ("kill", lambda: os.kill(os.getpid(), signal.SIGUSR1)), ("setitimer", lambda: signal.setitimer(signal.ITIMER_REAL, 0)), ("bad", lambda: signal.signal(99, print)), ("pthread_kill", lambda: signal.pthread_kill(0, 0))):
    try:
        print(name, call(), len(seen))
    except Exception as error:
        print(name, type(error).__name__, error)
