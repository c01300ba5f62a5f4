"""Whatever has a name outside is explained: events, reasons, causes, statuses, problems, faults."""

import ast
import re
from enum import StrEnum
from pathlib import Path

import pytest

import moderation
from moderation.domain import errors
from moderation.domain.account import Permission, Role
from moderation.domain.appeal import AppealState
from moderation.domain.comment import Status
from moderation.domain.events import ActorKind, EventName
from moderation.domain.policy import ChallengeMode, Mode, SignIn, Standing
from moderation.domain.reasons import Cause, Reason
from moderation.domain.report import ReportState
from moderation.domain.review import DecisionKind, ItemState
from moderation.domain.ruleset import RuleSetState
from moderation.embed import texts
from moderation.rules import (
    CATEGORIES,
    CONFIDENCE,
    Action,
    Channel,
    Format,
    Guard,
    Kind,
    Verdict,
    compile,  # noqa: A004 -- the library's verb
    read_document,
)
from moderation.store.tables.outbox import MessageState
from moderation.web.problems import BY_SLUG, FAULT_SENTENCES, OF_ERROR, problem_of

PACKAGE = Path(moderation.__file__).parent
DOCS = PACKAGE.parent / "docs"
EXPLAINED: tuple[type[StrEnum], ...] = (
    EventName,
    ActorKind,
    Status,
    Mode,
    ChallengeMode,
    SignIn,
    ReportState,
    AppealState,
    Verdict,
    Kind,
    Action,
    Channel,
    Guard,
    Standing,
    Reason,
    Cause,
    ItemState,
    DecisionKind,
    RuleSetState,
    MessageState,
    Role,
    Permission,
)


def section(title: str) -> dict[str, str]:
    """Return a section of the glossary: each code with its sentence."""
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    body = text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (.+?) \|$", body, re.MULTILINE))


@pytest.mark.parametrize("kind", EXPLAINED, ids=lambda kind: kind.__name__)
def test_the_glossary_explains_every_value_and_no_other(kind: type[StrEnum]) -> None:
    explained = section(kind.__name__)

    assert set(explained) == {member.value for member in kind}
    assert all(sentence.endswith(".") for sentence in explained.values())


def test_the_rules_page_tells_each_confidence() -> None:
    text = (DOCS / "rules.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([a-z]+)` \| (\d+) \|", text, re.MULTILINE)

    percent_of = {name: int(percent) for name, percent in told}

    assert {channel: percent_of.get(channel) for channel in Channel} == CONFIDENCE


@pytest.mark.parametrize("form", [Format.CSV, Format.JSON])
def test_the_examples_of_rule_lists_can_be_imported(form: Format) -> None:
    text = (DOCS / "rules.md").read_text(encoding="utf-8")
    (example,) = re.findall(rf"^```{form}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)

    document = read_document(example, form)

    assert document.has_settings == (form is Format.JSON)
    assert compile(document.rules, exceptions=document.exceptions)


def test_every_problem_is_documented_as_it_is_answered() -> None:
    text = (DOCS / "problems.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^## `([a-z-]+)` \((\d{3})\)\n\n(?=.)", text, re.MULTILINE))

    assert documented == {slug: str(kind.status) for slug, kind in BY_SLUG.items()}
    for slug, kind in BY_SLUG.items():
        assert f"## `{slug}` ({kind.status})\n\n**{kind.title}.** {kind.advice}\n" in text


def test_every_fault_is_documented_with_its_sentence() -> None:
    text = (DOCS / "problems.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `([a-z-]+)` \| (.+?) \|$", text, re.MULTILINE))

    assert documented == dict(FAULT_SENTENCES)


def every_error() -> list[type[errors.ModerationError]]:
    return [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.ModerationError)
    ]


def test_every_error_is_a_documented_problem() -> None:
    without = {error for error in every_error() if not set(error.__mro__) & set(OF_ERROR)}

    assert without == {errors.ModerationError, errors.Refused, errors.Conflict}, "only the boughs of the tree"


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = set(re.findall(r"\b[A-Z][A-Za-z]+\b", (errors.__doc__ or "").split("An error carries")[0]))

    assert {error.__name__ for error in every_error()} <= drawn


def test_what_is_not_found_is_not_a_failure_of_ours() -> None:
    assert problem_of(errors.NotFound()).kind.status == 404


def test_faulty_rules_are_told_fault_by_fault() -> None:
    problem = problem_of(errors.RulesInvalid(["line 3: category: unknown"]))

    assert [fault["detail"] for fault in problem.errors] == ["line 3: category: unknown"]


def test_an_invalid_request_without_a_fault_is_still_a_problem() -> None:
    assert problem_of(errors.Invalid()).kind.status == 422


def _imports_fault(node: ast.AST) -> bool:
    """Say whether a `Fault` here is the domain's; rule documents have faults of their own."""
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "moderation.domain.errors"
        and "Fault" in [alias.name for alias in node.names]
    )


def fault_codes() -> set[str]:
    """Return every code that a `Fault` of the domain may be made with."""
    codes: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if "rules" in path.relative_to(PACKAGE).parts[:1]:
            continue  # faults of rule documents are another kind, told in sentences of their own
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        if not any(_imports_fault(node) for node in nodes):
            continue
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Fault":
                codes |= {
                    each.value
                    for each in ast.walk(node.args[1])
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    return {code for code in codes if code != "UUID"}


def test_every_fault_has_its_sentence() -> None:
    assert fault_codes() <= set(FAULT_SENTENCES)


def test_rules_may_name_exactly_the_reasons_there_are() -> None:
    assert set(CATEGORIES) == set(Reason)


@pytest.mark.parametrize("language", ["zh", "tw", "en"])
def test_the_embed_says_every_reason(language: str) -> None:
    source = (PACKAGE / "embed" / "static" / f"texts.{language}.js").read_text(encoding="utf-8")

    missing = [
        reason for reason in Reason if not re.search(rf'^  "?{reason}"?: ".+",$', source, re.MULTILINE)
    ]

    assert missing == []


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
def test_the_page_without_javascript_says_every_reason(language: texts.Language) -> None:
    said = {name for name, sentence in texts.sentences(language, {}).items() if sentence}

    assert {f"reason_{reason}" for reason in Reason} <= said
