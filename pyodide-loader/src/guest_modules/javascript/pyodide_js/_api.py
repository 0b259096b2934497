"""What Pyodide's Python modules ask its JavaScript for. There are no sockets of Node's (`_nodeSock`): who asks for them hears that."""

from _pyrun_js_core import JsFunction
from _pyrun_js_events import AbortSignal, setTimeout
from _pyrun_js_objects import Object

abortSignalAny = AbortSignal.any
scheduleCallback = JsFunction(lambda callback, delay=0: setTimeout(callback, delay), None, "scheduleCallback")
config = Object.new(enableRunUntilComplete=True)
