"""The composition root: settings → services → surfaces → errors, on one screen. The only place that chooses."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from moderation import api, console, embed
from moderation.adapters import logs
from moderation.adapters.captcha import ArithmeticCaptcha
from moderation.adapters.clock import SystemClock, unix_seconds
from moderation.adapters.ids import Uuid7
from moderation.adapters.limits import LimitsAdapter, flask_limiter_options
from moderation.adapters.proof_of_work import AltchaProofs
from moderation.adapters.rulesets import LoadedRuleSets
from moderation.adapters.secrets import KeyedSecrets
from moderation.adapters.sounds import SpokenDigits
from moderation.adapters.tokens import JsonWebTokens
from moderation.extensions import babel, db, limiter, migrate, migrations_folder
from moderation.ports import IdentityProvider, Services
from moderation.settings import Settings, SettingsError
from moderation.store.transaction import POSTGRES_OPTIONS, prepare_sqlite
from moderation.web import auth, bodies, context, headers, languages, operations, problems, requests


def create_app(settings: Settings | None = None, *, services: Services | None = None) -> Flask:
    """Build the application. Reads `MODERATION_*` unless settings are given; writes nothing.

    Tests pass their own services; everybody else gets the real ones.
    """
    settings = settings or Settings.read()
    logs.configure(settings.log_format)
    app = Flask("moderation", static_folder=None)
    app.config.update(_flask_config(settings))
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    db.init_app(app)
    migrate.init_app(app, db, directory=str(migrations_folder()))
    limiter.init_app(app)
    babel.init_app(app, locale_selector=languages.chosen)
    languages.register(app)
    if settings.is_sqlite:
        with app.app_context():
            prepare_sqlite(db.engine, synchronous=settings.sqlite_synchronous)

    context.bind(app.extensions, services=services or _services(settings), settings=settings)
    requests.register(app)
    headers.register(app)
    bodies.register(app)
    auth.register(app)
    problems.register(app)
    for blueprint in (api.blueprint, embed.blueprint, console.blueprint, operations.blueprint):
        app.register_blueprint(blueprint)
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    options = flask_limiter_options(settings.limits_storage, fallback_limits=())
    engine: dict[str, object] = {}
    if not settings.is_sqlite:
        engine = {
            "pool_pre_ping": True,
            "pool_timeout": 5,
            "skip_autocommit_rollback": True,
            "connect_args": {"options": POSTGRES_OPTIONS},
        }
    return {
        # A view that answers preflights must not lose them to Flask's own, which carry no CORS headers.
        "PROVIDE_AUTOMATIC_OPTIONS": False,
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": [settings.previous_secret_key] if settings.previous_secret_key else [],
        "MAX_CONTENT_LENGTH": settings.max_body_bytes,
        "MAX_FORM_MEMORY_SIZE": settings.max_body_bytes,
        "SESSION_COOKIE_NAME": "__Host-moderation" if settings.is_https else "moderation",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": "console/translations",
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine,
        "RATELIMIT_STORAGE_URI": options["storage_uri"],
        "RATELIMIT_STORAGE_OPTIONS": options["storage_options"],
        "RATELIMIT_STRATEGY": options["strategy"],
        "RATELIMIT_SWALLOW_ERRORS": options["swallow_errors"],
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": options["in_memory_fallback_enabled"],
        "RATELIMIT_HEADERS_ENABLED": options["headers_enabled"],
    }


def _services(settings: Settings) -> Services:
    log = logs.logger()
    secrets = KeyedSecrets(settings.secret_key, previous_key=settings.previous_secret_key)
    return Services(
        clock=SystemClock(),
        captcha=ArithmeticCaptcha(),
        sounds=SpokenDigits(),
        proof_of_work=AltchaProofs(secrets),
        limits=LimitsAdapter(
            settings.limits_storage, now=unix_seconds, fallback_share=1 / settings.workers, log=log
        ),
        rule_sets=LoadedRuleSets(),
        secrets=secrets,
        ids=Uuid7(),
        tokens=JsonWebTokens(),
        log=log,
        identity_provider=_identity_provider(settings),
    )


def _identity_provider(settings: Settings) -> IdentityProvider | None:
    """Load what speaks OpenID Connect only where the settings ask for it: it comes with an extra."""
    if not settings.oidc_issuer:
        return None
    try:
        from moderation.adapters.identity import OpenIdProvider  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(
            "MODERATION_OIDC_ISSUER is set and the extra is not installed: pip install 'moderation[oidc]'"
        ) from error
    return OpenIdProvider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
    )
