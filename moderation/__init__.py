"""A comment-moderation service: takes reader comments, filters them, queues what needs a person."""

from importlib import metadata

__version__ = metadata.version("moderation")
