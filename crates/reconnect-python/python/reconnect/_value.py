"""Values that cannot change. `dataclass` would take most of the time of an import, and of a walk."""

from __future__ import annotations

from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, ClassVar, TypeVar

    from typing_extensions import dataclass_transform

    V = TypeVar("V", bound="Value")
else:

    def dataclass_transform(**_: object) -> object:
        return lambda kind: kind


@dataclass_transform(frozen_default=True)
class Value:
    """A class whose annotations are its fields. ``hides`` names those that may be secret or personal: no ``repr`` has
    them."""

    _fields: ClassVar[tuple[str, ...]]
    _known: ClassVar[frozenset[str]]
    _hides: ClassVar[frozenset[str]]
    _values: ClassVar[Callable[[dict[str, Any]], tuple[Any, ...]]]

    def __init_subclass__(cls, hides: Iterable[str] = ()) -> None:
        cls._fields = tuple(cls.__annotations__)
        setattr(cls, "__match_args__", cls._fields)
        cls._known, cls._hides = frozenset(cls._fields), frozenset(hides)
        # A second key, so that there is always a tuple.
        cls._values = itemgetter(*map(_camel, cls._fields), _camel(cls._fields[0]))

    def __init__(self, *args: Any, **fields: Any) -> None:
        made = dict(zip(self._fields, args), **fields)
        if len(made) != len(self._fields) or len(args) + len(fields) != len(made) or not made.keys() <= self._known:
            raise TypeError(f"{type(self).__name__} has these fields: {', '.join(self._fields)}")
        self.__dict__.update(made)

    @classmethod
    def of(cls: type[V], raw: dict[str, Any]) -> V:
        """An object of JSON, whose keys are in camel case. It has every key."""
        made = cls.__new__(cls)
        made.__dict__.update(cls.fields(raw))
        return made

    @classmethod
    def fields(cls, raw: dict[str, Any]) -> dict[str, Any]:
        return dict(zip(cls._fields, cls._values(raw)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot change")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot change")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self._fields)

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self._fields if name not in self._hides)
        return f"{type(self).__name__}({', '.join(shown)})"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_words: dict[str, str] = {}


def snake(word: str) -> str:
    """``notOurs`` is ``not_ours`` in Python."""
    known = _words.get(word)
    if known is None:
        known = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in word)
        _words[word] = known
    return known
