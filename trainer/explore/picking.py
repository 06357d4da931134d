"""Corners chosen without anybody listening, for recipes."""

from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

SQUARE = 4


def most_distant(differences: NDArray[np.float64], count: int) -> list[int]:
    """`count` sounds of which the two nearest are as far apart as can be found.

    differences: (N, N). Begins with the farthest pair, adds whoever is farthest from those there,
    then exchanges one at a time for as long as it helps. Four come in the order of a square.
    """
    chosen = list(map(int, np.unravel_index(np.argmax(differences), differences.shape)))[:count]
    while len(chosen) < count:
        chosen.append(int(np.argmax(differences[chosen].min(axis=0))))
    while better := _exchanged(differences, chosen):
        chosen = better
    return in_square(differences, chosen) if count == SQUARE else chosen


def _exchanged(differences: NDArray[np.float64], chosen: list[int]) -> list[int] | None:
    """The best exchange of one sound, if there is one that helps."""
    now = _nearest(differences, chosen)
    best, found = now, None
    for place in range(len(chosen)):
        others = chosen[:place] + chosen[place + 1 :]
        candidate = int(np.argmax(differences[others].min(axis=0)))
        changed = [*chosen[:place], candidate, *chosen[place + 1 :]]
        if (value := _nearest(differences, changed)) > best:
            best, found = value, changed
    return found


def _nearest(differences: NDArray[np.float64], chosen: list[int]) -> float:
    return min(float(differences[a, b]) for a, b in combinations(chosen, 2))


def in_square(differences: NDArray[np.float64], chosen: list[int]) -> list[int]:
    """Four sounds as corners (0,0), (0,1), (1,0), (1,1), so that the sides are short.

    What differs most lies across: the way between neighbours then is the more direct one.
    """

    def sides(order: list[int]) -> float:
        a, b, c, d = order
        return float(sum(differences[p, q] for p, q in ((a, b), (a, c), (b, d), (c, d))))

    return min((list(order) for order in permutations(chosen)), key=sides)
