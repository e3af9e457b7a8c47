"""qlik-cli's contexts are read as they are, and no line of the file is ever quoted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from qconn_tui.errors import UsageError
from qconn_tui.qlik.auth import ApiKey, ClientCredentials
from qconn_tui.qlik.contexts import Contexts, read_contexts

if TYPE_CHECKING:
    from pathlib import Path

KEY = "eyJ.SECRET-0123456789.sig"
FILE = f"""\
current-context: my-tenant
contexts:
  my-tenant:
    server: https://acme.eu.qlikcloud.com
    server-type: cloud
    headers:
      Authorization: Bearer {KEY}
  ci:
    server: acme.us.qlikcloud.com/
    oauth-client-id: some-id
    oauth-client-secret: SECRET-hush
    insecure: true
    comment: for the pipeline
  shouting:
    server: https://x.eu.qlikcloud.com
    server-type: Cloud
    headers: {{X-Other: a, AUTHORIZATION: "bearer   {KEY}"}}
  no:
    server: https://n.eu.qlikcloud.com
  desktop:
    server: ws://localhost:9076
    server-type: engine
  on-premise:
    server: https://sense.corp
    server-type: windows
"""


def read(tmp_path: Path, content: str | bytes) -> Contexts:
    path = tmp_path / "contexts.yml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_contexts(path)


def test_the_cloud_contexts_are_read_and_the_others_left_out(tmp_path: Path) -> None:
    contexts = read(tmp_path, FILE)
    assert contexts.current == "my-tenant"
    assert list(contexts.contexts) == ["my-tenant", "ci", "shouting", "no"]
    assert contexts.contexts["my-tenant"].server == "https://acme.eu.qlikcloud.com"
    assert "SECRET" not in repr(contexts)


@pytest.mark.parametrize("name", ["my-tenant", "shouting"])
def test_a_header_is_an_api_key(tmp_path: Path, name: str) -> None:
    credentials = read(tmp_path, FILE).get(name, "--context").credentials("the context")
    assert isinstance(credentials, ApiKey)
    assert credentials.secret.reveal() == KEY


def test_an_oauth_client_is_one(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, FILE).get("ci", "--context").credentials("x"), ClientCredentials)


def test_a_context_may_say_nothing_about_who_asks(tmp_path: Path) -> None:
    assert read(tmp_path, FILE).get("no", "--context").credentials("x") is None


def test_a_malformed_key_in_a_context_is_refused_and_not_shown(tmp_path: Path) -> None:
    contexts = read(tmp_path, FILE.replace(KEY, "SECRET not a key"))
    with pytest.raises(UsageError, match="context my-tenant does not hold a usable API key") as caught:
        contexts.get("my-tenant", "--context").credentials("context my-tenant")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("name", ["nope", "desktop", "\x1b[2J"])
def test_a_missing_context_is_named_with_those_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, FILE).get(name, "--context")
    assert caught.value.summary.startswith("--context names the context")
    assert "my-tenant, ci, shouting, no" in caught.value.advice
    assert str(caught.value).isprintable()


def test_hostile_names_and_many_of_them_are_safe_to_show(tmp_path: Path) -> None:
    names = "\n".join(f'  "n{number}\\e[2J": {{}}' for number in range(50))
    with pytest.raises(UsageError) as caught:
        read(tmp_path, f"contexts:\n{names}\n").get("x", "--context")
    assert caught.value.advice.isprintable()
    assert caught.value.advice.endswith("n9\ufffd[2J ….")
    with pytest.raises(UsageError, match="There is no context"):
        read(tmp_path, "").get("x", "--context")


@pytest.mark.parametrize("content", ["", "# nothing\n", "{}", "contexts:\n", "contexts: {}\ncurrent-context: ''\n"])
def test_a_file_without_contexts_is_none_too_few(tmp_path: Path, content: str) -> None:
    contexts = read(tmp_path, content)
    assert (contexts.current, contexts.contexts) == (None, {})


@pytest.mark.parametrize(
    "content",
    [
        "contexts:\n  a:\n    headers: [SECRET]\n",
        "contexts:\n  a:\n    headers: {Authorization: [SECRET]}\n",
        "contexts:\n  a:\n    headers: {[x]: y}\n",
        "contexts:\n  a:\n    oauth-client-id: a\n",
        "contexts:\n  a:\n    oauth-client-secret: SECRET\n",
        "contexts:\n  a: [SECRET]\n",
        "contexts:\n  a: null\n",
        "contexts:\n  2024-13-99: {server: 1e999}\n",
        "contexts:\n  a: {server: !!python/object/apply:os.system [SECRET]}\n",
    ],
)
def test_an_odd_context_harms_nobody(tmp_path: Path, content: str) -> None:
    try:
        contexts = read(tmp_path, content)
    except UsageError as error:
        assert "SECRET" not in str(error)
    else:
        assert all(context.credentials("x") is None for context in contexts.contexts.values())


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("contexts: [SECRET: {", "is not YAML (line 1)"),
        ("contexts:\n\tSECRET: x", "is not YAML (line 2)"),
        ("a: SECRET\x00", "is not YAML"),
        (b"\xff\xfe\xfa SECRET", "is not a contexts file"),
        ("SECRET", "does not have the shape of a contexts file"),
        ("- SECRET", "does not have the shape of a contexts file"),
        ("contexts: SECRET", "does not have the shape of a contexts file"),
        ("current-context: [SECRET]", "does not have the shape of a contexts file"),
        ("&a [*a]", "is not YAML"),
        ("[" * 5000, "is not a contexts file"),
        ("# SECRET" + " " * 1_100_000, "is not a contexts file"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_file_that_is_no_contexts_file_is_named_and_not_quoted(
    tmp_path: Path, content: str | bytes, fault: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, content)
    assert fault in caught.value.summary
    assert "contexts.yml" in caught.value.summary
    assert "QCONN_API_KEY" in caught.value.advice
    assert "SECRET" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("nothing", ["null", "~", "Null", "NULL", "", "!!null ''"])
def test_what_is_null_is_absent(tmp_path: Path, nothing: str) -> None:
    contexts = read(
        tmp_path,
        f"current-context: {nothing}\ncontexts:\n  a:\n    server: x.example\n    server-type: {nothing}\n"
        f"    oauth-client-id: id\n    oauth-client-secret: {nothing}\n    headers: {{authorization: {nothing}}}\n",
    )
    assert contexts.current is None
    context = contexts.contexts["a"]
    assert (context.api_key, context.client_secret) == (None, None)
    assert context.credentials("x") is None


def test_every_name_and_every_text_in_quotes_stays_a_text(tmp_path: Path) -> None:
    names = ["no", "null", "~", "2026-01-31", "1e3", "0x10", "True", "=", "nullify"]
    lines = "\n".join(
        f"  {name}: {{server: n.example, oauth-client-id: a, oauth-client-secret: 'null'}}" for name in names
    )
    contexts = read(tmp_path, f"current-context: 'null'\ncontexts:\n{lines}\n")
    assert contexts.current == "null"
    assert list(contexts.contexts) == names
    secrets = [context.client_secret.reveal() for context in contexts.contexts.values() if context.client_secret]
    assert secrets == ["null"] * len(names)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_any_unicode_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, FILE.encode(encoding)).current == "my-tenant"


def test_another_encoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no text in UTF-8 or UTF-16"):
        read(tmp_path, "current-context: Köln".encode("latin-1"))


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "contexts.yml")
    with pytest.raises(UsageError, match="cannot be read: Not a regular file"):
        read_contexts(tmp_path / "contexts.yml")


def test_aliases_do_not_grow(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert read(tmp_path, "\n".join(lines)).contexts == {}


def test_a_missing_file_and_a_directory_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        read_contexts(tmp_path / "missing.yml")
    with pytest.raises(UsageError, match="cannot be read"):
        read_contexts(tmp_path)
