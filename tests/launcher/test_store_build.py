"""The fast store server is built once for a user, from the locked file, by real cargo."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.launcher.errors import BuildFailed
from deploy.launcher.processes.child import ROOT
from deploy.launcher.servers import store_build
from deploy.launcher.servers.store_build import build, failed_lately, lacking
from deploy.launcher.servers.store_server import FAST, chosen_server, fast_server
from tests.launcher.conftest import processes_that_mention
from tests.launcher.crates import BROKEN, NEEDS_CARGO, PROGRAM, VERSION, Crates, waits_for
from tests.support.waiting import PATIENCE_S, eventually

COMMAND = (sys.executable, "-m", "deploy.launcher.servers.store_build")


def started() -> "subprocess.Popen[str]":
    """Start a build as a process that leads a group."""
    return subprocess.Popen(
        COMMAND, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


@NEEDS_CARGO
def test_the_server_is_built_once_and_then_it_is_chosen(crates: Crates, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fast_server() is None
    lines: list[str] = []
    built = build(lines.append)
    assert built.title == f"{PROGRAM} {VERSION}"
    assert crates.built() == [built.program]
    assert [path.name for path in crates.cache.iterdir() if path.is_dir()] == [], "nothing of the build is left"
    monkeypatch.setenv("PATH", os.devnull)
    assert build(lines.append) == built
    assert chosen_server() == built
    assert built.kind == FAST
    assert len(lines) == 1, "the second time there is nothing to do"


def test_a_file_of_another_content_is_refused_and_not_run(crates: Crates) -> None:
    crates.lock_as("0" * 64)
    if lacking():
        pytest.skip("nothing is built here")
    with pytest.raises(BuildFailed, match=r"has another hash than .*store\.lock says"):
        build(print)
    assert crates.built() == []


def test_what_the_machine_lacks_is_one_sentence(crates: Crates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    for variable in ("CARGO", "CC", "CXX", "CMAKE", "MAKE"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(BuildFailed, match=r"lacks cargo \(Rust\) and a C compiler and a C\+\+ compiler and cmake"):
        build(print)


@NEEDS_CARGO
def test_a_build_that_fails_is_one_line_with_its_log_and_is_not_tried_again_unasked(crates: Crates) -> None:
    crates.lay(main=BROKEN)
    assert not failed_lately()
    with started() as process:
        output, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 4
    assert output.splitlines()[-1] == f"lastmetre: The fast store server could not be built; the log is {_log(crates)}"
    assert "Traceback" not in output
    assert "error" in _log(crates).read_text()
    assert failed_lately()
    crates.lay()
    assert not failed_lately(), "another crate may do better"


@NEEDS_CARGO
async def test_a_second_build_waits_for_the_first(crates: Crates, tmp_path: Path) -> None:
    crates.lay(script=waits_for(tmp_path / "go"))
    with started() as first:
        await eventually((tmp_path / "go.began").exists)
        with started() as second:
            assert second.stdout is not None
            assert "waiting" in second.stdout.readline()
            (tmp_path / "go").touch()
            assert "store: small-stored" in second.communicate(timeout=PATIENCE_S)[0]
        assert "store: small-stored" in first.communicate(timeout=PATIENCE_S)[0]
    assert (first.returncode, second.returncode) == (0, 0)


@NEEDS_CARGO
async def test_a_build_that_was_killed_leaves_nothing_in_the_way_of_the_next(crates: Crates, tmp_path: Path) -> None:
    crates.lay(script=waits_for(tmp_path / "go"))
    with started() as first:
        await eventually((tmp_path / "go.began").exists)
        os.killpg(first.pid, 9)
    await eventually(lambda: not processes_that_mention(str(tmp_path / "cache")))
    assert crates.built() == []
    assert not failed_lately(), "it did not fail, it was ended"
    (tmp_path / "go").touch()
    assert build(print).runs()


@NEEDS_CARGO
def test_a_program_that_does_not_run_here_is_not_chosen_and_is_built_anew(crates: Crates) -> None:
    built = build(print)
    built.program.write_bytes(b"\x7fELF of another machine")
    assert chosen_server().name == "secantusd-py"
    assert build(print) == built
    assert built.runs()


def _log(crates: Crates) -> Path:
    return crates.cache / store_build.build_log().name
