"""A worker of a run of the tests in a fork of the process that has collected them (`workers`).

It does what `xdist.remote` does in a process of its own.
"""

import atexit
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from _pytest.config import _prepareconfig

from tests.support.forks.stand_in import FORKED

if TYPE_CHECKING:
    from execnet import Channel
    from xdist.remote import WorkerInteractor


class Collected:
    """What a fork begins with: a session whose tests are collected, and the reports of what could not be collected."""

    session: pytest.Session | None = None
    failed: Sequence[pytest.CollectReport] = ()


def collect(arguments: Sequence[str], forking: object) -> None:
    """Collect as a worker does, up to its first test; there `forking` goes on."""
    config = _prepareconfig(list(arguments), [forking])
    from xdist import remote  # not before pytest, which makes over what its plugins assert

    remote.setup_config(config, None)
    config.workerinput = {}  # type: ignore[attr-defined]  # plugins ask whether they are in a worker
    config.workeroutput = {}  # type: ignore[attr-defined]
    config.hook.pytest_cmdline_main(config=config)


def serve(
    session: pytest.Session, failed: Sequence[pytest.CollectReport], connection: socket.socket, files: Sequence[int]
) -> NoReturn:
    """Be a worker at these files for standard input, output and errors, until the run ends it."""
    code = 1
    try:
        Collected.session, Collected.failed = session, failed
        for of, to in zip(files, (0, 1, 2), strict=True):
            os.dup2(of, to)
            os.close(of)
        connection.send(FORKED)
        sys.stdin = os.fdopen(0, "r", 1, closefd=False)
        exec(eval(sys.stdin.readline()), {"__name__": "__main__"})  # as the command of a worker does
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        atexit._run_exitfuncs()
        os._exit(code)  # to take the imported modules apart would copy every page


def run(channel: "Channel") -> None:
    """Do what xdist does in a worker, from where the tests are collected."""
    from xdist import remote

    session = Collected.session
    assert session is not None  # `serve` has set it
    config = session.config
    workerinput, _, options, _ = channel.receive()
    os.environ["PYTEST_XDIST_TESTRUNUID"] = workerinput["testrunuid"]
    os.environ["PYTEST_XDIST_WORKER"] = workerinput["workerid"]
    os.environ["PYTEST_XDIST_WORKER_COUNT"] = str(workerinput["workercount"])
    config.workerinput.update(workerinput)  # type: ignore[attr-defined]
    config.option.basetemp = options.get("basetemp")
    config._tmp_path_factory._given_basetemp = Path(config.option.basetemp)  # type: ignore[attr-defined]
    capturing = config.pluginmanager.getplugin("capturemanager")
    capturing.start_global_capturing()
    capturing.suspend_global_capture()
    interactor = remote.WorkerInteractor(config, channel)
    remote.interactor = interactor
    interactor.pytest_sessionstart(session)
    interactor.pytest_collection()
    for report in Collected.failed:
        interactor.pytest_collectreport(report)
    interactor.pytest_collection_modifyitems(config, session.items)
    interactor.pytest_collection_finish(session)
    _run_tests(session, interactor)


def _run_tests(session: pytest.Session, interactor: "WorkerInteractor") -> None:
    """Run what the run asks for, and end the session as pytest does."""
    config = session.config
    try:
        interactor.pytest_runtestloop(session)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED if session.testsfailed else pytest.ExitCode.OK
    except session.Failed:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    except (KeyboardInterrupt, pytest.exit.Exception):
        config.hook.pytest_keyboard_interrupt(excinfo=pytest.ExceptionInfo.from_current())
        session.exitstatus = pytest.ExitCode.INTERRUPTED
    except BaseException:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        config.notify_exception(pytest.ExceptionInfo.from_current(), config.option)
    finally:
        os.chdir(session.startpath)
        config.hook.pytest_sessionfinish(session=session, exitstatus=session.exitstatus)
        config._ensure_unconfigure()
