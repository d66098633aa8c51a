"""Names that differ only in how they are written, made equal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

_NEAR_ENOUGH = 60


@dataclass(frozen=True)
class Folding:
    """What in a country's names does not tell two provinces apart.

    Attributes
    ----------
    kinds
        Words for a kind of area ("province", "governorate"), dropped wherever they stand.
    articles
        Words such as "al" or "ad", dropped wherever they stand, unless nothing else is left.
    prefixes
        Articles written together with the next word, dropped from the beginning of a word.
    letters
        Letters that are written for one another, and the one that is kept.
    """

    kinds: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    letters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        kinds: Iterable[str] = (),
        articles: Iterable[str] = (),
        prefixes: Sequence[str] = (),
        letters: Mapping[str, str] | None = None,
    ) -> Folding:
        """Make one from lists as they stand in ``country.toml``."""
        bare = cls(letters=letters or {})
        plain = frozenset(word for kind in kinds for word in bare.words(kind))
        return cls(plain, frozenset(articles), tuple(prefixes), letters or {})

    def words(self, name: str) -> list[str]:
        """Return the words of a name in their plainest form: no case, marks, apostrophes or hyphens."""
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
        plain = "".join(self._plain(letter) for letter in text)
        return [self._without_prefix(word) for word in plain.split()]

    def fold(self, name: str) -> str:
        """Return the form in which two spellings of one name are equal.

        ``"Şalāḩ ad Dīn province"`` and ``"Salah al-Din"`` both become ``"salahdin"``.
        """
        words = [word for word in self.words(name) if word not in self.kinds]
        named = [word for word in words if word not in self.articles]
        return "".join(named or words)

    def _plain(self, letter: str) -> str:
        letter = self.letters.get(letter, letter)
        category = unicodedata.category(letter)
        if category in {"Mn", "Lm", "Sk", "Cf"} or letter in "'’‘`´ʻʼ":
            return ""
        return letter if category[0] in "LN" else " "

    def _without_prefix(self, word: str) -> str:
        for prefix in self.prefixes:
            if word.startswith(prefix) and len(word) > len(prefix) + 1:
                return word.removeprefix(prefix)
        return word


def nearest(name: str, candidates: Mapping[str, str], limit: int = 3) -> list[str]:
    """Return the labels nearest to a name, best first, for a message.

    Parameters
    ----------
    name
        The folded name that is not known.
    candidates
        Folded spelling to the label to suggest.
    limit
        How many labels at most.
    """
    found = process.extract(
        name, list(candidates), scorer=fuzz.WRatio, limit=4 * limit, score_cutoff=_NEAR_ENOUGH
    )
    labels = dict.fromkeys(candidates[spelling] for spelling, _, _ in found)
    return list(labels)[:limit]


def suggestion(labels: Sequence[str]) -> str | None:
    """Return the remedy "did you mean ...?", or nothing where nothing is near."""
    if not labels:
        return None
    return f"did you mean {' or '.join(repr(label) for label in labels)}?"
