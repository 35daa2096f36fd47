"""The command lines as a whole: help, exit codes, wrong uses, languages, and how soon they answer."""

import os
import re
import resource
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from deploy.cli.main import main, program
from deploy.cli.summaries import summaries
from services.checkpoint.client.cli import scan, scanner
from shared.base import terminal
from shared.base.commands import ALONE, Command, Group, Later, run_program

ROOT = Path(__file__).resolve().parents[2]
PAPER = ROOT / "docs/command-line.md"
Printed = pytest.CaptureFixture[str]


def every_command() -> Iterator[tuple[str, Command | Group]]:
    """Return each command of each program with the words that call it."""
    yield "lastmetre", program()
    for name, later in program().commands.items():
        assert isinstance(later, Later)
        command = later.load()
        assert isinstance(command, Command | Group)
        yield f"lastmetre {name}", command
        for action, one in command.commands.items() if isinstance(command, Group) else ():
            assert isinstance(one, Command)
            yield f"lastmetre {name} {action}", one
    yield "lastmetre-scanner", scanner.command()
    yield "lastmetre-scan", scan.command()


COMMANDS = dict(every_command())
CALLED = {words: command for words, command in COMMANDS.items() if isinstance(command, Command)}


@pytest.fixture(autouse=True)
def _no_city(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No city runs for this user, and the terminal's language is English."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LASTMETRE_DATA", "LASTMETRE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def help_of(words: str) -> str:
    command = COMMANDS[words]
    return command.get_help(click.Context(command, info_name=words, max_content_width=100))


@pytest.mark.parametrize("words", COMMANDS)
def test_each_help_has_a_summary_in_one_line_examples_and_exit_codes(words: str) -> None:
    command, output = COMMANDS[words], help_of(words)
    assert command.short_help
    assert len(command.short_help) <= 76
    assert f"\n  {command.short_help}\n" in output
    assert len(command.examples) >= 2
    assert set(command.exits) >= {0, 2}
    assert all(command.exits.values()), command.exits
    assert "--version" in output
    assert "--help" in output
    for one in command.get_params(click.Context(command)):
        assert isinstance(one, click.Option | click.Argument)
        assert one.help, one.name


def test_the_help_of_all_commands_has_the_summaries_of_their_own_help() -> None:
    for name, summary in summaries().items():
        assert COMMANDS[f"lastmetre {name}"].short_help == summary


@pytest.mark.parametrize("words", COMMANDS)
def test_each_example_can_be_called(words: str, tmp_path: Path) -> None:
    for name in ("residents.xlsx", "places.csv"):
        (tmp_path / name).touch()
    for line, why in COMMANDS[words].examples:
        assert why
        called = re.search(r"(lastmetre[^)>]*)", line)
        assert called, line
        name, *arguments = shlex.split(called[1])
        command: click.Command = COMMANDS[name]
        while isinstance(command, Group) and arguments[0] in command.commands:
            name = f"{name} {arguments.pop(0)}"
            command = COMMANDS[name]
        if arguments != ["--help"]:
            command.make_context(name, arguments).close()


@pytest.mark.parametrize("words", COMMANDS)
def test_each_help_is_there_in_chinese(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    command = dict(every_command())[words]
    output = command.get_help(click.Context(command, info_name=words))
    chinese = re.compile("[\u4e00-\u9fff]")
    texts = [command.short_help or "", *(why for _, why in command.examples), *command.exits.values()]
    params = [one for one in command.get_params(click.Context(command)) if one.name != "shell"]
    texts += [str(getattr(one, "help", "")) for one in params]
    assert [text for text in texts if not chinese.search(text)] == []
    assert {"用法:", "选项:", "示例:", "退出码:"} <= set(output.split())


@pytest.mark.parametrize("words", CALLED)
def test_an_unknown_option_is_one_sentence_that_names_the_help(words: str, capsys: Printed) -> None:
    name = words.split()[0]
    code = run_program(program() if name == "lastmetre" else COMMANDS[name], name, [*words.split()[1:], "--verison"])
    printed = capsys.readouterr()
    assert (code, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert printed.err == f"{name}: No such option '--verison'. Did you mean --version? See '{words} --help'\n"


NEEDED = {
    "token": ["--role", "city", "--area", "/"],
    "device enrol-code": ["gate-01"],
    "scan": ["FILE", "--receipts", "out"],
    "import": ["FILE"],
    "topics republish": ["supply"],
    "dead-letters show": ["0-1-1"],
    "dead-letters replay": ["--all"],
    "dead-letters discard": ["0-1-1", "--reason", "a test"],
}


@pytest.mark.parametrize("words", [words for words, one in CALLED.items() if 3 in one.exits])
def test_without_a_city_each_command_ends_with_three_and_one_sentence(
    words: str, capsys: Printed, tmp_path: Path
) -> None:
    (tmp_path / "FILE").touch()
    arguments = words.split()[1:]
    assert main([*arguments, *NEEDED.get(" ".join(arguments), [])]) == 3
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (
        "",
        "lastmetre: No city runs on this machine: start one with 'lastmetre up'\n",
    )


def test_a_name_that_is_nearly_right_gets_the_right_one(capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["statsu"]) == 2
    assert capsys.readouterr().err == (
        "lastmetre: No such command 'statsu'. Did you mean status? See 'lastmetre --help'\n"
    )
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["statsu"]) == 2
    assert capsys.readouterr().err == "lastmetre: 没有命令 statsu, 是否指 status; 请看 'lastmetre --help'\n"


def test_without_a_command_the_help_is_printed_as_for_a_wrong_use(capsys: Printed) -> None:
    assert main([]) == 2
    bare = capsys.readouterr()
    assert main(["--help"]) == 0
    assert (bare.out, bare.err) == ("", capsys.readouterr().out)


@pytest.mark.parametrize("words", COMMANDS)
def test_each_command_prints_its_version(words: str, capsys: Printed) -> None:
    name, *arguments = words.split()
    assert run_program(program() if name == "lastmetre" else COMMANDS[name], name, [*arguments, "--version"]) == 0
    assert re.fullmatch(r"lastmetre \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_the_exit_codes_of_each_command_are_those_of_the_paper() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAPER.read_text().splitlines() if line.startswith("| `lastmetre")]
    assert {row[0].strip("`"): row[1:] for row in rows} == {
        words: [", ".join(map(str, one.exits)), one.exits[0], one.exits.get(1, "-"), one.exits.get(5, "-")]
        for words, one in CALLED.items()
    }


def test_the_numbers_of_the_paper_are_those_of_the_programs() -> None:
    listed = re.findall(r"^\| (\d+) \|", PAPER.read_text(), re.M)
    numbers = {number for name, number in vars(terminal).items() if name.isupper() and isinstance(number, int)}
    assert sorted(map(int, listed)) == sorted(numbers | {scanner.LOST})


def ending_with(error: BaseException) -> int:
    """Run a command that ends with an error; return its exit code."""

    def fail(_: object) -> int:
        raise error

    command = Command("fail", fail, summary="Fail.", examples=(), codes=ALONE)
    return run_program(command, "fail", [])


def test_ctrl_c_and_a_reader_that_has_gone_are_quiet_and_a_mistake_of_ours_is_not(capsys: Printed) -> None:
    assert ending_with(KeyboardInterrupt()) == 130
    assert ending_with(BrokenPipeError()) == 141
    assert capsys.readouterr() == ("", "")
    assert ending_with(ZeroDivisionError("ours")) == 70
    assert "ZeroDivisionError: ours" in capsys.readouterr().err


def test_output_into_a_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "deploy.cli.main", "--help"]
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.parametrize("arguments", [["--help"], [], ["statsu"]])
def test_help_and_a_wrong_name_answer_within_three_tenths_of_a_second_of_cpu(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "deploy.cli.main", *arguments]
    spent = []
    for _ in range(3):  # the least of three: a busy machine takes longer for the same work
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if min(spent) < 0.3:
            return
    pytest.fail(f"{spent} s of CPU")


BASH = """
source <(lastmetre completion bash)
complete_with() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _lastmetre_completion lastmetre
    echo "${COMPREPLY[@]}"
}
complete_with lastmetre dead
complete_with lastmetre completion ""
"""


def test_a_bash_completes_commands_and_values(tmp_path: Path) -> None:
    program_ = tmp_path / "lastmetre"
    program_.write_text(f"#!{sys.executable}\nimport sys\nfrom deploy.cli.program import main\nsys.exit(main())\n")
    program_.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(["bash", "-c", BASH], env=environment, capture_output=True, text=True, check=False)
    assert (ended.stdout.splitlines(), ended.stderr) == (["dead-letters", "bash zsh fish"], "")
