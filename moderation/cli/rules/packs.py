"""`moderation rules packs`: the starter packs that come with this version."""

import click

from moderation import rules
from moderation.cli import output


@click.command("packs")
@output.json_option
def packs(*, as_json: bool) -> None:
    """List the starter packs."""
    counted = [(pack, len(rules.pack_rules(pack.name))) for pack in rules.packs()]
    if as_json:
        output.document(
            [
                {
                    "name": pack.name,
                    "title": {"zh-CN": pack.title_zh, "en": pack.title_en},
                    "version": pack.version,
                    "rules": count,
                }
                for pack, count in counted
            ]
        )
        return
    output.table(
        ("pack", "名称", "title", "version", "rules"),
        [(pack.name, pack.title_zh, pack.title_en, str(pack.version), str(count)) for pack, count in counted],
    )
