"""Commands that ask a bus, of a bus that is not there: one line that says what to do."""

import pytest

from deploy.cli.main import main
from deploy.launcher.processes.child import free_port
from shared.bus import dead_letters

pytestmark = pytest.mark.broker


@pytest.mark.parametrize("action", ["list", "replay"])
def test_without_a_bus_dead_letters_are_not_told_and_one_line_says_why(
    capsys: pytest.CaptureFixture[str], action: str
) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    assert main(["dead-letters", action, "--service", "isolation", "--kafka", nobody]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert f"lastmetre: The Kafka server at {nobody} does not answer" in said.err


def test_of_a_bus_that_never_had_its_topics_it_is_said_how_they_are_made(
    capsys: pytest.CaptureFixture[str], kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "topic_of", "nobody.of.{}.v1".format)
    assert main(["dead-letters", "list", "--service", "isolation", "--kafka", kafka_bootstrap]) == 1
    assert "no topic nobody.of.isolation.v1: create it with 'lastmetre topics create'" in capsys.readouterr().err
