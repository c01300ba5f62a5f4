"""What a matcher reports. A value only, since matchers do not know each other and `evaluate` knows them all."""

from typing import NamedTuple

from moderation.rules.model import Channel, Span


class Found(NamedTuple):
    """A rule that held; `rule` is its place in the set, `span` a place in the text that the matcher was given."""

    rule: int
    span: Span
    channel: Channel
