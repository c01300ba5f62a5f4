"""Who imports whom, and who may do what only one place may do."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import moderation
from moderation.store.base import Base

PACKAGE = Path(moderation.__file__).parent
ROOT = PACKAGE.parent


def modules(folder: str = "") -> Iterator[tuple[str, ast.Module]]:
    """Return every module below a folder of the package, with its name relative to it."""
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def attribute_calls(tree: ast.AST, name: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
    ]


def test_the_storeys_keep_their_contracts() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout


def test_only_the_one_door_writes_a_comments_status() -> None:
    """Assignments to `.status` of anything, and UPDATEs of comments that name it, outside `store/changes.py`."""
    writers = set()
    for name, tree in modules():
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets):
                writers.add(name)
        for call in attribute_calls(tree, "values"):
            named = {keyword.arg for keyword in call.keywords}
            if name.startswith(("store/", "flows/")) and named & {
                "status",
                "is_listed",
                "published_reply_count",
            }:
                writers.add(name)

    assert writers == {"store/changes.py"}


def test_a_comment_is_born_pending() -> None:
    born = [
        (name, ast.unparse(keyword.value))
        for name, tree in modules("flows")
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Comment"
        for keyword in call.keywords
        if keyword.arg == "status"
    ]

    assert born
    assert {status for _, status in born} == {"Status.PENDING"}


def test_no_store_function_commits_and_only_transactions_roll_back() -> None:
    ending = {
        name
        for name, tree in modules("store")
        for verb in ("commit", "rollback", "close")
        for call in attribute_calls(tree, verb)
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "session"
    }

    assert ending == {"store/transaction.py"}


def test_no_flow_commits_but_by_its_transaction() -> None:
    assert not [name for name, tree in modules("flows") if attribute_calls(tree, "commit")]


def test_only_the_clock_reads_the_time() -> None:
    """Apart from the limits' own counter and the sample portal, which is another program than the service."""
    allowed = {"adapters/clock.py", "web/doors.py", "cli/demo/portal.py"}
    pattern = re.compile(r"\b(?:datetime\.now|datetime\.utcnow|date\.today|time\.time)\(")

    readers = {name for name, tree in modules() if pattern.search(ast.unparse(tree))}

    assert readers <= allowed


def test_services_are_handed_to_flows_and_known_by_nobody_further_in() -> None:
    """Below `web` they are an argument: rules, domain, store and adapters have never heard of them."""
    knowing = {
        name
        for folder in ("rules", "domain", "store", "adapters")
        for name, tree in modules(folder)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "Services"
    }
    asking = {
        name
        for folder in ("flows", "store", "domain", "rules", "adapters")
        for name, tree in modules(folder)
        if "current_app" in ast.unparse(tree)
    }

    assert knowing == asking == set()


def test_every_table_of_a_tenant_names_its_site() -> None:
    """The others belong to one that does, or to the whole installation."""
    without = {table.name for table in Base.metadata.sorted_tables if "site_id" not in table.columns}

    assert without == {
        "account_sessions",
        "accounts",
        "audit_chain",
        "audit_unsealed",
        "author_blocks",
        "author_notes",
        "figure_hours",
        "identities",
        "identity_requests",
        "jobs",
        "likes",
        "matches",
        "patrol_marks",
        "recovery_codes",
        "replay_examples",
        "replay_rules",
        "revisions",
        "rules",
        "saved_filters",
        "second_factors",
        "shadow_judgements",
        "sign_in_steps",
        "sounds",
        "sites",
    }
