"""urllib.parse, urllib.error, http: URLs of every form, quoting, cookies, statuses, requests that cannot be sent."""
import http
import http.cookies
import urllib.error
import urllib.parse as u
import urllib.request
import urllib.robotparser

for url in ("http://user:p%40ss@host:8080/a/b;p?q=1&q=2&e=#f", "//host/x", "HTTP://[::1]:80/", "mailto:a@b", "http://ż.example/ż?ż", "file:///etc/passwd", "x:y:z", "http://h:99999/", "http://[bad", ""):
    try:
        p = u.urlsplit(url)
        print(url, tuple(p), p.hostname, p.username, p.port, p.geturl() == url)
    except ValueError as error:
        print(url, error)
print(u.quote("a b/ż?&"), u.quote_plus("a b/ż"), u.unquote("%C5%BC%ff%zz+"), u.unquote_plus("a+b"), u.urlencode({"k": ["1", "ż"], "e": ""}, doseq=True), u.parse_qs("a=1&a=2&b=&c", keep_blank_values=True), u.parse_qsl("a;b=1", separator=";"), u.urljoin("http://h/a/b/c?q", "../d"), u.urljoin("http://h/a", "//g/x"), u.urljoin("a/b", "?q"), u.urldefrag("x#y").fragment, u.unquote_to_bytes("%00ż"))
c = http.cookies.SimpleCookie('a=1; b="x\\054y"; c=ż')
c["d"] = "new value"
c["d"]["max-age"], c["d"]["samesite"] = 10, "Lax"
print(c.output(), http.HTTPStatus(418).phrase, http.HTTPStatus.NOT_FOUND.is_client_error, http.HTTPMethod.PATCH)
for url in ("data:text/plain;base64,xbzDs8WCdw==", "data:,a%20b", "file:///tmp/no_such", "nothing://x", "not a url"):
    try:
        with urllib.request.urlopen(url) as response:
            print(url, response.read(), response.headers.get_content_type())
    except (urllib.error.URLError, ValueError, OSError) as error:
        print(url, type(error).__name__, str(error)[:60])
with open("/tmp/local.txt", "w") as file:
    file.write("by file:")
print(urllib.request.urlopen("file:///tmp/local.txt").read(), urllib.request.pathname2url("/a b/ż"), urllib.request.url2pathname("/a%20b"), urllib.request.Request("http://h/x", b"d", {"A": "b"}).get_method(), urllib.request.parse_http_list('a, "b, c"'))
r = urllib.robotparser.RobotFileParser()
r.parse(["User-agent: *", "Disallow: /p", "Crawl-delay: 3"])
print(r.can_fetch("x", "/p/q"), r.can_fetch("x", "/o"), r.crawl_delay("x"))
