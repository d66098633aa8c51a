"""What happened: one taxonomy of attack types, who was attacked, and which events count as an attack.

How each source's codes map to the taxonomy stands in CSV files beside this module, one a source.
"""

from trends.attack_types.definitions import (
    ATTACK_DEFINITIONS,
    attack_definition,
    compare_definitions,
    possible_definitions,
)
from trends.attack_types.mapping import (
    attack_type,
    attack_types,
    attacked,
    is_violent,
    unmapped_codes,
    violence,
)
from trends.attack_types.severity import mass_casualty

__all__ = [
    "ATTACK_DEFINITIONS",
    "attack_definition",
    "attack_type",
    "attack_types",
    "attacked",
    "compare_definitions",
    "is_violent",
    "mass_casualty",
    "possible_definitions",
    "unmapped_codes",
    "violence",
]
