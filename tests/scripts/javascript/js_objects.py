# Objects of JavaScript as Python sees them: classes, containers, buffers, what to_js and to_py make.
import js
from pyodide.ffi import *  # noqa: F403


def tell(expression):
    try:
        value = eval(expression)
    except Exception as error:
        value = f"{type(error).__name__}: {error}"
    print(expression, "->", value if isinstance(value, str) else repr(value))


for expression in r"""
[list(p) for p in js.URLSearchParams.new("b=1&a=2")]
js.Uint8Array.new(to_js([1,2,3])).subarray(1).byteOffset
js.Uint8Array.new(to_js([1,2,3])).slice(-1)
js.Uint8Array.new(to_js([1,2,3]))[0]
js.Uint8Array.new(to_js([1,2,3])).length
js.Uint8Array.new(to_js([1,2,3])).to_py().tolist()
js.Int16Array.new(to_js([1,40000]))
js.Float32Array.new(to_js([1.5,2]))
js.Float64Array.new(2).byteLength
js.Uint8ClampedArray.new(to_js([300,-1]))
js.Uint8Array.BYTES_PER_ELEMENT
js.Uint8Array.from_(to_js([1,2]))
js.ArrayBuffer.isView(js.Uint8Array.new(1))
js.ArrayBuffer.new(5).slice(1,3).byteLength
js.Headers.new(to_js([["b","1"],["a","2"],["b","3"]])).get("B")
[list(p) for p in js.Headers.new(to_js([["b","1"],["a","2"],["b","3"]])).entries()]
list(js.Headers.new(to_js([["b","1"],["a","2"],["b","3"]])).keys())
js.Headers.new(to_js([["set-cookie","1"],["Set-Cookie","2"]])).getSetCookie()
[list(p) for p in js.Headers.new(to_js([["set-cookie","1"],["Set-Cookie","2"]]))]
js.Headers.new(to_js({"a":" c\n"})).get("a")
js.Request.new("http://a/b#c").url
js.Request.new("http://a/", method="post").method
js.Request.new("http://a/", method="patch").method
js.Request.new("http://a/", method="trace").method
js.Request.new("http://a/", body="x")
js.Request.new("http://a/", method="POST", body="x").headers.get("content-type")
js.Request.new("http://a/").redirect
js.Request.new("http://a/").signal
js.Request.new("http://a/").bodyUsed
js.Request.new("http://a/", method="POST", body="x").body
js.Request.new("http://a/").body
js.Response.new("x", status=404).ok
js.Response.new("x", status=404).statusText
js.Response.new("x", status=99)
js.Response.new("x", status=204)
js.Response.new("x").headers.get("content-type")
js.Response.new("x").type
js.Response.new("x").url
js.Response.error().status
js.Response.json(to_js({"a":1})).headers.get("content-type")
js.Map.new(to_js([["a",1]])).get("b")
js.Map.new(to_js([["a",1]])).get("a")
js.Map.new(to_js([["a",1]])).size
dict(js.Map.new(to_js([["a",1]])))
list(js.Map.new(to_js([["a",1]])).items())
dict(js.Map.new(to_js([["a",1]])).entries())
len(js.Map.new(to_js([["a",1]])))
"a" in js.Map.new(to_js([["a",1]]))
js.Map.new(to_js([["a",1]]))["b"]
js.Map.new(to_js([["a",1]])).to_py()
list(js.Set.new(to_js([1,2,1])))
js.Set.new(to_js([1,2,1])).to_py()
js.Set.new(to_js([1])).has(1)
to_js([1,2,3]).to_py(depth=1)
to_js({"a":{"b":1}}).to_py(depth=1)
to_js({"a":{"b":1}}, depth=1).a
to_js([object()], create_pyproxies=False)
to_js([print])[0]
to_js({"a":1}, dict_converter=js.Map.new)
to_js({"a":1}, dict_converter=js.Array.from_)
to_js([1,2j], default_converter=lambda v,c,k: str(v))
to_js(memoryview(b"ab"))
to_js(__import__("array").array("d",[1.5]))
to_js(2**60)
to_js(range(3))
isinstance(to_js([1]), JsArray)
isinstance(to_js(b"x"), JsArray)
isinstance(to_js(b"x"), JsTypedArray)
isinstance(to_js(b"x"), JsBuffer)
isinstance(js.ArrayBuffer.new(1), JsBuffer)
isinstance(js.Map.new(), JsMap)
isinstance(js.Map.new(), JsMutableMap)
isinstance(to_js({}), JsMap)
isinstance(create_proxy(print), JsDoubleProxy)
isinstance(js.Headers, JsCallable)
isinstance(js.Headers.new(), JsIterable)
isinstance(js.Headers.new().entries(), JsIterator)
isinstance(3, JsProxy)
isinstance(js.Error.new("x"), Exception)
js.Error.new("x").message
js.RangeError.new("x").name
js.Error.new("x", cause=3).cause
js.Error.new().message
js.Error("x")
to_js([1,2,3]).length
to_js([3,1,10]).sort()
to_js([1,2,3]).slice(1)
to_js([1,2,3]).indexOf(2)
to_js([1,2,3]).includes(5)
to_js([1,2,3]).join("-")
to_js([1,2,3]).reduce(lambda a,b,*_: a+b)
to_js([1,[2,[3]]]).flat()
to_js([1,2,3]).concat(to_js([4]))
to_js([1,2,3]).reverse()
to_js([1,2,3]).pop()
to_js([1,2,3]).pop(0)
to_js([1,2,3]).index(2)
to_js([1,2,3]).splice(1,1)
to_js([1,2,3]).find(lambda x,*_: x>1)
to_js([1,2,3]).at(-1)
list(to_js([1,2]).entries())
js.Array.isArray(to_js([]))
js.Object.assign(to_js({"a":1}), to_js({"b":2})).to_py()
js.Object.entries(to_js({"a":1}))
js.Object.is_(1,1)
to_js({"a":1}).object_keys()
js.AbortSignal.timeout(1000).aborted
js.AbortSignal.any(to_js([js.AbortSignal.abort()])).aborted
js.AbortSignal.abort().throwIfAborted()
js.AbortSignal.abort().reason.constructor.name
js.DOMException.new("x","AbortError").constructor.name
js.DOMException.new("x").name
js.Event.new("x").type
js.Promise.name
js.fetch.typeof
js.Headers.typeof
js.fetch.length
""".strip().splitlines():
    tell(expression)
