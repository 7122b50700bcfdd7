from django.conf import settings

from remediation_site.tests.conftest import BASE_DIR, run_manage

OWN_SECRET = "aZ3_kR8b" * 8


def test_production_collects_hashed_files_without_the_charting_libraries_of_a_dependency(tmp_path):
    environment = {
        "PATH": "/usr/bin",
        "ENV_FILE": "/dev/null",
        "ENVIRONMENT": "production",
        "SECRET_KEY": OWN_SECRET,
        "ALLOWED_HOSTS": "issues.example.org",
        "STATIC_ROOT": str(tmp_path),
    }

    done = run_manage("collectstatic", "--no-input", "--verbosity", "0", environment=environment)

    assert done.returncode == 0, done.stderr
    names = {path.name.lower() for path in tmp_path.rglob("*")}
    assert "staticfiles.json" in names
    assert not [name for name in names if "highcharts" in name or name.startswith("excanvas")]
    charts = [path for path in tmp_path.rglob("chart.umd.min.*.js")]
    assert len(charts) == settings.CHARTS_INSTALLED
    assert all("Chart.js v4" in path.read_text()[:500] for path in charts)
    assert not [path for path in tmp_path.rglob("*hart*.js") if "Chart.js v2" in path.read_text(errors="ignore")[:500]]


def test_the_package_that_ships_old_charting_libraries_is_not_an_installed_app():
    assert "chartjs" not in settings.INSTALLED_APPS
    assert (BASE_DIR / "manage.py").exists()
