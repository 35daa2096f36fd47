"""The word rules: no new use of a word that docs/glossary.md bans; run by `make lint`.

`tests/words-baseline.json` counts the uses that are left, by file and word. It may only shrink: `--record` writes it
again, for files that moved too, and refuses where the uses of a word in all files together have grown.
"""

import ast
import io
import json
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("services", "shared", "deploy", "tests")
GLOSSARY = Path("docs/glossary.md")
BASELINE = Path("tests/words-baseline.json")
HEADING = "## Words not to use"
KINDS = ("names", "functions", "prose")

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_CODE = re.compile(r"(`+)[^`]+?\1")
_TARGET = re.compile(r"\]\([^)]*\)|<!--.*?-->|https?://\S+")
_NOT_VERBS = ("property", "fixture", "setter", "overload")

Counts = dict[str, dict[str, int]]


class Rule(NamedTuple):
    """One banned word (or phrase), where it is banned, the exceptions, and what to write instead."""

    word: str
    kinds: frozenset[str]
    exceptions: tuple[str, ...]
    instead: str


class Text(NamedTuple):
    """A piece of a file: the name of a definition, or a line of prose."""

    kind: str
    line: int
    text: str


class Use(NamedTuple):
    """One use of a banned word."""

    path: str
    line: int
    word: str
    instead: str


def rules_of(glossary: str) -> list[Rule]:
    """Return the rules of the table under the heading; ValueError for a row that is not of the table's form."""
    rules = []
    _, heading, section = glossary.partition(HEADING)
    rows = [line.strip().strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    if not heading or not rows:
        raise ValueError(f"{GLOSSARY} has no table under '{HEADING}'")
    for row in rows:
        words, kinds, exceptions, *instead = (cell.strip() for cell in row)
        banned_in = frozenset(_split(kinds))
        if len(instead) != 1 or not instead[0] or not banned_in or not banned_in <= set(KINDS):
            raise ValueError(f"{GLOSSARY}: this row has not four cells of the table's form: {words}")
        rules += [Rule(word, banned_in, _split(exceptions), instead[0]) for word in _split(words)]
    return rules


def _split(cell: str) -> tuple[str, ...]:
    return tuple(item for item in (part.strip() for part in cell.split(",")) if item)


def uses_in(path: str, text: str, rules: Iterable[Rule]) -> Iterator[Use]:
    """Yield each use of a banned word in the text of one Python or Markdown file."""
    pieces = list(_python(path, text) if path.endswith(".py") else _markdown(path, text))
    for rule in rules:
        word = re.compile(rf"\b{re.escape(rule.word)}\b", re.IGNORECASE)
        for piece in pieces:
            if piece.kind in rule.kinds:
                for _ in range(_count(piece, rule, word)):
                    yield Use(path, piece.line, rule.word, rule.instead)


def _count(piece: Text, rule: Rule, word: re.Pattern[str]) -> int:
    if piece.kind == "functions":
        return piece.text.strip("_") == rule.word
    text = piece.text
    for exception in rule.exceptions:
        text = text.replace(exception, " ")
    if piece.kind == "names":
        return [part.lower() for part in _PART.findall(text)].count(rule.word)
    return len(word.findall(text))


def _python(path: str, text: str) -> Iterator[Text]:
    yield Text("names", 1, Path(path).stem)
    for node in ast.walk(ast.parse(text)):
        yield from _definitions(node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from _prose(node.value.value, node.lineno)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield from _prose(token.string, token.start[0])


def _definitions(node: ast.AST) -> Iterator[Text]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield Text("names", node.lineno, node.name)
            if not any(
                ast.unparse(decorator).partition("(")[0].endswith(_NOT_VERBS) for decorator in node.decorator_list
            ):
                yield Text("functions", node.lineno, node.name)
        case ast.ClassDef(name=name, lineno=line) | ast.arg(arg=name, lineno=line):
            yield Text("names", line, name)
        case ast.Name(id=name, ctx=ast.Store(), lineno=line) | ast.Attribute(attr=name, ctx=ast.Store(), lineno=line):
            yield Text("names", line, name)
        case ast.alias(asname=str(name), lineno=line) | ast.ExceptHandler(name=str(name), lineno=line):
            yield Text("names", line, name)
        case ast.MatchAs(name=str(name), lineno=line) | ast.MatchStar(name=str(name), lineno=line):
            yield Text("names", line, name)


def _prose(text: str, line: int) -> Iterator[Text]:
    for offset, content in enumerate(text.splitlines()):
        yield Text("prose", line + offset, _CODE.sub(" ", content))


def _markdown(path: str, text: str) -> Iterator[Text]:
    if Path(path) == GLOSSARY:
        text = text.partition(HEADING)[0]
    fenced = indented = False
    blank = True
    for number, line in enumerate(text.splitlines(), 1):
        fenced ^= line.lstrip().startswith("```")
        indented = line.startswith("    ") and (blank or indented)
        blank = not line.strip()
        if not fenced and not indented:
            yield Text("prose", number, _CODE.sub(" ", _TARGET.sub("] ", line)))


def all_uses(root: Path = ROOT) -> list[Use]:
    """Return every use of a banned word in the Python files of the folders and in all pages."""
    rules = rules_of((root / GLOSSARY).read_text(encoding="utf-8"))
    paths = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py"))]
    paths += [page for page in sorted(root.rglob("*.md")) if not _is_foreign(page.relative_to(root))]
    return [
        use for path in paths for use in uses_in(str(path.relative_to(root)), path.read_text(encoding="utf-8"), rules)
    ]


def _is_foreign(page: Path) -> bool:
    return any(part.startswith(".") or part in ("build", "node_modules") for part in page.parts)


def counts_of(uses: Iterable[Use]) -> Counts:
    """Return how often each file uses each word."""
    counts: Counts = {}
    for (path, word), number in sorted(Counter((use.path, use.word) for use in uses).items()):
        counts.setdefault(path, {})[word] = number
    return counts


def problems(uses: list[Use], baseline: Counts) -> list[str]:
    """Return a line for each use in a file that has more uses of the word than the baseline allows."""
    counts = counts_of(uses)
    lines = []
    for path, line, word, instead in uses:
        allowed = baseline.get(path, {}).get(word, 0)
        if counts[path][word] > allowed:
            left = f" (the baseline has {allowed} in this file)" if allowed else ""
            lines.append(f"{path}:{line}: '{word}' is not used here{left}: write {instead}")
    return lines


def grown(counts: Counts, baseline: Counts) -> list[str]:
    """Return the words that all files together use more often than the baseline does."""
    now, before = (sum((Counter(words) for words in each.values()), Counter()) for each in (counts, baseline))
    return sorted(word for word in now if now[word] > before[word])


def _record(counts: Counts, baseline: Counts | None) -> int:
    if baseline is not None and (words := grown(counts, baseline)):
        print(f"not recorded: there are more uses than before of: {', '.join(words)}")  # noqa: T201
        return 1
    lines = (f"{json.dumps(path)}: {json.dumps(words)}" for path, words in sorted(counts.items()))
    (ROOT / BASELINE).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return 0


def main(arguments: list[str]) -> int:
    """Print each use that is new; 1 if there is any. With `--record`, write the baseline again."""
    uses = all_uses()
    file = ROOT / BASELINE
    baseline: Counts | None = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    if arguments == ["--record"]:
        return _record(counts_of(uses), baseline)
    lines = problems(uses, baseline or {})
    print("\n".join(lines) or f"no new use of a banned word; {len(uses)} old ones are left")  # noqa: T201
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
