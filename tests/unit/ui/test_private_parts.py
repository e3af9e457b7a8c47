"""Every private part of Textual that the program uses: by name, there, and in `ui/output` alone."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_origin

import pytest
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

import qconn_tui.ui

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

MODULES = {"textual._xterm_parser"}
"""Private modules that are imported."""
METHODS: set[tuple[type, str]] = {(App, "_fatal_error")}
"""Private methods that are overridden or called, with the class that defines them."""
ATTRIBUTES: set[tuple[type, str]] = {
    (Driver, "_app"),
    (Driver, "_debug"),
    (Driver, "_loop"),
    (LinuxDriver, "_file"),
    (LinuxDriver, "_key_thread"),
}
"""Private attributes that are read or set, with the class whose constructor sets them."""

UI_MODULES = tuple(
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(qconn_tui.ui.__path__, "qconn_tui.ui.")
    if not module.ispkg
)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


# --- what Textual has --------------------------------------------------------------------------------------------


@cache
def set_on_self(kind: type, method: str | None = None) -> frozenset[str]:
    """The private attributes that the methods of a class set, or only one of its methods."""
    found: set[str] = set()
    source = textwrap.dedent(inspect.getsource(kind if method is None else getattr(kind, method)))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_on_self(node):
            found.add(node.attr)
    return frozenset(filter(is_private, found))


@cache
def private_names(kind: type) -> frozenset[str]:
    """The private names that a class has from Textual."""
    names: set[str] = set()
    for base in kind.__mro__:
        if base.__module__.partition(".")[0] == "textual":
            names |= set_on_self(base) | set(filter(is_private, vars(base)))
    return frozenset(names)


@pytest.mark.parametrize("kind,name", sorted(METHODS, key=str))
def test_a_method_is_still_there(kind: type, name: str) -> None:
    assert inspect.isfunction(vars(kind).get(name))


@pytest.mark.parametrize("kind,name", sorted(ATTRIBUTES, key=str))
def test_an_attribute_is_still_set_by_the_constructor(kind: type, name: str) -> None:
    assert name in set_on_self(kind, "__init__")


def test_the_parser_is_still_called_the_same_way() -> None:
    parser = XTermParser(False)
    assert [message.key for message in parser.feed("a") if hasattr(message, "key")] == ["a"]
    assert list(parser.tick()) == []


# --- what the program uses ---------------------------------------------------------------------------------------


def is_on_self(node: ast.Attribute) -> bool:
    """Whether it is `self.name`, `cls.name` or `super().name`; of other objects ruff's SLF001 finds it."""
    match node.value:
        case ast.Name(id="self" | "cls") | ast.Call(func=ast.Name(id="super")):
            return True
    return False


def names_in(definition: ast.ClassDef) -> Iterator[str]:
    """The names that a class defines, and those that its methods use of themselves."""
    for node in definition.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name
    for each in ast.walk(definition):
        if isinstance(each, ast.Attribute) and is_on_self(each):
            yield each.attr


def used_of_textual(source: str, names: dict[str, Any]) -> set[str]:
    """The private names of Textual that the classes in a source use; `names` are those of the module."""
    tree, names = ast.parse(source), dict(names)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            # Classes that stand before one of Textual's among the bases name that one for mypy alone.
            exec(compile(ast.Module(node.body, []), "<types>", "exec"), names)
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            bases = [eval(ast.unparse(base), names) for base in node.bases]
            kinds = [kind for base in bases if isinstance(kind := get_origin(base) or base, type)]
            inherited = [private_names(kind) for kind in kinds]
            used |= set(names_in(node)) & frozenset().union(*inherited)
    return used


def imported_of_textual(source: str) -> set[str]:
    """The private modules of Textual that a source imports, and the private names that it takes from others."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=aliases):
                paths = [alias.name for alias in aliases]
            case ast.ImportFrom(module=str(module), names=aliases):
                paths = [f"{module}.{alias.name}" for alias in aliases]
            case _:
                continue
        for path in paths:
            parts = path.split(".")
            private = next((place for place, part in enumerate(parts) if is_private(part)), None)
            if parts[0] == "textual" and private is not None:
                found.add(".".join(parts[: private + 1]))
    return found


def source_of(module: ModuleType) -> str:
    return Path(module.__file__ or "").read_text(encoding="utf-8")


def test_only_the_output_uses_private_parts_and_all_of_them_are_listed_here() -> None:
    used: set[str] = set()
    imported: set[str] = set()
    for module in UI_MODULES:
        source = source_of(module)
        of_classes, of_modules = used_of_textual(source, vars(module)), imported_of_textual(source)
        if module.__name__.startswith("qconn_tui.ui.output."):
            used |= of_classes
            imported |= of_modules
        else:
            assert (of_classes, of_modules) == (set(), set()), module.__name__
    assert used == {name for _, name in METHODS | ATTRIBUTES}
    assert imported == MODULES


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("class Box(Widget):\n    def draw(self): return self._size", {"_size"}),
        ("class Box(Widget):\n    def draw(self): return super()._size", {"_size"}),
        ("class Box(Widget):\n    def _on_focus(self): ...", {"_on_focus"}),
        ("class Box(Widget):\n    _size = 1", {"_size"}),
        ("class Box(Widget):\n    _size: int = 1", {"_size"}),
        ("class Box(Screen[None]):\n    def draw(self): self._compositor", {"_compositor"}),
        ("def make():\n    class Box(Widget):\n        def draw(self): self._size", {"_size"}),
        ("if TYPE_CHECKING:\n    Base = Widget\nclass Box(Base):\n    def draw(self): self._size", {"_size"}),
        ("class Box(Widget):\n    def draw(self): self.size, self._of_our_own", set()),
        ("class Box:\n    def draw(self): self._size", set()),
    ],
)
def test_what_counts_as_a_use(source: str, used: set[str]) -> None:
    assert used_of_textual(f"from textual.widget import Widget\n{source}", vars(sample())) == used


def sample() -> ModuleType:
    """A module that has imported some of Textual."""
    from types import ModuleType

    from textual.screen import Screen
    from textual.widget import Widget

    module = ModuleType("sample")
    vars(module).update(Widget=Widget, Screen=Screen)
    return module


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ("import textual._xterm_parser", {"textual._xterm_parser"}),
        ("from textual._xterm_parser import XTermParser", {"textual._xterm_parser"}),
        ("from textual.drivers._writer_thread import WriterThread", {"textual.drivers._writer_thread"}),
        ("from textual import _keys", {"textual._keys"}),
        ("from textual.app import _NullFile", {"textual.app._NullFile"}),
        ("from textual.app import App\nfrom other import _part", set()),
    ],
)
def test_what_counts_as_an_import(source: str, imported: set[str]) -> None:
    assert imported_of_textual(source) == imported
