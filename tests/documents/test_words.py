"""The word rules refuse each new use of a banned word, and nothing else; the glossary is their only source."""

import pytest

from tests.words import GLOSSARY, HEADING, ROOT, Use, counts_of, grown, problems, rules_of, uses_in

_TABLE = f"""
{HEADING}

| word | in | except | write instead |
|---|---|---|---|
| told | names, prose | | notified |
| found | names | not_found, NotFound | `row` |
| nobody, whoever | names, prose | nobody_home | the role |
| opened | functions | | a verb |
| in vain | prose | | a plain sentence |
"""
_RULES = rules_of(_TABLE)


def _words(text: str, path: str = "shared/module.py") -> list[tuple[int, str]]:
    return sorted((use.line, use.word) for use in uses_in(path, text, _RULES))


@pytest.mark.parametrize(
    "line",
    [
        "def was_told(): ...",
        "class ToldPerson: ...",
        "def notify(*, told): ...",
        "told, other = 1, 2",
        "for told in (): ...",
        "self.told = 1",
        "import json as told",
        "told: int",
        "# The keeper is told of it.",
        "'''The keeper is Told of it.'''",
    ],
)
def test_a_banned_word_is_seen_in_each_kind_of_definition_and_in_prose(line: str) -> None:
    assert _words(f"\n{line}\n") == [(2, "told")]


@pytest.mark.parametrize(
    "line",
    [
        "send(told=event.told)",
        "text = 'The keeper was told'",
        "# `told` is a field of an older event.",
        "atoll = untold = 1",
        "def is_not_found(): ...",
        "class PlaceNotFound: ...",
        "# The document was found.",
        "def test_nobody_home_is_tried_again(): ...",
    ],
)
def test_uses_strings_code_in_prose_other_words_and_exceptions_are_allowed(line: str) -> None:
    assert _words(f"{line}\n") == []


def test_a_participle_is_banned_as_the_whole_name_of_a_function_that_is_no_property() -> None:
    assert _words("def _opened(): ...\n") == [(1, "opened")]
    assert _words("@property\ndef opened(self): ...\n") == []
    assert _words("def is_opened(): ...\n") == []
    assert _words("opened = 1\n") == []


def test_the_name_of_a_module_is_a_name() -> None:
    assert _words("", "tests/deploy/told.py") == [(1, "told")]


def test_a_line_within_a_docstring_has_its_own_number() -> None:
    assert _words('"""Reads.\n\nIt waits in vain for whoever ends.\n"""\n') == [(3, "in vain"), (3, "whoever")]


def test_markdown_is_read_without_its_code_and_its_links() -> None:
    page = "# Told\n\n    told\n\n```\ntold\n```\n\n`told` [told](told.md) https://told\n- item\n    told\n"
    assert _words(page, "docs/page.md") == [(1, "told"), (9, "told"), (11, "told")]


def test_the_glossary_may_name_the_words_that_it_bans() -> None:
    assert _words(f"The keeper is told.\n{_TABLE}", str(GLOSSARY)) == [(1, "told")]


def test_a_file_may_have_as_many_uses_as_the_baseline_and_no_more() -> None:
    uses = [Use("a.py", 3, "told", "notified"), Use("a.py", 9, "told", "notified")]
    assert problems(uses, {"a.py": {"told": 2}}) == []
    assert problems(uses, {"b.py": {"told": 2}}) == [
        "a.py:3: 'told' is not used here: write notified",
        "a.py:9: 'told' is not used here: write notified",
    ]
    assert problems(uses, {"a.py": {"told": 1}})[0] == (
        "a.py:3: 'told' is not used here (the baseline has 1 in this file): write notified"
    )


def test_the_baseline_may_follow_a_file_that_moves_and_may_not_grow() -> None:
    before = counts_of([Use("a.py", 3, "told", "notified")])
    moved = counts_of([Use("b.py", 3, "told", "notified")])
    more = counts_of([Use("b.py", 3, "told", "notified"), Use("a.py", 1, "told", "notified")])
    assert grown(moved, before) == []
    assert grown(more, before) == ["told"]


@pytest.mark.parametrize(
    "table", ["no table", _TABLE.replace("| notified |", "|"), _TABLE.replace("names, prose", "nouns")]
)
def test_a_table_that_cannot_be_read_is_an_error_and_not_an_empty_list(table: str) -> None:
    with pytest.raises(ValueError, match="glossary"):
        rules_of(table)


def test_the_glossary_has_a_rule_for_each_of_the_words_that_hide_a_component() -> None:
    rules = rules_of((ROOT / GLOSSARY).read_text(encoding="utf-8"))
    assert {"told", "said", "heard", "noted", "found", "shown", "somebody", "whoever", "nobody"} <= {
        rule.word for rule in rules
    }
