"""Settings: read once, bounded, and refused when unknown or unsound."""

from pathlib import Path

import pytest

from moderation.settings import Settings, SettingsError

SECRET = "a secret key for tests, and for nothing else at all"
NEEDED = {"MODERATION_DATABASE_URL": "sqlite:////srv/moderation.db", "MODERATION_SECRET_KEY": SECRET}


def read(**changed: str) -> Settings:
    return Settings.read(NEEDED | {f"MODERATION_{name}": value for name, value in changed.items()})


def test_two_settings_are_enough_and_the_defaults_are_safe() -> None:
    settings = read()

    assert settings.is_https
    assert settings.sqlite_synchronous == "FULL"
    assert settings.proxy_hops == 0
    assert settings.limits_storage == "sqlite:////srv/moderation-limits.db"


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_setting_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.read({key: value for key, value in NEEDED.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("WORKER", "2", id="a misspelt name"),
        pytest.param("SECRET_KEY", "short", id="a short secret"),
        pytest.param("SECRET_KEY", "", id="no secret"),
        pytest.param("PREVIOUS_SECRET_KEY", SECRET, id="a rotation to the same key"),
        pytest.param("DATABASE_URL", "mysql://x", id="another database"),
        pytest.param("WORKERS", "0", id="no worker"),
        pytest.param("WORKERS", "65", id="too many workers"),
        pytest.param("WORKERS", "two", id="no number"),
        pytest.param("WORKERS", "２", id="a full-width number"),
        pytest.param("WORKERS", "-1", id="a negative number"),
        pytest.param("IS_HTTPS", "maybe", id="neither true nor false"),
        pytest.param("LOG_FORMAT", "xml", id="another log format"),
        pytest.param("SQLITE_SYNCHRONOUS", "OFF", id="a database that forgets"),
        pytest.param("DOOR_LIMIT", "many", id="a limit that is none"),
        pytest.param("SIGN_IN_LIMIT", "0/minute", id="a limit that lets nobody in"),
        pytest.param("PUBLIC_URL", "comments.example", id="an address without a scheme"),
        pytest.param("PUBLIC_URL", "https://comments.example/", id="a trailing slash"),
        pytest.param("LIMITS_URL", "memcached://x", id="another storage"),
    ],
)
def test_an_unsound_setting_stops_the_start_and_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"MODERATION_{name}"):
        read(**{name: value})


def test_a_limit_counted_per_process_needs_one_process() -> None:
    assert read(LIMITS_URL="memory://").limits_storage == "memory://"
    with pytest.raises(SettingsError, match="2 workers"):
        read(LIMITS_URL="memory://", WORKERS="2")
    with pytest.raises(SettingsError, match="2 workers"):
        read(DATABASE_URL="postgresql+psycopg://x", WORKERS="2")


@pytest.mark.parametrize(("text", "value"), [("1", True), ("TRUE", True), ("no", False), ("0", False)])
def test_a_switch_is_read_as_people_write_it(*, text: str, value: bool) -> None:
    assert read(IS_HTTPS=text).is_https is value


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{SECRET}\n", encoding="utf-8")
    environment = {
        "MODERATION_DATABASE_URL": "sqlite:////srv/x.db",
        "MODERATION_SECRET_KEY_FILE": str(tmp_path / "key"),
    }

    assert Settings.read(environment).secret_key == SECRET


def test_a_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(SettingsError, match="MODERATION_SECRET_KEY_FILE"):
        Settings.read({"MODERATION_DATABASE_URL": "sqlite:////x", "MODERATION_SECRET_KEY_FILE": "/nowhere"})


def test_what_is_written_wins_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("another key, long enough for a secret", encoding="utf-8")
    file = {"MODERATION_SECRET_KEY_FILE": str(tmp_path / "key")}

    assert Settings.read(file | NEEDED).secret_key == SECRET
    assert Settings.read(NEEDED | file).secret_key == SECRET


def test_variables_of_the_tests_are_none_of_the_services() -> None:
    assert read(TEST_POSTGRES="x", VENV="y") == read()


def test_settings_that_are_printed_tell_no_secret() -> None:
    settings = read(
        DATABASE_URL="postgresql+psycopg://me:hunter2@db/x",
        LIMITS_URL="redis://:hunter2@cache",
        PREVIOUS_SECRET_KEY="another key, long enough for a secret",
    )

    printed = repr(settings)

    assert SECRET not in printed
    assert "hunter2" not in printed
    assert "another key" not in printed
