"""What Pyodide's Python modules ask its JavaScript for. There are no sockets of Node's (`_nodeSock`), and who asks hears that."""

from _pyrun_js_core import JsFunction
from _pyrun_js_events import AbortSignal
from _pyrun_js_loop import add_timer
from _pyrun_js_objects import Object

abortSignalAny = AbortSignal.any
scheduleCallback = JsFunction(lambda callback, delay=0: add_timer(callback, delay / 1000), None, "scheduleCallback")
config = Object.new(enableRunUntilComplete=True)
