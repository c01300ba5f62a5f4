"""What a view hands to a flow: the services, the settings, the session of this request."""

from flask import current_app, request
from sqlalchemy.orm import Session

from moderation.extensions import db
from moderation.ports import Services
from moderation.settings import Settings

_KEY = "moderation"


def bind(app_extensions: dict[str, object], *, services: Services, settings: Settings) -> None:
    """Keep services and settings on the app (called once, by the composition root)."""
    app_extensions[_KEY] = (services, settings)


def services() -> Services:
    """Return the services of this app."""
    found: Services = current_app.extensions[_KEY][0]
    return found


def settings() -> Settings:
    """Return the settings of this app."""
    found: Settings = current_app.extensions[_KEY][1]
    return found


def session() -> Session:
    """Return the database session of this request."""
    return db.session()


def own_origin() -> str:
    """Return the origin readers reach this service at: as configured, else as this request was addressed."""
    return settings().public_url or request.host_url.rstrip("/")
