"""What every evaluation needs and no import brings: words, sounds, looks, components, pictures."""

from moderation.rules.components import compose
from moderation.rules.looks import look
from moderation.rules.ordinary import price_of
from moderation.rules.sounds import sound
from moderation.rules.streams import joined
from moderation.rules.substitutes import rewrite
from moderation.rules.vocabulary import english_words


def prepare() -> None:
    """Make the tables that the first text would make (0.6 s, 14 MB); once, a second time does nothing.

    For processes that live long: making them takes 20 MB more for a moment, best before there is a rule set.
    """
    price_of("")
    look("")
    sound("")
    rewrite("")
    compose(joined(""))
    english_words()
