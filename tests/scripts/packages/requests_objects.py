# packages: requests, httpx
# node: --experimental-wasm-stack-switching
"""requests and httpx without a connection: building requests, URLs, headers, cookies, responses, errors.

Both import js on this platform, so this needs the bridge.
"""
import httpx
import requests

session = requests.Session()
session.headers["X-Test"] = "value"
session.auth = ("user", "pass")
prepared = session.prepare_request(requests.Request("POST", "http://example.org/ż?a=1", params={"b": [2, 3]}, json={"k": "ł"}, cookies={"c": "v"}))
print(prepared.method, prepared.url, sorted(prepared.headers.items()), prepared.body)
files = requests.Request("PUT", "http://x/", files={"f": ("n.txt", b"data")}).prepare()
print(files.headers["Content-Type"].split(";")[0], b"data" in files.body)
response = requests.Response()
response.status_code, response._content, response.encoding, response.url, response.reason = 404, "{\"a\": \"é\"}".encode(), "utf-8", "http://x/", "Not Found"
print(response.json(), response.ok, response.text, requests.codes.teapot)
for bad in (lambda: response.raise_for_status(), lambda: requests.Request("GET", "nonsense").prepare(), lambda: session.get("ftp://x/"), lambda: httpx.URL("http://[::1"), lambda: httpx.Request("GET", "http://x", headers={"a\n": "b"}) and 0):
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, str(error)[:90])
url = httpx.URL("https://u:p@exämple.org:8443/p%20q?x=1#f")
print(url.host, url.raw_host, url.port, url.params, url.join("../z"), httpx.QueryParams({"a": [1, 2]}), httpx.Headers({"A": "1"})["a"])
transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"path": request.url.path}))
with httpx.Client(transport=transport, base_url="http://mock") as client:
    answer = client.get("/hello", params={"q": "ż"})
    print(answer.json(), answer.request.url, answer.status_code, answer.is_success)
