"""select, poll and selectors over pipes and files: what is ready, what is closed, timeouts of zero, modified registrations."""
import os
import select
import selectors
import tempfile

r, w = os.pipe()
print(select.select([r], [w], [], 0) == ([], [w], []), os.write(w, b"x"), select.select([r], [], [r], 0)[0] == [r], [name for name in ("select", "poll", "epoll", "kqueue") if hasattr(select, name)])
p = select.poll()
p.register(r, select.POLLIN)
p.register(w, select.POLLOUT)
print(sorted((fd == r, event) for fd, event in p.poll(0)), os.read(r, 5))
p.modify(w, 0)
print(p.poll(0), p.unregister(w))
file = tempfile.TemporaryFile()
print(select.select([file], [file], [], 0)[0] == [file], select.select([], [], [], 0))
for call in (lambda: select.select([-1], [], [], 0), lambda: select.select(["x"], [], [], 0), lambda: p.unregister(99), lambda: select.select([], [], [], -1), lambda: p.modify(99, 1), lambda: p.register(2**40)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
for kind in (selectors.SelectSelector, selectors.PollSelector, selectors.DefaultSelector):
    with kind() as s:
        s.register(r, selectors.EVENT_READ, "reading")
        key = s.register(w, selectors.EVENT_WRITE, "writing")
        os.write(w, b"more")
        print(kind.__name__, sorted((k.data, events) for k, events in s.select(0)), s.get_key(r).data, len(s.get_map()), s.modify(w, 1, "x").data, s.unregister(r).data, os.read(r, 9))
        try:
            s.register(w, 1)
        except KeyError as error:
            print(type(error).__name__)
