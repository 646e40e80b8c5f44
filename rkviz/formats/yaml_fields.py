"""Fields of the toolkit's YAML files: one number, a list of one and nothing are the same field."""

from __future__ import annotations

from sys import intern

from rkviz.errors import FormatError
from rkviz.formats.yaml_tree import Items, Scalar, Table, Tree, missing_space, number_in

_LARGEST_WHOLE = 1 << 63
_MOST_WRONG = 200
_NOTHING = frozenset({"None", "none"})


def entries_of(tree: Tree, source: str, what: str) -> tuple[tuple[Scalar, Tree], ...]:
    """The entries of a table; nothing at all counts as an empty one. Raises FormatError."""
    if isinstance(tree, Table):
        return tree.entries
    if isinstance(tree, Items) and not tree.items:
        return ()
    if isinstance(tree, Scalar):
        if tree.is_null:
            return ()
        # Lines without a space after the colon arrive joined to one text.
        name, colon, value = tree.text.split()[0].rpartition(":")
        if colon and value and not tree.quoted:
            raise FormatError(
                f"{source}, {tree.place}: this is no entry; {missing_space(name, value)}."
            )
    raise FormatError(
        f"{source}, {tree.place}: {what} must be a table of lines 'name: value', or {{}}."
    )


class FieldReader:
    """Reads fields of the file `source` and collects in `wrong` what is wrong with them, each with
    its place."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.wrong: list[str] = []

    def check(self, *more: str) -> None:
        """Raise FormatError with all that is wrong, and `more` behind it."""
        if self.wrong:
            raise FormatError(
                f"{self.source}: {len(self.wrong)} value(s) cannot be used:", [*self.wrong, *more]
            )

    def check_some(self) -> None:
        """The same, once so much is wrong that nobody would read more of it."""
        if len(self.wrong) >= _MOST_WRONG:
            self.check("The rest of the file was not read.")

    def word(self, tree: Tree | None) -> str | None:
        """A single word; None where there is nothing, or the word None."""
        scalar = self._single(tree, "a word")
        if scalar is None or (scalar.text in _NOTHING and not scalar.quoted):
            return None
        return intern(scalar.text)  # a file holds few words, each many times

    def real(self, tree: Tree | None, what: str) -> float | None:
        """A finite number, called `what` when it is none."""
        number = self._number(tree, what)
        return None if number is None else float(number)

    def whole(self, tree: Tree | None, what: str) -> int | None:
        """A whole number of at most 64 bits."""
        number = self._number(tree, what)
        if number is None:
            return None
        if number != int(number) or abs(number) >= _LARGEST_WHOLE:
            return self._refuse(tree, f"{what} {number} is not a whole number of the chip's")
        return int(number)

    def _number(self, tree: Tree | None, what: str) -> int | float | None:
        scalar = self._single(tree, what)
        if scalar is None:
            return None
        number = number_in(scalar.text)
        if number is None:
            return self._refuse(scalar, f"{what} {scalar.text!r} is not a finite number")
        return number

    def _single(self, tree: Tree | None, what: str) -> Scalar | None:
        """The only value of `tree`, a scalar or a list of one; None where there is nothing."""
        if isinstance(tree, Items):
            if len(tree.items) > 1:
                return self._refuse(
                    tree, f"{what} has {len(tree.items)} values; the NPU has one for all channels"
                )
            tree = tree.items[0] if tree.items else None
        if isinstance(tree, Scalar) and not tree.is_null:
            return tree
        if isinstance(tree, Items | Table):
            return self._refuse(tree, f"{what} must be a single value")
        return None

    def _refuse(self, tree: Tree | None, sentence: str) -> None:
        self.wrong.append(f"{tree.place}: {sentence}." if tree else f"{sentence}.")
