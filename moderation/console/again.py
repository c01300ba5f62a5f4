"""Forms shown again with what is wrong told at each field: the one place where a refused form is caught."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from flask import Response

from moderation.domain.errors import Fault, Invalid, NameTaken
from moderation.web.languages import lazy_gettext

View = TypeVar("View", bound=Callable[..., Any])
SENTENCES: Final = MappingProxyType(
    {
        "too-short": lazy_gettext("At least %(bound)s characters."),
        "too-long": lazy_gettext("At most %(bound)s characters."),
        "malformed": lazy_gettext("This does not have the right form."),
        "unknown": lazy_gettext("Choose one of the list."),
        "taken": lazy_gettext("Something else has this already."),
        "wrong": lazy_gettext("This is not right."),
    },
)


def shown_again(show: Callable[..., Response]) -> Callable[[View], View]:
    """Answer a refused form with its page: `show(faults=…)`, the status 422, and a sentence for each field."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(**of_the_address: object) -> Any:
            try:
                return view(**of_the_address)
            except Invalid as error:
                faults = error.faults
            except NameTaken:
                faults = [Fault("/login", "taken")]
            response = show(**of_the_address, faults=sentences(faults))
            response.status_code = 422
            return response

        return cast("View", answer)

    return decorate


def sentences(faults: Sequence[Fault]) -> Mapping[str, str]:
    """Word faults by the name of their field; the first of a field counts."""
    told: dict[str, str] = {}
    for fault in faults:
        sentence = SENTENCES.get(fault.code, SENTENCES["malformed"]) % {"bound": fault.bound}
        told.setdefault(fault.pointer.rpartition("/")[2], str(sentence))
    return told
