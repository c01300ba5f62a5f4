"""The Flask extension objects, made once and bound to an app by the composition root."""

from pathlib import Path

from flask import request
from flask_babel import Babel
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from moderation.domain.client import client_prefix
from moderation.store import tables
from moderation.store.base import Base

assert tables.Comment.metadata is Base.metadata  # noqa: S101 - importing the tables is what fills the metadata

db = SQLAlchemy(
    model_class=Base,
    # What a flow read stays readable after its commit: values leave the flow, not live rows.
    session_options={"expire_on_commit": False},
)
migrate = Migrate()
login = LoginManager()
babel = Babel()


def client() -> str:
    """Name the client of the present request, as the limits count it."""
    return client_prefix(request.remote_addr)


limiter = Limiter(key_func=client)


def migrations_folder() -> Path:
    """Return where the migrations are: inside the package when installed, beside it in a checkout."""
    inside = Path(__file__).parent / "_migrations"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "migrations"


def schema_head() -> str:
    """Return the migration that this code needs; `migrations/head` names it, and two branches collide there."""
    return (migrations_folder() / "head").read_text(encoding="utf-8").strip()
