"""Saved filters: searches and lists kept under a name, by whoever keeps them and for nobody else."""

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, request, url_for

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.domain.errors import Fault, Invalid
from moderation.domain.filters import SavedPlace, kept_query
from moderation.flows import filters
from moderation.flows.filters import Saved
from moderation.web import auth, context
from moderation.web.auth import permission

ENDPOINTS = {SavedPlace.SEARCH: "console.search", SavedPlace.LIST: "console.listing"}


@blueprint.app_template_global("saved_filters")
def saved_filters(place: str) -> list[Saved]:
    """Return the filters of whoever is signed in for a page."""
    return filters.saved(auth.visitor().account_id, SavedPlace(place), session=context.session())


@blueprint.app_template_global("filter_address")
def address(place: SavedPlace, query: str = "") -> str:
    """Return where a filter leads."""
    page = url_for(ENDPOINTS[SavedPlace(place)])
    return f"{page}?{query}" if query else page


@blueprint.app_template_global("filter_query")
def query(asked: Mapping[str, str]) -> str:
    """Return parameters as a filter keeps them."""
    return kept_query(urlencode(asked))


@blueprint.post("/filters")
@permission(Permission.REVIEW)
def save_filter() -> Response:
    """Keep the present search or list under a name, and go back to it."""
    place, asked = _place(), request.form.get("query", "")
    filters.save(
        auth.visitor().account_id,
        place,
        name=request.form.get("name", ""),
        query=asked,
        session=context.session(),
        services=context.services(),
    )
    return pages.see(address(place, kept_query(asked)))


@blueprint.post("/filters/<uuid:filter_id>/rename")
@permission(Permission.REVIEW)
def rename_filter(filter_id: UUID) -> Response:
    """Give a filter another name."""
    place = filters.rename(
        auth.visitor().account_id, filter_id, request.form.get("name", ""), session=context.session()
    )
    return _back(place)


@blueprint.post("/filters/<uuid:filter_id>/delete")
@permission(Permission.REVIEW)
def delete_filter(filter_id: UUID) -> Response:
    """Delete a filter."""
    place = filters.delete(auth.visitor().account_id, filter_id, session=context.session())
    return _back(place)


def _back(place: SavedPlace) -> Response:
    here = request.form.get("next", "")
    return pages.see(pages.inside(here) if here else address(place))


def _place() -> SavedPlace:
    try:
        return SavedPlace(request.form.get("place", ""))
    except ValueError:
        raise Invalid([Fault("/place", "unknown")]) from None
