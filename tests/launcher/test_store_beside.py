"""A city starts on the Python server where the fast one is missing, and has it built beside for its next start."""

import shutil
from pathlib import Path

import pytest

from tests.launcher.conftest import Start, processes_that_mention
from tests.launcher.crates import NEEDS_CARGO, PROGRAM, VERSION, Crates, waits_for
from tests.launcher.test_up import has_ended, lastmetre
from tests.support.waiting import PATIENCE_S, eventually

ON_PYTHON = "secantusd-py "


@NEEDS_CARGO
async def test_the_fast_server_is_built_beside_a_city_and_the_build_ends_with_it(
    crates: Crates, up: Start, tmp_path: Path
) -> None:
    crates.lay(script=waits_for(tmp_path / "go"))
    launcher = up("--services", "supply", data=tmp_path / "data")
    output = launcher.wait_for("is built beside it")
    assert ON_PYTHON in output
    assert ON_PYTHON in lastmetre("status").stdout
    await eventually((tmp_path / "go.began").exists)
    assert processes_that_mention(str(crates.cache))
    assert launcher.end() == 0
    assert has_ended(str(tmp_path)), "cargo, rustc and what they started have ended too"
    assert crates.built() == []


@NEEDS_CARGO
def test_what_was_built_beside_a_city_is_tried_by_the_next_and_the_python_server_serves_where_it_fails(
    crates: Crates, up: Start, tmp_path: Path
) -> None:
    first = up("--services", "supply", data=tmp_path / "data")
    first.wait_for(f"{PROGRAM} {VERSION} is built: the next start uses it")
    assert first.end() == 0
    assert len(crates.built()) == 1
    second = up("--services", "supply", data=tmp_path / "data")
    output = second.wait_for("Ready")
    assert f"{PROGRAM} {VERSION} does not start (log {tmp_path / 'data' / 'logs' / 'mongo.log'})" in output
    assert ON_PYTHON in output
    assert "mongo       secantusd-py" in output
    assert "is built beside it" not in second.output
    assert second.end() == 0


@NEEDS_CARGO
def test_a_build_that_fails_is_one_line_and_is_not_begun_again_at_the_next_start(
    crates: Crates, up: Start, tmp_path: Path
) -> None:
    crates.lay(main="fn main() { no such thing }")
    first = up("--services", "supply", data=tmp_path / "data")
    first.wait_for("The fast store server could not be built; the log is")
    assert first.end() == 0
    second = up("--services", "supply", data=tmp_path / "data")
    second.wait_for("could not be built (log ")
    assert second.end() == 0
    assert "is built beside it" not in second.output


def test_a_machine_with_python_alone_is_up_and_prints_what_it_would_gain(
    crates: Crates, up: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    if java := shutil.which("java"):
        (bare / "java").symlink_to(java)  # what the bus needs where the tests run on Apache Kafka
    monkeypatch.setenv("PATH", str(bare))
    launcher = up("--services", "supply", data=tmp_path / "data")
    output = launcher.wait_for(f"'make store' builds {PROGRAM}")
    assert ON_PYTHON in output
    assert "where cargo (Rust) and " in output
    assert launcher.end() == 0


def test_a_server_that_is_asked_for_and_is_not_there_is_one_line(
    crates: Crates, up: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = {
        "fast": "The fast store server is not built: run 'make store'",
        "quick": "LASTMETRE_STORE=quick names no",
    }
    for kind, sentence in refused.items():
        monkeypatch.setenv("LASTMETRE_STORE", kind)
        launcher = up(data=tmp_path / kind)
        assert launcher.process.wait(PATIENCE_S) in (2, 4)
        assert launcher.output.startswith(f"lastmetre: {sentence}"), launcher.output
        assert launcher.output.count("\n") == 1
