"""Reads dictionaries of numpy arrays out of a pickle without unpickling it.

A pickle is a program: it names functions of any module and calls them. The weights of the
toolkit come as one, from files that users pass on to each other, so nothing in them may run. An
unpickler with a list of allowed classes would still hand hostile arguments to numpy's own code
and let the file reserve memory by a number. This module therefore walks the opcodes by itself
(pickletools knows how their arguments are stored) and follows only the few that say "a dictionary",
"a list", "a text", "a number", "these bytes". The names numpy writes are looked up in a table of
our own by exact module and name; nothing is ever imported or called. Everything else is refused
with its offset.
"""

from __future__ import annotations

import io
import math
import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from rkviz.errors import FormatError

Array = NDArray[np.generic]

_FREE_STEPS = 100_000
_BYTES_PER_STEP = 32
"""A network of weights needs far fewer opcodes; this bounds the time and the memory they take."""
_MOST_WAITING = 20_000
"""Values on the stack: pickle writes dictionaries in batches of a thousand."""
_MOST_AXES = 8
_KINDS = frozenset("fiub")
_ARRAY_CORE = ("numpy.core.multiarray", "numpy._core.multiarray")
_FRAMEWORK = {
    **{(module, "_reconstruct"): "new array" for module in _ARRAY_CORE},
    **{(module, "scalar"): "scalar" for module in _ARRAY_CORE},
    ("numpy", "ndarray"): "array class",
    ("numpy", "dtype"): "type",
    ("_codecs", "encode"): "bytes",
    ("__builtin__", "bytes"): "no bytes",
    ("collections", "OrderedDict"): "dictionary",
}
"""The whole list of names a file may use, by module and name as written."""


@dataclass(frozen=True)
class _Name:
    """A name from the list above; what it stands for is never loaded."""

    role: str


@dataclass
class _Type:
    """A numpy type while it is described; "O" only wraps other values."""

    text: str
    order: str = "="

    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.order + self.text if self.order in "<>" else self.text)


@dataclass
class _Box:
    """An array while it is described. `held` is an Array, or a list for an array of objects."""

    held: object = None
    shape: tuple[int, ...] = ()


class _Mark:
    """Where a batch begins on the stack."""


def read_pickled(data: bytes, where: str, start: int = 0) -> object:
    """The value pickled in `data` from byte `start` on: dict, list, tuple, str, number, Array.

    Raises FormatError naming the byte where the file asks for anything else.
    """
    return _Machine(data, where, start).run()


def _argument(opcode: pickletools.OpcodeInfo, program: io.BytesIO) -> Any:
    """What stands behind an opcode; raises ValueError where it is cut off."""
    if opcode.name == "GLOBAL":
        # Python's reader would undo backslashes in it, with warnings.
        lines = [program.readline() for _ in range(2)]
        if not lines[1].endswith(b"\n"):
            raise ValueError("a name is cut off")
        return " ".join(line[:-1].decode("utf-8") for line in lines)
    return opcode.arg.reader(program) if opcode.arg else None


class _Machine:
    """The stack and the memo of one pickle."""

    def __init__(self, data: bytes, where: str, start: int) -> None:
        self.data, self.where, self.offset = data, where, start
        self.written_out = 0
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> object:
        allowed = _FREE_STEPS + len(self.data) // _BYTES_PER_STEP
        program = io.BytesIO(self.data)
        program.seek(self.offset)
        try:
            while (code := program.read(1)) != b".":
                if not code:
                    self.refuse("ends too early")
                opcode = _OPCODES.get(code.decode("latin-1"))
                if opcode is None or opcode.name not in _FOLLOWED:
                    self.refuse(f"uses {opcode.name if opcode else code}")
                if allowed <= 0 or len(self.stack) > _MOST_WAITING:
                    self.refuse("has more instructions than weights need")
                allowed -= 1
                self.step(opcode.name, _argument(opcode, program))
                self.offset = program.tell()
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            self.refuse(f"cannot be followed ({str(error)[:200]})")
        return plain(self.pop())

    def refuse(self, what: str) -> NoReturn:
        raise FormatError(
            f"{self.where}, byte {self.offset}: this {what}; a file of weights holds arrays of "
            "numbers under names and nothing else. Nothing of it was executed."
        )

    def step(self, name: str, argument: Any) -> None:
        if name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _VALUES:
            self.stack.append(argument)
        elif name in _STEPS:
            _STEPS[name](self, argument)

    def pop(self) -> Any:
        if not self.stack or isinstance(self.stack[-1], _Mark):
            self.refuse("takes a value where there is none")
        return self.stack.pop()

    def top(self, kind: type) -> Any:
        if not self.stack or type(self.stack[-1]) is not kind:
            self.refuse(f"changes something that is no {kind.__name__}")
        return self.stack[-1]

    def batch(self) -> list[Any]:
        """The values behind the last mark."""
        taken: list[Any] = []
        while self.stack and not isinstance(self.stack[-1], _Mark):
            taken.append(self.stack.pop())
        if not self.stack:
            self.refuse("ends a batch that was not begun")
        self.stack.pop()
        return taken[::-1]

    def mark(self, _argument: Any) -> None:
        self.stack.append(_Mark())

    def empty_list(self, _argument: Any) -> None:
        self.stack.append([])

    def empty_dict(self, _argument: Any) -> None:
        self.stack.append({})

    def make_list(self, _argument: Any) -> None:
        self.stack.append(self.batch())

    def make_dict(self, _argument: Any) -> None:
        values = self.batch()
        self.stack.append({})
        self.store(values)

    def append(self, _argument: Any) -> None:
        value = self.pop()
        self.top(list).append(value)

    def appends(self, _argument: Any) -> None:
        values = self.batch()
        self.top(list).extend(values)

    def set_item(self, _argument: Any) -> None:
        value, key = self.pop(), self.pop()
        self.store([key, value])

    def set_items(self, _argument: Any) -> None:
        self.store(self.batch())

    def store(self, values: list[Any]) -> None:
        table = self.top(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            if not isinstance(key, str | int):
                self.refuse("uses a key that is no name")
            table[key] = value

    def make_tuple(self, _argument: Any) -> None:
        self.stack.append(tuple(self.batch()))

    def short_tuple(self, length: int) -> None:
        self.stack.append(tuple([self.pop() for _ in range(length)][::-1]))

    def drop(self, _argument: Any) -> None:
        self.pop()

    def remember(self, argument: Any) -> None:
        value = self.pop()
        self.stack.append(value)
        self.memo[len(self.memo) if argument is None else int(argument)] = value

    def recall(self, argument: Any) -> None:
        if int(argument) not in self.memo:
            self.refuse("recalls a value that was not stored")
        self.stack.append(self.memo[int(argument)])

    def named(self, argument: Any) -> None:
        """A module and a name: one string, or the two on the stack."""
        if argument is None:
            name, module = self.pop(), self.pop()
        else:
            module, _, name = str(argument).partition(" ")
        role = _FRAMEWORK.get((module, name)) if isinstance(module, str) else None
        if role is None:
            self.refuse(f"names {shown(module)}.{shown(name)}, which is not numpy's")
        self.stack.append(_Name(role))

    def call(self, _argument: Any) -> None:
        """What numpy writes as a call becomes a description; no call is made."""
        arguments, function = self.pop(), self.pop()
        if type(function) is not _Name or type(arguments) is not tuple:
            self.refuse("calls something")
        role, count = function.role, len(arguments)
        if role == "new array" and arguments[:1] == (_Name("array class"),):
            self.stack.append(_Box())
        elif role == "type" and count and isinstance(arguments[0], str):
            self.stack.append(_Type(arguments[0]))
        elif role == "bytes" and count == 2:
            self.stack.append(self.text_as_bytes(arguments[0]))
        elif role == "no bytes" and not count:
            self.stack.append(b"")
        elif role == "dictionary" and not count:
            self.stack.append({})
        elif role == "scalar" and count == 2 and type(arguments[0]) is _Type:
            self.stack.append(self.array((), arguments[0], False, arguments[1]))
        else:
            self.refuse(f"describes a {role} in a way numpy does not")

    def text_as_bytes(self, text: Any) -> bytes:
        if not isinstance(text, str):
            self.refuse("describes bytes in a way numpy does not")
        # One text recalled a thousand times would become a thousand copies.
        self.written_out += len(text)
        if self.written_out > len(self.data):
            self.refuse("describes more bytes than it has")
        return text.encode("latin-1")

    def build(self, _argument: Any) -> None:
        """The rest of a type (its byte order) or of an array (its shape, type and numbers)."""
        state = self.pop()
        about = self.stack[-1] if self.stack else None
        if type(state) is not tuple:
            self.refuse("sets something that is no array")
        if type(about) is _Type and len(state) >= 2 and type(state[1]) is str:
            about.order = state[1]
        elif type(about) is _Box and len(state) == 5 and type(state[2]) is _Type:
            _, shape, kind, by_columns, content = state
            about.held = self.array(shape, kind, by_columns, content)
            about.shape = tuple(shape)
        else:
            self.refuse("sets something that is no array")

    def array(self, shape: Any, kind: _Type, by_columns: Any, content: Any) -> object:
        """The array of `shape`, over the bytes of the file; a list for an array of objects."""
        sizes: list[int] = [size for size in shape if type(size) is int and 0 <= size < 1 << 31]
        if type(shape) is not tuple or len(sizes) != len(shape) or len(sizes) > _MOST_AXES:
            self.refuse("describes an array of impossible shape")
        count = math.prod(sizes)
        if kind.text.startswith("O"):
            if type(content) is not list or len(content) != count:
                self.refuse("describes an array of objects with others than it has")
            return content
        if kind.text[:1] not in _KINDS or not kind.text[1:].isdigit():
            self.refuse(f"describes an array of {kind.text[:20]!r}, which are no numbers")
        dtype = kind.dtype()
        if type(content) is not bytes or len(content) != count * dtype.itemsize:
            self.refuse(f"describes an array of {count} numbers with bytes of another length")
        flat = np.frombuffer(content, dtype)
        return flat.reshape(sizes, order="F" if by_columns else "C")


def plain(value: object) -> object:
    """An entry of what `read_pickled` gave: an Array where the pickle describes one.

    An array of one object without axes, as the outermost of a file is, gives the object.
    """
    if type(value) is _Box and type(value.held) is list and value.shape == ():
        value = value.held[0]
    return value.held if type(value) is _Box else value


def shown(value: object) -> str:
    """The beginning of a text from the file; of anything else its kind, which cannot be long."""
    return value[:80] if isinstance(value, str) else f"<{type(value).__name__}>"


_OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}
_CONSTANTS: dict[str, object] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_CONSTANTS["EMPTY_TUPLE"] = ()
_VALUES = frozenset(
    {
        "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
        "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
        "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
    }
)  # fmt: skip
_IGNORED = frozenset({"PROTO", "FRAME"})
_STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _Machine.mark,
    "EMPTY_LIST": _Machine.empty_list,
    "EMPTY_DICT": _Machine.empty_dict,
    "LIST": _Machine.make_list,
    "DICT": _Machine.make_dict,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "TUPLE": _Machine.make_tuple,
    "TUPLE1": lambda machine, _argument: machine.short_tuple(1),
    "TUPLE2": lambda machine, _argument: machine.short_tuple(2),
    "TUPLE3": lambda machine, _argument: machine.short_tuple(3),
    "POP": _Machine.drop,
    **dict.fromkeys(("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"), _Machine.remember),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.recall),
    **dict.fromkeys(("GLOBAL", "STACK_GLOBAL"), _Machine.named),
    "REDUCE": _Machine.call,
    "BUILD": _Machine.build,
}
_FOLLOWED = _IGNORED | _VALUES | _CONSTANTS.keys() | _STEPS.keys()
