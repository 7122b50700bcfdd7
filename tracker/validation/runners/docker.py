"""Containers that must run and be healthy, as the Docker Engine says."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from docker import APIClient
from docker.errors import DockerException, NotFound
from requests import RequestException

from tracker.choices import CheckOutcome
from tracker.guarded import CallFailed, CallRefused, target_of
from tracker.terminal import printable
from tracker.translation import gettext
from tracker.validation.entries import Docker
from tracker.validation.outcomes import Finding, captured
from tracker.validation.surroundings import Surroundings, could_not_run

OLDEST_API = "1.24"  # to ask which version the engine speaks
LONGEST_PROBE = 1000  # characters of what a health check wrote
# Whatever the client raises when it is answered by no engine, or by one that says something else than it expects.
ENGINE_ERRORS = (DockerException, RequestException, OSError, ValueError, KeyError, TypeError, AttributeError)


def run(entry: Docker, surroundings: Surroundings) -> Finding:
    """Passed when every container runs and is healthy. An engine that does not answer is an error."""
    what = f"label {entry.label}" if entry.label else ", ".join(entry.containers)
    command = printable(f"docker inspect {what} ({surroundings.docker_host})")
    try:
        with _engine(entry, surroundings) as engine:
            states = list(_states(entry, engine, end=time.monotonic() + entry.timeout_seconds))
    except (CallRefused, CallFailed) as problem:
        return could_not_run(str(problem), command=command)
    except TimeoutError:
        return could_not_run(
            gettext("The Docker Engine took longer than %(seconds)s s.") % {"seconds": entry.timeout_seconds},
            command=command,
        )
    except ENGINE_ERRORS as problem:
        sentence = gettext("No Docker Engine answers at %(host)s (%(kind)s).") % {
            "host": surroundings.docker_host,
            "kind": type(problem).__name__,
        }
        return could_not_run(printable(sentence), command=command)
    output = captured("".join(f"{name}: {state}\n" for name, state, _ in states).encode())
    wrong = [f"{name}: {reason}." for name, _, reason in states if reason]
    if not states:
        wrong = [gettext("No container has the %(what)s.") % {"what": printable(what)}]
    if wrong:
        return Finding(outcome=CheckOutcome.FAILED, sentence=" ".join(wrong), command=command, output=output)
    healthy, running = (
        gettext("All containers (%(number)s) run and are healthy."),
        gettext("All containers (%(number)s) run."),
    )
    words = (healthy if entry.healthy else running) % {"number": len(states)}
    return Finding(outcome=CheckOutcome.PASSED, sentence=words, command=command, output=output)


@contextmanager
def _engine(entry: Docker, surroundings: Surroundings) -> Iterator[APIClient]:
    """A client of the engine that speaks the engine's version and takes no proxy from the environment."""
    address = _address(surroundings, entry.timeout_seconds)
    with APIClient(base_url=address, version=OLDEST_API, timeout=entry.timeout_seconds) as asking:
        asking.trust_env = False
        version = asking.version(api_version=False)["ApiVersion"]
    with APIClient(base_url=address, version=version, timeout=entry.timeout_seconds) as engine:
        engine.trust_env = False
        yield engine


def _address(surroundings: Surroundings, seconds: float) -> str:
    """A socket of this machine, or the checked address of another one."""
    scheme, _, place = surroundings.docker_host.partition("://")
    if scheme == "unix":
        return surroundings.docker_host
    target = target_of(
        f"http://{place}",
        schemes=("http",),
        allow_hosts=surroundings.allow_hosts,
        resolve=surroundings.resolve,
        seconds=seconds,
    )
    address = target.addresses[0]
    host = f"[{address}]" if ":" in address else address
    return f"tcp://{host}:{target.port}"


def _states(entry: Docker, engine: APIClient, *, end: float) -> Iterator[tuple[str, str, str]]:
    """(name, state, why that is not as it should be, or "") of each container."""
    names = entry.containers
    if entry.label:
        found = engine.containers(all=True, filters={"label": entry.label})
        names = tuple(each["Id"] for each in found)
    for name in names:
        if time.monotonic() >= end:
            raise TimeoutError
        try:
            facts = engine.inspect_container(name)
        except NotFound:
            yield printable(name), "missing", gettext("there is no such container")
            continue
        yield (printable(facts["Name"].lstrip("/")), *_judged(facts["State"], healthy=entry.healthy))


def _judged(state: dict, *, healthy: bool) -> tuple[str, str]:
    status = printable(str(state["Status"]))
    probe = state.get("Health") or {}
    health = printable(str(probe.get("Status", "none")))
    words = status if health == "none" else f"{status}, {health}"
    log = probe.get("Log") or []
    if log and health != "healthy":
        wrote = printable(str(log[-1].get("Output", ""))[:LONGEST_PROBE])
        words += gettext("; its health check wrote: %(words)s") % {"words": wrote}
    if status != "running":
        return words, gettext("it is %(status)s, not running") % {"status": status}
    if not healthy or health == "healthy":
        return words, ""
    if health == "none":
        return words, gettext("it has no health check")
    return words, gettext("it runs and is %(health)s") % {"health": health}
