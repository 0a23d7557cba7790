"""Countries, the ties between them and the crimes: the stored tables, and the traits that follow from them.

Tables lie in `sim/data`; `docs/data.md` tells their sources, licences and caveats, and lists the derivations
that "D-n" points to. Nothing is read before it is asked for, and everything is read once.
"""

from sim.world.building import World, build, stable_key
from sim.world.countries import Country, codes, country, languages, override
from sim.world.derivation import (
    FORMULAS,
    NUMBERS,
    Derivation,
    corruption,
    institutional_strength,
    investigator_teams,
    laundering_controls,
    law_strength,
    real_size,
    reporting_share,
    standing,
    weekly_wage,
)
from sim.world.outlines import geometry
from sim.world.provenance import EVIDENCE, Fallback, MemoryRow, Source, fallbacks, memory_rows, sources
from sim.world.selection import bodies, inside, members, regions, select
from sim.world.tables import crime_types, damaged, digests, table

__all__ = [
    "EVIDENCE",
    "FORMULAS",
    "NUMBERS",
    "Country",
    "Derivation",
    "Fallback",
    "MemoryRow",
    "Source",
    "World",
    "bodies",
    "build",
    "codes",
    "corruption",
    "country",
    "crime_types",
    "damaged",
    "digests",
    "fallbacks",
    "geometry",
    "inside",
    "institutional_strength",
    "investigator_teams",
    "languages",
    "laundering_controls",
    "law_strength",
    "members",
    "memory_rows",
    "override",
    "real_size",
    "regions",
    "reporting_share",
    "select",
    "sources",
    "stable_key",
    "standing",
    "table",
    "weekly_wage",
]
