"""A made-up comparison for the tests of pictures and pages: round numbers, no simulation behind them."""

import numpy as np

from sim.figures.findings import (
    Arm,
    Band,
    Choice,
    Course,
    Findings,
    Headlines,
    Interval,
    Known,
    Leakage,
    Ledger,
    Place,
    Spending,
)

SIZES = {
    "herfindahl": 0.01, "entropy": 0.02, "effective_countries": 0.1, "gini": 0.01, "footprint": 0.2,
    "centroid_shift_km": 40.0,
}  # fmt: skip
SPREAD = "The spread covers luck and the stated ranges of the parameters, not what the model leaves out."


def interval(middle, width, runs=40):
    worse = 0 if middle > width else runs if middle < -width else round(runs * (0.5 - middle / width / 2))
    return Interval(
        median=middle,
        lo50=middle - width / 3,
        hi50=middle + width / 3,
        lo90=middle - width,
        hi90=middle + width,
        n=runs,
        n_worse=worse,
        mean=middle,
        mean90=(middle - width / 4, middle + width / 4),
        luck90=(middle - width / 2, middle + width / 2),
    )


def band(middle, width):
    middle = np.asarray(middle, dtype=float)
    width = np.broadcast_to(np.asarray(width, dtype=float), middle.shape)
    return Band(middle=middle, low=middle - width, high=middle + width)


def places_of(count, luck):
    grid = int(np.ceil(np.sqrt(count)))
    return tuple(
        Place(
            code=f"{chr(65 + i // 26 % 26)}{chr(65 + i % 26)}{chr(65 + i % 7)}",
            name=f"Land {i}",
            region=f"Region {i % 3}",
            latitude=float(-40 + 80 * (i // grid) / grid + luck.uniform(-1, 1)),
            longitude=float(-60 + 120 * (i % grid) / grid + luck.uniform(-1, 1)),
        )
        for i in range(count)
    )


def squares(places):
    def ring(p):
        corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
        return np.array([[p.longitude + 2 * a, p.latitude + 2 * b] for a, b in corners])

    return {p.code: (ring(p),) for p in places}


def made_up(
    countries=6,
    arms=("alone", "together"),
    places=None,
    outlines=None,
    undefined=(),
    luck_only=False,
    labels=None,
    hosts=None,
    private=None,
):
    """Return findings with these arms besides the baseline `no change`.

    Arms in `undefined` have no leakage; `private` holds what legitimate users pay under an arm (USD a year).
    """
    luck = np.random.default_rng(7)
    places = places or places_of(countries, luck)
    count, names, weeks = len(places), ("no change", *arms), np.arange(40) * 13.0 + 6.5
    labels, private = labels or {}, private or {}
    hosts = np.arange(count) < 5 if hosts is None else hosts
    effect = {name: 3.0 * i for i, name in enumerate(names)}
    ramp = np.clip((weeks - 26) / 200, 0, 1)
    size = luck.lognormal(0, 1.5, count)

    def course(name):
        lost = 4e10 * (1 - effect[name] / 100 * ramp)
        return Course(
            true=band(lost, 6e9),
            recorded=band(0.2 * lost, 1.5e9),
            true_change=None if name == "no change" else band(-effect[name] * ramp, 2.0 * ramp),
            recorded_change=None if name == "no change" else band(-0.5 * effect[name] * ramp, 2.5 * ramp),
        )

    def moves(name):
        flows = luck.poisson(2.0, (count, count)) * np.outer(hosts, hosts) * (1 + effect[name] / 6) + 0.01
        flows[0, :] *= 1 + effect[name] / 6
        return flows * (1 - np.eye(count))

    def leakages(name):
        gone = name in undefined
        value = float("nan") if gone else 0.7 - effect[name] / 30
        sides = (("host", value, 0.47), ("victim", value - 0.2, float("nan")))
        return tuple(
            Leakage(
                side=side,
                measure="harm",
                simulated=v,
                lo90=v - 0.3,
                hi90=v + 0.35,
                mechanical=m,
                n=40,
                n_undefined=40 if gone else 3,
            )
            for side, v, m in sides
        )

    def operations(name):
        change = np.where(hosts, luck.normal(0, 12, count), 0.0)
        change[0] = -30.0 - effect[name]
        return band(change, 6.0)

    def ledger(name):
        return Ledger(
            cost=band(np.where(hosts, 2e6 * size, 0), 1e5),
            private=band(np.where(np.arange(count) == 0, private.get(name, 0.0), 0.0), 0.0),
            avoided=band(1e8 * size * effect[name] / 3, 6e7),
            hosted=band(np.where(hosts, luck.normal(0, 4e8, count), 0), 5e7),
        )

    paths = (
        {}
        if luck_only
        else {
            "parameters.choice.outside_factor": np.exp(luck.uniform(np.log(0.5), np.log(2), 40)),
            "crimes.online_fraud.crowding_elasticity": luck.uniform(0, 1, 40),
        }
    )
    contrasts = () if len(arms) < 2 else (("coordination effect", arms[1], arms[0]),)
    avoided = {name: interval(effect[name], 2.5) for name in arms} | {
        name: interval(3.0, 2.8) for name, *_ in contrasts
    }
    runs = {name: luck.normal(i.median, 1.2, 40) for name, i in avoided.items()}
    if paths:
        runs = {
            name: values - 3 * (paths["crimes.online_fraud.crowding_elasticity"] - 0.5) for name, values in runs.items()
        }
    return Findings(
        experiment="made up",
        question="What does a crackdown do, alone and together?",
        status="stylised",
        baseline="no change",
        arms=tuple(
            Arm(
                name=name,
                label=labels.get(name, name),
                about="",
                treated=() if name == "no change" else (places[0].code,),
                in_force=() if name == "no change" else (f"{places[0].code}: crackdown, from week 26 to the end.",),
            )
            for name in names
        ),
        contrasts=contrasts,
        places=places,
        outlines=squares(places) if outlines is None else outlines,
        runs=40,
        window=(26, 520),
        weeks=weeks,
        spread=SPREAD,
        avoided=avoided,
        baseline_harm=interval(4.4e10, 5e9),
        courses={name: course(name) for name in names},
        operations={name: operations(name) for name in names},
        operations_before=np.where(hosts, 60.0, 0.0),
        moves={name: moves(name) for name in names},
        ledgers={name: ledger(name) for name in names},
        leakages={name: leakages(name) for name in arms},
        curves={
            name: band(
                np.where(weeks < 26, np.nan, np.nan if name in undefined else 0.75 - 0.5 * np.exp(-weeks / 60)),
                0.2,
            )
            for name in arms
        },
        concentration={
            name: {
                index: Known(mean=size * (1 + effect[name]), lo90=0.8 * size, hi90=20.0 * size)
                for index, size in SIZES.items()
                if name != "no change" or index != "centroid_shift_km"
            }
            for name in names
        },
        spilled=dict.fromkeys(arms, (300000000.0, 100000000.0, 200000000.0)),
        anticipated={name: (13, 26, Known(mean=-effect[name], lo90=-30.0, hi90=1.0)) for name in arms[:1]},
        mechanical_curves={name: np.where(weeks < 26, np.nan, 0.45 + 0.0002 * weeks) for name in arms},
        headlines=Headlines(drawn=paths, avoided=runs),
        spending={
            name: Spending(
                planned=0.0 if name == "no change" else 1e7,
                spent=interval(0.0 if name == "no change" else 1e7 * (1 - 0.01 * i), 2e5),
                private=private.get(name, 0.0),
            )
            for i, name in enumerate(names)
        },
        sentences=(
            ()
            if not arms
            else (f"In the model, “{labels.get(arms[-1], arms[-1])}” avoids 6 % of the harm (90 %: 3.5 to 8.5).",)
        ),
        choices=(
            Choice(name="Share of the outside options", used="0.5 to 2 times the default", why="Decides leakage."),
        ),
        settings=(("Seed", "1"),),
        recalled=(("Extradition", "CHN–KHM", "recalled"),),
        checksums=(("series.parquet", "ab" * 32),),
        command="displace compare made-up",
        limits=("No forecast.",),
    )
