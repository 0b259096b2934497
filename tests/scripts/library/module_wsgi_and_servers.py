"""wsgiref, http.server's handler and xmlrpc over buffers instead of sockets: requests in, bytes out."""
import io
import wsgiref.handlers
import wsgiref.headers
import wsgiref.util
import wsgiref.validate
import xmlrpc.client
import xmlrpc.server
from http.server import BaseHTTPRequestHandler


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("X-Path", environ["PATH_INFO"])])
    return [f"żółw {environ['REQUEST_METHOD']}".encode()]


environ = {"PATH_INFO": "/a b", "REQUEST_METHOD": "GET"}
wsgiref.util.setup_testing_defaults(environ)
out, errors = io.BytesIO(), io.StringIO()
handler = wsgiref.handlers.SimpleHandler(io.BytesIO(), out, errors, environ)
handler.http_version, handler.server_software = "1.1", None
handler.run(wsgiref.validate.validator(app))
print([line for line in out.getvalue().splitlines() if not line.startswith((b"Date", b"Server"))], errors.getvalue(), wsgiref.util.request_uri(environ), wsgiref.util.shift_path_info(environ))


class Handler(BaseHTTPRequestHandler):
    protocol_version, server_version, sys_version = "HTTP/1.1", "S", "P"

    def setup(self):
        self.rfile, self.wfile = self.request, io.BytesIO()

    def finish(self):
        print([line for line in self.wfile.getvalue().splitlines() if not line.startswith(b"Date")])

    def log_message(self, form, *arguments):
        print("log:", form % arguments)

    def do_GET(self):
        if self.path == "/error":
            return self.send_error(404, explain="nothing <here>")
        self.send_response(200)
        self.send_header("X", self.headers.get("Y", "none"))
        self.end_headers()
        self.wfile.write(self.path.encode())


for request in (b"GET /x?q=1 HTTP/1.1\r\nY: header\r\nConnection: close\r\n\r\n", b"GET /error HTTP/1.0\r\n\r\n", b"PUT / HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b""):
    Handler(io.BytesIO(request), ("client", 1), None)
dispatcher = xmlrpc.server.SimpleXMLRPCDispatcher(allow_none=True)
dispatcher.register_function(lambda a, b: a / b, "divide")
for arguments in ((6, 3), (1, 0)):
    reply = dispatcher._marshaled_dispatch(xmlrpc.client.dumps(arguments, "divide").encode())
    try:
        print(xmlrpc.client.loads(reply))
    except xmlrpc.client.Fault as error:
        print(error.faultCode, error.faultString)
print(xmlrpc.client.dumps(({"ż": [1, 2.5, b"x", True, None]},), allow_none=True).splitlines()[3:6])
