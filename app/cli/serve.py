"""``lotsenbuch serve``: the application on its own web server."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from app.factory import create_app
from app.operations.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, DEMO_PROVIDER_ACCOUNT
from app.operations.runtime import Runtime
from app.settings import LOOPBACK_HOSTS, Settings, SettingsError, load_settings
from app.web.labels.accounts import role_label
from app.web.runtime import EXTENSION

DEFAULT_PORT = 8000
JOBS_END_WITHIN_SECONDS = 15
YOUNG_OBJECTS = 50_000
"""How many new objects make the collector look; a page makes some ten thousand short-lived ones."""


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn, told by options instead of a configuration file."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Hand the options over."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, built once before the workers are forked."""
        return self._app


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
@click.option("--no-jobs", is_flag=True, help="`lotsenbuch jobs` is run elsewhere.")
def command(host: str, port: int, workers: int, threads: int, *, no_jobs: bool) -> None:
    """Serve the pages until stopped; mails and other regular jobs go along."""
    _name_own_address(port)
    settings = load_settings()
    _refuse_open_demo(settings, host)
    app = create_app(settings)
    _prepare_fork(app)
    _greet(settings, host, port)
    _Server(
        app,
        {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "timeout": 60,
            # A kept connection stays with its worker while the other one may be idle; opening a new one
            # costs a fraction of a millisecond on the way from the proxy or browser to this machine.
            "keepalive": 0,
            "loglevel": "warning",
            "max_requests": 20_000,
            "max_requests_jitter": 2_000,
            **({} if no_jobs else _jobs_beside()),
        },
    ).run()


def _jobs_beside() -> dict[str, Any]:
    """Hooks of the server that run the regular jobs in a process of their own as long as it runs."""
    started: list[subprocess.Popen[bytes]] = []

    def start(_server: Any) -> None:
        program = [sys.executable, "-c", "from app.cli import main; main()", "jobs"]
        program += ["--parent", str(os.getpid())]
        started.append(subprocess.Popen(program))  # noqa: S603  our own command

    def end(_server: Any) -> None:
        for process in started:
            process.terminate()
            try:
                process.wait(JOBS_END_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:  # harmless: what it was at is taken up again
                process.kill()

    return {"when_ready": start, "on_exit": end}


def _prepare_fork(app: Flask) -> None:
    """Load once what every worker needs, and leave nothing open that must not be shared.

    The collector looks at what lives as long as the process no more: with it, a third of the time of
    a page went into walking over the same offers and templates again and again.
    """
    runtime: Runtime = app.extensions[EXTENSION]
    runtime.offer_table_cache.current()
    _ = runtime.matching_rules
    runtime.database.dispose()  # each worker opens connections of its own
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)


def _name_own_address(port: int) -> None:
    """Let links in the demo's mails and pages lead to this server, and not to the usual port.

    In the environment, as the process with the regular jobs writes links, too.
    """
    if os.environ.get("LOTSENBUCH_MODE", "demo") == "demo":
        os.environ.setdefault("LOTSENBUCH_PUBLIC_URL", f"http://localhost:{port}")


def _refuse_open_demo(settings: Settings, host: str) -> None:
    if settings.is_demo and host not in LOOPBACK_HOSTS:
        raise SettingsError(
            "the demo has published passwords and is served on this machine only;"
            " set LOTSENBUCH_MODE=production to listen elsewhere"
        )


def _greet(settings: Settings, host: str, port: int) -> None:
    shown = "localhost" if host in LOOPBACK_HOSTS else host
    click.echo(f"\nLotsenbuch: http://{shown}:{port}")
    if settings.is_demo:
        click.echo(f"\nDemo accounts (password of all: {DEMO_PASSWORD})")
        for account in (*DEMO_ACCOUNTS, DEMO_PROVIDER_ACCOUNT):
            click.echo(f"  {account.email:34} {role_label(account.role)}")
    click.echo("\nStop with Ctrl+C.")
