"""Real servers on loopback for the tests of what goes out."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

HOST = "127.0.0.1"
Answer = Callable[[BaseHTTPRequestHandler], None]


class QuietHandler(BaseHTTPRequestHandler):
    """Hands each request to the function that the server was made with, and remembers it."""

    protocol_version = "HTTP/1.1"

    def handle_request(self):
        length = int(self.headers.get("content-length") or 0)
        self.server.seen.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
        self.close_connection = True
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client had enough
            self.server.answer(self)

    do_GET = do_HEAD = do_POST = do_PATCH = handle_request

    def log_message(self, *_):
        pass

    def address_string(self):
        return "unix"

    def reply(self, status=200, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class UnixHTTPServer(ThreadingMixIn, UnixStreamServer):
    """HTTP on a unix socket."""

    daemon_threads = True


@contextlib.contextmanager
def serving(server, answer: Answer) -> Iterator[object]:
    server.answer, server.seen = answer, []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def http_server(answer: Answer) -> Iterator[ThreadingHTTPServer]:
    """A server on a free port; `seen` has what was asked, `url` its address."""
    server = ThreadingHTTPServer((HOST, 0), QuietHandler)
    server.daemon_threads = True
    server.port = server.server_address[1]
    server.url = f"http://{HOST}:{server.port}"
    with serving(server, answer):
        yield server


@contextlib.contextmanager
def unix_server(path: Path, answer: Answer) -> Iterator[UnixHTTPServer]:
    with serving(UnixHTTPServer(str(path), QuietHandler), answer) as server:
        yield server


@contextlib.contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server below HTTP: `answer` gets each connection; its port."""
    with socket.create_server((HOST, 0)) as listener:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=talk, args=(connection,), daemon=True).start()

        def talk(connection):
            with connection, contextlib.suppress(OSError):
                answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def free_port() -> int:
    """A port at which nothing listens."""
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]
