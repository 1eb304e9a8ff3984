"""Stands in for what a revision imports and this machine does not have.

A module that cannot be imported is made up; so are its members, as they are asked for: names in CamelCase are column types (and classes),
all others are values that can be called, iterated (empty), entered, compared, and are false.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from pathlib import Path

from sqlalchemy.types import UserDefinedType


class Nothing:
    """A value of which nothing is known: whatever is done to it gives another, and it is false and empty."""

    def __init__(self, name: str = "stub"):
        object.__setattr__(self, "stub_name", name)

    def __getattr__(self, name: str):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Nothing(f"{self.stub_name}.{name}")

    def __setattr__(self, name, value):
        pass

    def __call__(self, *args, **kwargs):
        decorated = len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type))
        return args[0] if decorated else Nothing(f"{self.stub_name}()")

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __bool__(self):
        return False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

    def __getitem__(self, key):
        return Nothing(f"{self.stub_name}[…]")

    def __setitem__(self, key, value):
        pass

    def __contains__(self, item):
        return False

    def __str__(self):
        return self.stub_name

    def __repr__(self):
        return f"<{self.stub_name}>"

    def __hash__(self):
        return hash(self.stub_name)

    def __eq__(self, other):
        return isinstance(other, Nothing) and other.stub_name == self.stub_name

    def __lt__(self, other):
        return False

    __gt__ = __le__ = __ge__ = __lt__

    def __add__(self, other):
        return other

    __radd__ = __or__ = __ror__ = __sub__ = __mul__ = __mod__ = __add__

    def __int__(self):
        return 0

    __index__ = __int__

    def __fspath__(self):
        return "stub"

    def __mro_entries__(self, bases):
        return (make_class(self.stub_name),)


class ClassOfStubs(type):
    """Members that a made-up class does not have are made up, too."""

    def __getattr__(cls, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        return member(f"{cls.__name__}.{name}", name)

    def __iter__(cls):
        return iter(())


class StubType(UserDefinedType, metaclass=ClassOfStubs):
    """A class that may be used as a column type."""

    cache_ok = True

    def __init__(self, *args, **kwargs):
        pass

    def get_col_spec(self, **_):
        return type(self).__name__

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        return Nothing(f"{type(self).__name__}.{name}")


def make_class(name: str) -> type:
    return ClassOfStubs(name.rsplit(".", 1)[-1], (StubType,), {"__module__": "stub"})


def member(path: str, name: str):
    is_class = name[:1].isupper() and not name.isupper() or name in ("UUID", "GUID", "JSON", "JSONB", "VECTOR", "ENUM")
    return make_class(path) if is_class else Nothing(path)


class StubModule(types.ModuleType):
    __path__: list[str] = []
    __all__: list[str] = []

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        found = member(f"{self.__name__}.{name}", name)
        setattr(self, name, found)
        return found


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The last finder: it finds everything."""

    def __init__(self) -> None:
        self.made_up: set[str] = set()

    def find_spec(self, name, path=None, target=None):
        # Parts of installed packages that are not there are not there.
        if name.split(".")[0] in ("sqlalchemy", "alembic", "mako", "pip", "_pytest") or name in sys.builtin_module_names:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        self.made_up.add(spec.name)
        return StubModule(spec.name)

    def exec_module(self, module):
        pass


class ProjectFinder(importlib.abc.MetaPathFinder):
    """Modules of the project itself: run where they run here, made up where they fail."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
            return None
        if self.root not in Path(spec.origin).resolve().parents:
            return None
        spec.loader = Forgiving(spec.loader)
        return spec


class Forgiving(importlib.abc.Loader):
    """Runs a module; where that fails, what it did not get to is made up."""

    def __init__(self, loader) -> None:
        self.loader = loader

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        try:
            self.loader.exec_module(module)
        except (Exception, SystemExit):  # whatever the project's code does
            module.__class__ = StubModule


def install(root: Path, folders: list[Path]) -> Finder:
    """Makes every import succeed from now on."""
    sys.path[:0] = [str(folder) for folder in folders]
    sys.meta_path.insert(0, ProjectFinder(root))
    finder = Finder()
    sys.meta_path.append(finder)
    return finder
