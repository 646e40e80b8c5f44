"""Stages: layers that belong together, from their names or, without names, from the structure.

However many stages are folded, the boxes never stand in a circle: `find_stages` splits what would
lead back into itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from rkviz.graph.model import Graph
from rkviz.picture.boxes import Boxes, Stage, boxes_of, map_size
from rkviz.picture.chains import Rows, find_rows, follow

Size = tuple[int, int]

_LEAST = 3
"""Layers worth folding."""
_COVERED = 0.5
"""Share of the layers that names have to put into stages to be believed."""
_LARGEST = 0.6
"""A stage with a larger share of the layers tells nothing: look at the next part of the names."""
_EVEN_STAGES = 12
"""Stages of a network in which neither names nor resolutions tell."""


def find_stages(graph: Graph) -> tuple[Stage, ...]:
    """The stages of `graph`, in its order; layers may be in none. Empty for small graphs."""
    boxes = boxes_of(graph)
    rows = find_rows(boxes)
    keys = _keys_by_name(graph.heads)
    if keys is None:
        keys = _keys_by_structure(graph, boxes, rows)
    return _stages(graph, _without_circles(boxes, keys))


# --- names


def _keys_by_name(heads: Sequence[str]) -> list[str] | None:
    """A key for every head from the folders of its name, "" for none; None if they say little."""
    paths = [[part for part in head.split("/") if part][:-1] for head in heads]
    for depth in range(1, max(map(len, paths), default=0) + 1):
        keys = ["/".join(path[:depth]) for path in paths]
        sizes = Counter(key for key in keys if key)
        large = [key for key, size in sizes.items() if size >= _LEAST]
        covered = sum(sizes[key] for key in large)
        if covered < _COVERED * len(heads):
            return None
        if len(large) >= 2 and max(sizes.values()) <= _LARGEST * len(heads):
            return keys
    return None


# --- structure


def _keys_by_structure(graph: Graph, boxes: Boxes, rows: Rows) -> list[str]:
    """Rows of boxes, cut where the trunk changes resolution, or evenly where it never does.

    A gate that looks at the whole map and comes back (squeeze and excitation) does not cut.
    """
    trunk = follow(rows.start, boxes.after, rows.way_on) if boxes.names else []
    runs = _runs([(box, map_size(graph, boxes.names[box])) for box in trunk])
    titles = [f"{height}×{width}" for (height, width), _ in runs]
    first = [rows.rank[members[0]] for _, members in runs]
    if len(runs) < 2:
        pitch = max(2 * _LEAST, -(-len(trunk) // _EVEN_STAGES))
        first = [rows.rank[box] for box in trunk[::pitch]]
        ends = [*range(pitch, len(trunk), pitch), len(trunk)]
        titles = [f"{1 + pitch * part}–{end}" for part, end in enumerate(ends)]
    if len(first) < 2:
        return [""] * len(boxes.names)
    keys: list[str] = []
    for rank in rows.rank:
        part = max(0, sum(rank >= start for start in first) - 1)
        keys.append(f"{part}\n{titles[part]}")
    return keys


def _runs(trunk: list[tuple[int, Size | None]]) -> list[tuple[Size, list[int]]]:
    """Stretches of equal size; what has no size belongs to the stretch before it."""
    sized: list[tuple[Size, int]] = []
    for box, size in trunk:
        last = sized[-1][0] if sized else next((s for _, s in trunk if s), (0, 0))
        sized.append((size or last, box))
    runs = [(size, [box for _, box in group]) for size, group in groupby(sized, lambda p: p[0])]
    place = 1
    while place < len(runs) - 1:
        before, here, after = runs[place - 1 : place + 2]
        if here[0] == (1, 1) and before[0] == after[0]:
            runs[place - 1 : place + 2] = [(before[0], before[1] + here[1] + after[1])]
            place = max(1, place - 1)
        else:
            place += 1
    return runs


# --- both


def _without_circles(boxes: Boxes, keys: list[str]) -> list[tuple[str, int]]:
    """(key, piece) per box, so that boxes of equal ones, taken as one, never stand in a circle.

    The steps of a box count how often the key changes on the way to it. Taken together with the
    steps a key cannot lead back to itself; only keys that otherwise could are split so.
    """
    single = [key or f"\n\n{box}" for box, key in enumerate(keys)]
    steps: list[int] = []
    for box, sources in enumerate(boxes.before):
        steps.append(max((steps[s] + (single[s] != single[box]) for s in sources), default=0))
    circular = _in_circles([(single[w.source], single[w.target]) for w in boxes.wires])
    return [(key, step if key in circular else 0) for key, step in zip(single, steps, strict=True)]


def _in_circles(wires: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Keys from which one gets away and back: what is left when sources and sinks are taken."""
    after: dict[str, set[str]] = {}
    before: dict[str, set[str]] = {}
    for source, target in wires:
        if source != target:
            after.setdefault(source, set()).add(target)
            before.setdefault(target, set()).add(source)
    left = set(after) | set(before)
    for away, back in ((after, before), (before, after)):
        waits = {key: len(back.get(key, set()) & left) for key in left}
        ready = [key for key in left if not waits[key]]
        while ready:
            key = ready.pop()
            left.discard(key)
            for other in away.get(key, set()) & left:
                waits[other] -= 1
                if not waits[other]:
                    ready.append(other)
    return frozenset(left)


def _stages(graph: Graph, keys: Sequence[tuple[str, int]]) -> tuple[Stage, ...]:
    members: dict[tuple[str, int], list[str]] = {}
    for head, key in zip(graph.heads, keys, strict=True):
        members.setdefault(key, []).append(head)
    taken = set(graph.heads)
    titles: Counter[str] = Counter()
    found: list[Stage] = []
    for (key, _), layers in members.items():
        if len(layers) < _LEAST or len(layers) == len(graph.heads):
            continue
        title = key.split("\n")[-1]
        titles[title] += 1
        if titles[title] > 1:
            title = f"{title} ({titles[title]})"
        name = f"stage {title}"
        while name in taken:
            name += "'"
        taken.add(name)
        found.append(Stage(name, title, tuple(layers)))
    return tuple(found)
