"""The floor of `tests.bench.door`: uvicorn, and an ASGI application that always answers the same."""

import socket

import uvicorn

BODY = b'{"data":{"__typename":"Query"}}'


async def constant(_scope, receive, send):
    """Read a request, and answer."""
    await receive()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    bound = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{bound.getsockname()[1]}", flush=True)  # noqa: T201  it is what this is for
    config = uvicorn.Config(
        constant, http="httptools", loop="asyncio", lifespan="off", log_config=None, access_log=False
    )
    uvicorn.Server(config).run([bound])
