"""Where each setting comes from, in which order, and which server gets which key."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from qconn_tui.errors import UsageError
from qconn_tui.qlik.auth import ApiKey, ClientCredentials
from qconn_tui.settings.resolve import resolve
from qconn_tui.settings.values import Settings

FLAG = "https://flag.eu.qlikcloud.com"
ENVIRONMENT = "https://environment.eu.qlikcloud.com"
CONFIG = "https://config.eu.qlikcloud.com"
CURRENT = "https://current.eu.qlikcloud.com"
OTHER = "https://other.eu.qlikcloud.com"


@dataclass
class Desk:
    """The files, variables and options of one user."""

    path: Path

    def file(self, name: str, content: str) -> str:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return str(path)

    def contexts(self) -> None:
        self.file(
            ".qlik/contexts.yml",
            f"""\
current-context: current
contexts:
  current: {{server: {CURRENT}, headers: {{Authorization: Bearer key-of-current-context}}}}
  other: {{server: {OTHER}, headers: {{Authorization: Bearer key-of-other-context}}}}
  client: {{server: {OTHER}, oauth-client-id: a, oauth-client-secret: b}}
  keyless: {{server: {OTHER}}}
""",
        )

    def config(self, content: str) -> None:
        self.variables["QCONN_CONFIG"] = self.file("config.toml", content)

    def __post_init__(self) -> None:
        self.variables = {"QLIK_CLI_USER_HOME_DIR": str(self.path)}

    def resolve(self, variables: dict[str, str] | None = None, **flags: object) -> Settings:
        return resolve(argparse.Namespace(**flags), {**self.variables, **(variables or {})})

    def refuse(self, variables: dict[str, str] | None = None, **flags: object) -> UsageError:
        with pytest.raises(UsageError) as caught:
            self.resolve(variables, **flags)
        assert str(caught.value).isprintable()
        return caught.value


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def server_and_key(settings: Settings) -> tuple[str, str]:
    """The server and the key that were found."""
    assert settings.server
    assert settings.credentials
    credentials = settings.credentials.value
    assert isinstance(credentials, ApiKey)
    return settings.server.value.origin, credentials.secret.reveal()


def test_without_any_source_there_are_defaults(desk: Desk) -> None:
    assert desk.resolve() == Settings()


def test_every_option_may_be_none() -> None:
    names = (
        "server", "context", "api_key_file", "page_size", "config", "log_file", "demo_rows", "images", "color", "theme",
    )  # fmt: skip
    switches = ("offline", "no_cache", "demo", "no_mouse")
    flags: dict[str, object] = {**dict.fromkeys(names), **dict.fromkeys(switches, False)}
    assert resolve(argparse.Namespace(**flags), {}) == Settings()


def test_the_order_of_precedence(desk: Desk) -> None:
    desk.contexts()
    assert server_and_key(desk.resolve()) == (CURRENT, "key-of-current-context")

    desk.config(f"server = '{CONFIG}'\napi_key_file = 'config.key'")
    desk.file("config.key", "key-of-the-config-file")
    assert server_and_key(desk.resolve()) == (CONFIG, "key-of-the-config-file")

    variables = {"QCONN_SERVER": ENVIRONMENT, "QCONN_API_KEY": "key-of-environment"}
    assert server_and_key(desk.resolve(variables)) == (ENVIRONMENT, "key-of-environment")

    flags = {"server": FLAG, "api_key_file": desk.file("key", " key-of-the-key-file\n")}
    assert server_and_key(desk.resolve(variables, **flags)) == (FLAG, "key-of-the-key-file")


def test_a_context_counts_where_it_is_named(desk: Desk) -> None:
    desk.contexts()
    desk.config("context = 'other'")
    assert server_and_key(desk.resolve()) == (OTHER, "key-of-other-context")
    assert server_and_key(desk.resolve({"QCONN_CONTEXT": "current"})) == (CURRENT, "key-of-current-context")
    variables = {"QCONN_SERVER": ENVIRONMENT, "QCONN_API_KEY": "key-of-environment", "QCONN_CONTEXT": "other"}
    assert server_and_key(desk.resolve(variables)) == (ENVIRONMENT, "key-of-environment")
    settings = desk.resolve(variables, context="current")
    assert server_and_key(settings) == (CURRENT, "key-of-current-context")
    assert settings.context == "current"


def test_each_value_knows_its_source(desk: Desk) -> None:
    desk.contexts()
    settings = desk.resolve({"QCONN_API_KEY": "key-of-environment"}, server=FLAG)
    assert settings.server
    assert settings.credentials
    assert (settings.server.source, settings.credentials.source) == ("--server", "QCONN_API_KEY")
    settings = desk.resolve()
    assert settings.server
    assert settings.server.source == f"context current in {desk.path}/.qlik/contexts.yml"


def test_the_contexts_file_itself_may_be_named(desk: Desk) -> None:
    desk.contexts()
    named = {"QLIK_CLI_USER_HOME_DIR": f"{desk.path}/.qlik/contexts.yml"}
    assert server_and_key(desk.resolve(named)) == (CURRENT, "key-of-current-context")


def test_an_oauth_client_from_environment_and_context(desk: Desk) -> None:
    desk.contexts()
    for settings in (
        desk.resolve({"QCONN_SERVER": FLAG, "QCONN_CLIENT_ID": "a", "QCONN_CLIENT_SECRET": "b"}),
        desk.resolve(context="client"),
    ):
        assert settings.credentials
        assert isinstance(settings.credentials.value, ClientCredentials)


@pytest.mark.parametrize(
    ("variables", "flags", "named", "owner"),
    [
        ({}, {"server": FLAG}, "--server", "current"),
        ({}, {"server": FLAG, "context": "other"}, "--server", "other"),
        ({"QCONN_SERVER": FLAG}, {}, "QCONN_SERVER", "current"),
        ({"QCONN_SERVER": FLAG, "QCONN_CONTEXT": "other"}, {}, "QCONN_SERVER", "other"),
    ],
)
def test_a_contexts_key_never_goes_to_another_server(
    desk: Desk, variables: dict[str, str], flags: dict[str, object], named: str, owner: str
) -> None:
    desk.contexts()
    error = desk.refuse(variables, **flags)
    origin = {"current": CURRENT, "other": OTHER}[owner]
    assert f"{named} names {FLAG}, but the key of context {owner}" in error.summary
    assert f"belongs to {origin}" in error.summary
    assert "QCONN_API_KEY" in error.advice
    assert "--api-key-file" in error.advice
    # With a key of its own, the other server is fine.
    assert server_and_key(desk.resolve({**variables, "QCONN_API_KEY": "key-of-environment"}, **flags))[0] == FLAG


def test_the_config_files_key_never_goes_to_another_server(desk: Desk) -> None:
    desk.config(f"server = '{CONFIG}'\napi_key_file = '{desk.file('k', 'key-of-the-config-file')}'")
    error = desk.refuse(server=FLAG)
    assert f"belongs to {CONFIG}" in error.summary


@pytest.mark.parametrize("server", [CURRENT, f"{CURRENT}/", f"{CURRENT}:443/api", CURRENT.upper()])
def test_the_same_server_in_another_spelling_is_the_same(desk: Desk, server: str) -> None:
    desk.contexts()
    assert server_and_key(desk.resolve(server=server)) == (CURRENT, "key-of-current-context")


def test_a_server_without_a_key_and_a_key_without_a_server(desk: Desk) -> None:
    assert "--server names a tenant, but there is no key" in desk.refuse(server=FLAG).summary
    assert "QCONN_API_KEY" in desk.refuse(server=FLAG).advice
    error = desk.refuse({"QCONN_API_KEY": "key-of-environment"})
    assert error.summary.startswith("QCONN_API_KEY says who asks")
    assert "QCONN_SERVER" in error.advice
    desk.contexts()
    assert "context keyless" in desk.refuse(context="keyless").summary
    assert server_and_key(desk.resolve({"QCONN_API_KEY": "key-of-environment"}, context="keyless"))[0] == OTHER


@pytest.mark.parametrize(
    ("variables", "flags", "named"),
    [
        ({}, {"server": "http://acme.com"}, "--server"),
        ({}, {"server": ""}, "--server"),
        ({"QCONN_SERVER": "http://acme.com"}, {}, "QCONN_SERVER"),
        ({"QCONN_SERVER": FLAG, "QCONN_API_KEY": ""}, {}, "QCONN_API_KEY"),
        ({"QCONN_SERVER": FLAG, "QCONN_API_KEY": "\n"}, {}, "QCONN_API_KEY"),
        ({"QCONN_SERVER": FLAG, "QCONN_API_KEY": "HUSH with space"}, {}, "QCONN_API_KEY"),
        ({"QCONN_SERVER": FLAG, "QCONN_CLIENT_ID": "a"}, {}, "QCONN_CLIENT_SECRET"),
        ({"QCONN_SERVER": FLAG, "QCONN_CLIENT_SECRET": "HUSH"}, {}, "QCONN_CLIENT_ID"),
        ({"QCONN_SERVER": FLAG}, {"api_key_file": "/does/not/exist"}, "--api-key-file"),
        ({"QCONN_SERVER": FLAG}, {"api_key_file": "/"}, "--api-key-file"),
        ({"QCONN_SERVER": FLAG}, {"api_key_file": ""}, "--api-key-file"),
        ({"QCONN_SERVER": FLAG}, {"api_key_file": "nul\0"}, "--api-key-file"),
        ({"QCONN_SERVER": FLAG}, {"api_key_file": "/dev/null"}, "--api-key-file"),
        ({"QCONN_SERVER": FLAG}, {"api_key_file": "/dev/zero"}, "--api-key-file"),
        ({}, {"context": "missing"}, "--context"),
        ({}, {"context": ""}, "--context"),
        ({"QCONN_CONTEXT": "missing"}, {}, "QCONN_CONTEXT"),
        ({}, {"page_size": 0}, "--page-size"),
        ({}, {"page_size": "201"}, "--page-size"),
        ({}, {"page_size": "abc"}, "--page-size"),
        ({}, {"page_size": "-5"}, "--page-size"),
        ({}, {"page_size": "²"}, "--page-size"),
        ({}, {"page_size": "9" * 5000}, "--page-size"),
        ({}, {"demo_rows": "0"}, "--demo-rows"),
        ({}, {"demo_rows": "100001"}, "--demo-rows"),
        ({}, {"images": "ascii"}, "--images"),
        ({}, {"color": "blue"}, "--color"),
        ({}, {"config": "/does/not/exist"}, "/does/not/exist"),
        ({}, {"config": ""}, "--config"),
        ({"QCONN_CONFIG": "/does/not/exist"}, {}, "/does/not/exist"),
    ],
)
def test_what_cannot_be_used_is_named(
    desk: Desk, variables: dict[str, str], flags: dict[str, object], named: str
) -> None:
    desk.contexts()
    error = desk.refuse(variables, **flags)
    assert named in str(error)
    assert error.exit_code == 2
    assert "HUSH" not in str(error)


def test_a_contexts_file_that_is_broken_is_named_when_it_is_needed(desk: Desk) -> None:
    path = desk.file(".qlik/contexts.yml", "contexts: [")
    assert path in desk.refuse().summary
    variables = {"QCONN_SERVER": FLAG, "QCONN_API_KEY": "key-of-environment"}
    assert server_and_key(desk.resolve(variables))[0] == FLAG


def test_a_current_context_for_another_kind_of_server_is_none(desk: Desk) -> None:
    desk.file(".qlik/contexts.yml", "current-context: a\ncontexts: {a: {server: sense.corp, server-type: windows}}")
    assert desk.resolve() == Settings()
    assert "another kind of server" in desk.refuse(context="a").summary


def test_a_current_context_that_is_missing_is_named(desk: Desk) -> None:
    desk.file(".qlik/contexts.yml", "current-context: a\ncontexts: {b: {server: x.com}}")
    assert "“a”" in desk.refuse().summary


def test_a_named_context_needs_a_file(desk: Desk) -> None:
    assert "contexts.yml is not there" in desk.refuse(context="current").summary


def test_the_config_file(desk: Desk) -> None:
    desk.config(
        "page_size = 50\ntheme = 'nord'\nimages = 'off'\ncolor = '256'\nmouse = false\n"
        "logo_hosts = ['Logos.Example.com']\n[keys]\nquit = 'ctrl+q'\n"
    )
    settings = desk.resolve()
    assert (settings.page_size, settings.theme, settings.images, settings.color) == (50, "nord", "off", "256")
    assert (settings.mouse, settings.logo_hosts, settings.keymap) == (
        False,
        ("logos.example.com",),
        {"quit": "ctrl+q"},
    )
    settings = desk.resolve({"NO_COLOR": "1"}, page_size="7", theme="gruvbox", images="kitty")
    assert (settings.page_size, settings.theme, settings.images, settings.color) == (7, "gruvbox", "kitty", "none")
    assert desk.resolve({"NO_COLOR": "1"}, color="16").color == "16"
    assert desk.resolve({"NO_COLOR": ""}).color == "256"


def test_the_config_file_is_found_in_its_usual_place(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    monkeypatch.setenv("XDG_CONFIG_HOME", str(desk.path))
    usual = Path(platformdirs.user_config_dir("qconn-tui"))
    usual.mkdir(parents=True, exist_ok=True)
    (usual / "config.toml").write_text("page_size = 7")
    assert desk.resolve().page_size == 7


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("page_sise = 50", "page_sise"),
        ("api_key = 'SECRET'", "api_key"),
        ('"\\u001b[2J" = 1', "unknown key"),
        ("page_size = 0", "page_size"),
        ("page_size = true", "page_size"),
        ("page_size = '50'", "page_size"),
        ("page_size = 50.0", "page_size"),
        ("mouse = 1", "mouse"),
        ("images = 'ascii'", "images"),
        ("color = ['256']", "color"),
        ("server = 'http://acme.com'", "server in"),
        ("context = 'missing'", "context in"),
        (f"server = '{CONFIG}'\napi_key_file = 'missing'", "api_key_file in"),
        (f"server = '{CONFIG}'\napi_key_file = ''", "api_key_file in"),
        ("logo_hosts = ['http://acme.com']", "logo_hosts"),
        ("logo_hosts = [7]", "logo_hosts"),
        ("logo_hosts = 'acme.com'", "logo_hosts"),
        ("keys = {quit = 7}", "keys"),
        ("[keys.quit]\nx = 1", "keys"),
        ("page_size = ", "is not TOML"),
        ("a = " + "[" * 5000, "nested"),
    ],
)
def test_a_config_file_that_cannot_be_used_names_key_and_file(desk: Desk, content: str, named: str) -> None:
    desk.contexts()
    desk.config(content)
    error = desk.refuse()
    assert named in error.summary
    assert "config.toml" in error.summary
    assert "SECRET" not in str(error)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_unicode_encoding_is_read(desk: Desk, encoding: str) -> None:
    config, key = desk.path / "config.toml", desk.path / "key"
    config.write_bytes(f"server = '{CONFIG}'\napi_key_file = 'key'\n".encode(encoding))
    key.write_bytes("key-of-the-key-file\r\n".encode(encoding))
    assert server_and_key(desk.resolve({"QCONN_CONFIG": str(config)})) == (CONFIG, "key-of-the-key-file")


def test_another_encoding_of_the_config_file_is_named(desk: Desk) -> None:
    config = desk.path / "config.toml"
    config.write_bytes("theme = 'Köln'".encode("latin-1"))
    assert "config.toml is no text in UTF-8 or UTF-16" in desk.refuse({"QCONN_CONFIG": str(config)}).summary


def test_a_config_file_without_end_is_refused(desk: Desk) -> None:
    assert "/dev/zero cannot be read: File too large" in desk.refuse({"QCONN_CONFIG": "/dev/zero"}).summary
    assert "cannot be read: File too large" in desk.refuse({"QCONN_SERVER": FLAG}, api_key_file="/dev/zero").summary


def test_a_fifo_in_the_place_of_the_config_file_is_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(desk.path))
    (desk.path / "qconn-tui").mkdir()
    os.mkfifo(desk.path / "qconn-tui" / "config.toml")
    assert "config.toml cannot be read: Not a regular file" in desk.refuse().summary


def test_switches(desk: Desk) -> None:
    settings = desk.resolve(offline=True, no_cache=True, no_mouse=True, log_file="/tmp/log")
    assert (settings.offline, settings.use_cache, settings.mouse) == (True, False, False)
    assert settings.log_file == Path("/tmp/log")


def test_the_demo_ignores_every_credential(desk: Desk) -> None:
    desk.contexts()
    variables = {"QCONN_SERVER": "http://broken", "QCONN_API_KEY": "also broken", "QCONN_CONTEXT": "missing"}
    settings = desk.resolve(variables, demo=True)
    assert (settings.demo, settings.server, settings.credentials) == (True, None, None)
    assert desk.resolve(variables, demo_rows="100000") == Settings(demo=True, demo_rows=100_000)


def test_no_secret_shows_in_the_settings(desk: Desk) -> None:
    settings = desk.resolve({"QCONN_SERVER": FLAG, "QCONN_API_KEY": "SECRET-0123456789"})
    assert "SECRET" not in repr(settings)
    settings = desk.resolve({"QCONN_SERVER": FLAG, "QCONN_CLIENT_ID": "a", "QCONN_CLIENT_SECRET": "SECRET"})
    assert "SECRET" not in repr(settings)


def test_settings_load_nothing_heavy() -> None:
    code = "import sys, qconn_tui.settings.resolve; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "pydantic", "yaml", "PIL", "sqlite3", "textual", "rich", "truststore"} & set(loaded)
