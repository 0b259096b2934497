# packages: requests, httpx, openai
# not-node: it has a network
# A program that catches what its package raises without a network goes on, and is told why.
import asyncio

import httpx
import openai
import requests
import urllib3
from pyodide.http import open_url, pyfetch


def tell(name, function, *expected):
    try:
        function()
    except expected as error:
        print(name, type(error).__name__, error.__cause__ if isinstance(error, openai.OpenAIError) else error)


tell("requests", lambda: requests.get("https://example.org"), requests.exceptions.ConnectionError)
tell("requests", lambda: requests.post("http://example.org/x", json={"a": 1}, timeout=5), requests.exceptions.ConnectionError)
pool = urllib3.PoolManager()
tell("urllib3", lambda: pool.request("GET", "https://example.org/a"), urllib3.exceptions.MaxRetryError)
tell("urllib3", lambda: pool.request("GET", "http://example.org/a", retries=False), urllib3.exceptions.HTTPError)
tell("urllib3", lambda: pool.request("GET", "http://example.org/a", retries=False, preload_content=False), urllib3.exceptions.HTTPError)
tell("httpx", lambda: httpx.get("https://example.org"), httpx.ConnectError)


async def main():
    async with httpx.AsyncClient() as client:
        await client.get("https://example.org")


tell("httpx", lambda: asyncio.run(main()), httpx.ConnectError)
client = openai.OpenAI(api_key="none", max_retries=0)
tell("openai", lambda: client.chat.completions.create(model="m", messages=[]), openai.APIConnectionError)
tell("pyfetch", lambda: asyncio.run(pyfetch("https://example.org")), OSError)
tell("open_url", lambda: open_url("https://example.org"), Exception)
print(open_url("data:text/plain,Hello%20you").read())
print("on")
