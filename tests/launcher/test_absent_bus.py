"""Commands that ask a bus, of a bus that is not there: one line that says what to do."""

import pytest

from deploy.cli.main import main
from deploy.launcher.processes.child import free_port
from shared.bus import dead_letters

pytestmark = pytest.mark.broker


@pytest.mark.parametrize("action", [["list"], ["replay", "--all"]])
def test_without_a_bus_no_dead_letters_are_listed_and_one_line_names_the_reason(
    capsys: pytest.CaptureFixture[str], action: list[str]
) -> None:
    unused_address = f"127.0.0.1:{free_port()}"
    assert main(["dead-letters", *action, "--service", "isolation", "--kafka", unused_address]) == 4
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1)
    assert f"lastmetre: The Kafka server at {unused_address} does not answer" in output.err


def test_an_error_about_a_bus_without_topics_names_the_command_that_creates_them(
    capsys: pytest.CaptureFixture[str], kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "topic_of", "nobody.of.{}.v1".format)
    assert main(["dead-letters", "list", "--service", "isolation", "--kafka", kafka_bootstrap]) == 4
    assert "no topic nobody.of.isolation.v1: create it with 'lastmetre topics create'" in capsys.readouterr().err
