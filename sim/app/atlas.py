"""Where countries lie, and what a map of a result shows: operations and moves, by country and period."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim import record
from sim.comparison import Comparison
from sim.comparison.stored import Floats
from sim.estimators import summary_of
from sim.scenario import loads
from sim.world import Country, codes, country, table

Facts = dict[str, Any]

# The numbers that ISO 3166-1 gives to countries: the outlines of `static/world.json` go by them.
NUMBERS = (
    "AFG004 AGO024 ALB008 AND020 ARE784 ARG032 ARM051 ATG028 AUS036 AUT040 AZE031 BDI108 BEL056 BEN204 BFA854 "
    "BGD050 BGR100 BHR048 BHS044 BIH070 BLR112 BLZ084 BOL068 BRA076 BRB052 BRN096 BTN064 BWA072 CAF140 CAN124 "
    "CHE756 CHL152 CHN156 CIV384 CMR120 COD180 COG178 COL170 COM174 CPV132 CRI188 CUB192 CYP196 CZE203 DEU276 "
    "DJI262 DMA212 DNK208 DOM214 DZA012 ECU218 EGY818 ERI232 ESP724 EST233 ETH231 FIN246 FJI242 FRA250 FSM583 "
    "GAB266 GBR826 GEO268 GHA288 GIN324 GMB270 GNB624 GNQ226 GRC300 GRD308 GTM320 GUY328 HKG344 HND340 HRV191 "
    "HTI332 HUN348 IDN360 IND356 IRL372 IRN364 IRQ368 ISL352 ISR376 ITA380 JAM388 JOR400 JPN392 KAZ398 KEN404 "
    "KGZ417 KHM116 KIR296 KNA659 KOR410 KWT414 LAO418 LBN422 LBR430 LBY434 LCA662 LIE438 LKA144 LSO426 LTU440 "
    "LUX442 LVA428 MAC446 MAR504 MCO492 MDA498 MDG450 MDV462 MEX484 MHL584 MKD807 MLI466 MLT470 MMR104 MNE499 "
    "MNG496 MOZ508 MRT478 MUS480 MWI454 MYS458 NAM516 NER562 NGA566 NIC558 NLD528 NOR578 NPL524 NRU520 NZL554 "
    "OMN512 PAK586 PAN591 PER604 PHL608 PLW585 PNG598 POL616 PRK408 PRT620 PRY600 PSE275 QAT634 ROU642 RUS643 "
    "RWA646 SAU682 SDN729 SEN686 SGP702 SLB090 SLE694 SLV222 SMR674 SOM706 SRB688 SSD728 STP678 SUR740 SVK703 "
    "SVN705 SWE752 SWZ748 SYC690 SYR760 TCD148 TGO768 THA764 TJK762 TKM795 TLS626 TON776 TTO780 TUN788 TUR792 "
    "TUV798 TWN158 TZA834 UGA800 UKR804 URY858 USA840 UZB860 VCT670 VEN862 VNM704 VUT548 WSM882 YEM887 ZAF710 "
    "ZMB894 ZWE716"
)
UNNUMBERED = {"XKX": "Kosovo"}  # found among the outlines by its name
SHAPELESS = frozenset({"TUV"})  # too small for an outline: always a dot
DISPUTED = ("N. Cyprus", "Siachen Glacier", "Somaliland", "W. Sahara")  # outlines of their own, never scored
DISCLAIMER = (
    "Boundaries and names (Natural Earth, simplified) imply no opinion on the status of any territory. "
    "Grey: not part of this scenario; disputed areas keep their own outlines and are not scored."
)
FIGURES = 5  # significant digits of what goes to a picture


def atlas() -> Facts:
    """Return every real country as a map needs it, and what stands under every map of real countries."""
    rows = {row["iso3"]: row for row in table("countries")}
    numbers = {entry[:3]: entry[3:] for entry in NUMBERS.split()} | UNNUMBERED
    return {
        "countries": [
            {
                "code": code,
                "shape": None if code in SHAPELESS else numbers[code],
                "name": country(code).name,
                "region": country(code).region,
                "capital": [country(code).longitude, country(code).latitude],
                "centroid": [float(rows[code]["centroid_lon"]), float(rows[code]["centroid_lat"])],
                "area_km2": float(rows[code]["area_km2"]),
            }
            for code in codes()
        ],
        "disputed": DISPUTED,
        "disclaimer": DISCLAIMER,
    }


def map_of(results: Comparison) -> Facts:
    """Return what a map of a result shows.

    Numbers over time have a place for each period and, last, one for the evaluation window. Operations are means
    over the runs of an arm, with the range of nine runs in ten; changes are means over pairs, with the 90 % interval
    of the mean; moves are operations a year, a row for each way that any run has taken.
    """
    manifest = results.manifest
    arms = [arm for arm in results.arms if results.finished(arm, results.baseline)]
    course = with_window(results, results.course("operations", "host"))
    found: Facts = {
        "window": list(results.window_periods), "weeks": results.week_ends.tolist(),
        "period_weeks": manifest.period_weeks, "codes": list(manifest.codes), **ground(results),
        "treated": {arm: list(results.treated(arm)) for arm in arms},
        "operations": {}, "change": {}, "moves": {},
    }  # fmt: skip
    for arm in arms:
        pairs = results.finished(arm, results.baseline)
        now, before = (course[results.places(one, pairs)] for one in (arm, results.baseline))
        low, high = np.quantile(now, [0.05, 0.95], axis=0) if len(pairs) > 1 else np.full((2, *now.shape[1:]), np.nan)
        found["operations"][arm] = band(now.mean(axis=0), low, high)
        if arm != results.baseline:
            change = summary_of(now - before)
            found["change"][arm] = band(change.mean, change.lo90, change.hi90)
        found["moves"][arm] = moves(results, arm, pairs)
    return found


def with_window(results: Comparison, course: Floats) -> Floats:
    """Return numbers by period with their mean over the evaluation window as one more [..., P + 1, C]."""
    first, last = results.window_periods
    return np.concatenate([course, course[..., first:last, :].mean(axis=-2, keepdims=True)], axis=-2)


def band(*parts: Floats) -> Facts:
    """Return a middle with its low and its high by country [C, P + 1]."""
    return dict(zip(("mean", "low", "high"), (short(part.T) for part in parts), strict=True))


def short(values: Floats) -> Any:
    """Return numbers with as many digits as a picture can show."""
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = FIGURES - 1 - np.floor(np.log10(np.abs(values)))
    factor = 10.0 ** np.where(np.isfinite(digits), digits, 0.0)
    return (np.round(values * factor) / factor).tolist()


def moves(results: Comparison, arm: str, replicates: Sequence[int]) -> list[list[Any]]:
    """Return [origin, destination, operations a year by period and over the window]: places, means over runs."""
    columns = ["replicate", "period", "origin", "destination", "operations"]
    stored = record.read_table(results.folder / "moves.parquet", columns, arm=arm)
    place = {code: number for number, code in enumerate(results.manifest.codes)}
    origin, destination = (np.array([place[code] for code in stored[end].to_pylist()], int) for end in columns[2:4])
    kept = (origin != destination) & np.isin(stored["replicate"].to_numpy(), replicates)
    size, periods = len(place), results.manifest.periods
    moved = np.zeros((periods, size * size))
    ways = origin[kept] * size + destination[kept]
    np.add.at(moved, (stored["period"].to_numpy()[kept], ways), stored["operations"].to_numpy()[kept])
    yearly = with_window(results, moved * (52.0 / results.manifest.period_weeks / max(1, len(replicates))))
    taken = np.flatnonzero(moved.any(axis=0))
    return [[int(way // size), int(way % size), short(yearly[:, way])] for way in taken]


def ground(results: Comparison) -> Facts:
    """Return the countries of a result and where they lie: on the Earth, or on tiles if they are imagined."""
    text = results.arm(results.baseline)["scenario"]
    scenario = loads(text) if text else None
    known = {here.code: here for here in scenario.countries} if scenario else {}
    imagined = bool(scenario.world.imagined) if scenario else True
    return {
        "imagined": imagined,
        "places": [place_facts(code, known.get(code)) for code in results.manifest.codes],
        "tiles": tiles([known.get(code) for code in results.manifest.codes]) if imagined else [],
    }


def place_facts(code: str, here: Country | None) -> Facts:
    """Return a country as the map names it."""
    if here is None:
        return {"code": code, "name": code, "region": "", "capital": [0.0, 0.0]}
    return {"code": code, "name": here.name, "region": here.region, "capital": [here.longitude, here.latitude]}


def tiles(places: Sequence[Country | None]) -> Any:
    """Return the middle of each imagined country's hexagon, as in the report's map; y grows to the north."""
    from sim.figures.projection import hexagons

    where = np.array([[here.longitude, here.latitude] if here else [0.0, 0.0] for here in places])
    if np.ptp(where, axis=0).max(initial=0.0) == 0.0:  # nobody says where they are: in the order of their codes
        across = int(np.ceil(np.sqrt(len(where))))
        where = np.array([[place % across, -(place // across)] for place in range(len(where))], dtype=np.float64)
    return np.round(hexagons(where), 4).tolist()
