"""concurrent.interpreters: made, run, objects handed over, exceptions across, closed; or why they are not there."""
try:
    from concurrent import interpreters
except ImportError as error:
    print(type(error).__name__)
    raise SystemExit(0)
try:
    inner = interpreters.create()
    print(interpreters.get_main().id, inner.id > 0, len(interpreters.list_all()))
    inner.exec("import sys; x = 5; print('inside', __name__, sys.getrecursionlimit() > 0)")
    inner.prepare_main(y=[1, 2] and 7)
    inner.exec("print(x + y)")
    try:
        inner.exec("1 / 0")
    except interpreters.ExecutionFailed as error:
        print(error.excinfo.type.__name__, error.excinfo.msg)
    queue = interpreters.create_queue()
    queue.put("through the queue")
    inner.prepare_main(queue=queue)
    inner.exec("print(queue.get()); queue.put((1, b'x', None))")
    print(queue.get(), inner.call(len, "four"), inner.is_running())
    inner.close()
    print(len(interpreters.list_all()))
except Exception as error:
    print(type(error).__name__, error)
