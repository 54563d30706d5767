"""Answers with a good status that do not come whole, for the fakes.

Belongs here: the ways in which an answer breaks. Does not: when (each fake's own), or any assertion.
"""

from http.server import BaseHTTPRequestHandler

# cut: less than its Content-Length; closed: no length is told, so only its JSON shows that it is cut; garbled: not what its encoding says
WAYS = ("cut", "closed", "garbled", "chunks")


def send_broken(handler: BaseHTTPRequestHandler, body: bytes, content_type: str, way: str) -> None:
    headers = {
        "cut": {"Content-Length": str(len(body))},
        "closed": {"Connection": "close"},
        "garbled": {"Content-Length": str(len(body)), "Content-Encoding": "gzip"},
        "chunks": {"Transfer-Encoding": "chunked"},
    }[way]
    handler.send_response(200)
    for name, value in {"Content-Type": content_type, **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    half = body[: len(body) // 2]
    handler.wfile.write({"garbled": body, "chunks": b"%x\r\n%s\r\n" % (len(half), half)}.get(way, half))
    handler.close_connection = way != "garbled"
