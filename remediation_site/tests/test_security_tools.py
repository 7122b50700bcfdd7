"""The two tools of CI: known vulnerabilities of the pinned packages, and secrets in the files."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings

TOOLS = settings.BASE_DIR / "tools"
PINS = "idna==3.20\nsqlparse==0.6.1\n"
HOLE = {
    "vulns": [
        {
            "id": "GHSA-test",
            "schema_version": "1.4.0",
            "summary": "Anybody reads everything",
            "affected": [
                {
                    "package": {"name": "sqlparse", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.7.0"}]}],
                }
            ],
        }
    ]
}


@pytest.fixture
def osv():
    """A stand-in of the OSV database that knows of a hole in one package."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(HOLE if asked["package"]["name"] in server.holes else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.holes = ()
    server.url = f"http://127.0.0.1:{server.server_port}/v1/query"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(tool: str, *arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, str(TOOLS / tool), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def pins(tmp_path):
    path = tmp_path / "constraints.txt"
    path.write_text(PINS)
    return path


def test_a_known_vulnerability_of_a_pinned_package_fails(osv, pins):
    osv.holes = ("sqlparse",)

    done = run("audit_packages.py", pins, "--service", osv.url)

    assert done.returncode == 1
    assert "sqlparse 0.6.1: GHSA-test Anybody reads everything (mended in 0.7.0)" in done.stdout


def test_packages_without_one_pass(osv, pins):
    done = run("audit_packages.py", pins, "--service", osv.url)

    assert (done.returncode, done.stdout) == (0, "No known vulnerability in 2 packages.\n")


def test_a_service_that_is_out_of_reach_is_said_and_passes(osv, pins):
    osv.shutdown()
    osv.server_close()

    done = run("audit_packages.py", pins, "--service", osv.url)

    assert done.returncode == 0
    assert "cannot be reached: known vulnerabilities were not looked for" in done.stdout


def test_pins_that_cannot_be_read_fail_instead_of_passing(osv, tmp_path):
    path = tmp_path / "constraints.txt"
    path.write_text("sqlparse>=0.1\n")

    assert run("audit_packages.py", path, "--service", osv.url).returncode == 2


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param('key = "AKIA' + 'Z7Q2LEXAMPLEKEY4"', id="a key of a cloud"),
        pytest.param('password = "hunter2-' + 'correct-horse"', id="a password"),
        pytest.param("-----BEGIN RSA " + "PRIVATE KEY-----", id="a private key"),
        pytest.param('url = "postgres://ann:' + 'hunter2horse@db.example.org/x"', id="an address with a password"),
    ],
)
def test_a_planted_secret_fails_and_is_named_by_its_place(tmp_path, planted):
    path = tmp_path / "settings_of_somebody.py"
    path.write_text(f"{planted}\n")
    baseline = (settings.BASE_DIR / ".secrets.baseline").read_bytes()

    done = run("find_secrets.py", path)

    assert done.returncode == 1
    assert str(path) in done.stdout + done.stderr
    assert (settings.BASE_DIR / ".secrets.baseline").read_bytes() == baseline


def test_a_file_without_secrets_passes(tmp_path):
    path = tmp_path / "fine.py"
    path.write_text('name = "Remediation"\n')

    assert run("find_secrets.py", path).returncode == 0
