"""Small imagined worlds for the bench: like countries along the equator, and one workforce."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sim.parameters import Parameters
from sim.scenario import Clock, Founder, Scenario, Workforce, WorldChoice
from sim.world import Country, crime_types


def like_countries(size: int, regions: int = 1) -> tuple[Country, ...]:
    """Return countries a, b, c ... along the equator that differ in nothing else, in as many regions of neighbours."""
    return tuple(
        Country(
            code="abcdefghijkl"[i], region=f"Region {i * regions // size}", longitude=10.0 * i, population=20_000_000,
            online=0.8, gdp_per_head=15_000.0, languages=("Common",), teams=60.0, institutions=0.6, corruption=0.2,
            laundering_controls=0.5, law=0.8, wage=200.0, reporting=0.2,
        )
        for i in range(size)
    )  # fmt: skip


def imagined(
    countries: Sequence[Country],
    *,
    workers: Mapping[str, int],
    crimes: Sequence[str] = ("online_fraud",),
    clock: Clock | None = None,
    parameters: Parameters | None = None,
    coerced: float = 0.0,
    **traits: Any,
) -> Scenario:
    """Return a scenario with so many workers of every crime in each country; `traits` are replaced in every crime."""
    home = Workforce(name="locals", home="a", share=1.0, languages={"Common": 1.0})
    return Scenario(
        name="bench", status="imagined", world=WorldChoice(imagined=tuple(countries)), workforces=(home,),
        crimes={crime: replace(crime_types()[crime], **traits) for crime in crimes},
        founders=tuple(
            Founder(country=code, crime=crime, workers=count, coerced=coerced)
            for code, count in workers.items() for crime in crimes
        ),
        clock=clock or Clock(burn_in=8, weeks=26, period=1), parameters=parameters or Parameters(),
    )  # fmt: skip
