"""What does not change during a run, laid out as arrays for the kernels."""

from collections import namedtuple
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc, gammaincinv, ndtr

from sim.choice_rules import Weighing
from sim.compiled import allocating
from sim.instruments import Instrument
from sim.parameters import Choice, CrimeType, Parameters
from sim.politics import Assembly
from sim.scenario import Budget
from sim.strategies import Strategy
from sim.world import World, stable_key

if TYPE_CHECKING:
    from sim.decisions import Decisions

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
CLASSES = 32
SINGAPORE_GDP_PER_HEAD = 84734.3  # USD a year, World Bank 2023: where the loss figures come from
REACH = {"remote": 0, "physical": 1}
VICTIMISATION = {"loss": 0, "captivity": 1, "market": 2}
LOSS, CAPTIVITY, MARKET = 0, 1, 2
WEEKS_KNOWN = 2**13  # since a loss; the table of persons keeps no later weeks


def _numbers(record_type: type) -> Any:
    """Return a namedtuple class with the fields of a record, so that kernels can read its numbers.

    The name of the rule of choice is no number: the numbers that it comes down to stand among those of choice.
    """
    name = record_type.__name__ + "Numbers"
    names = [f.name for f in fields(record_type)]
    if record_type is Choice:
        names = [one for one in names if one != "rule" and one not in Weighing._fields] + list(Weighing._fields)
    made = namedtuple(name, names)  # type: ignore[misc]
    made.__module__ = __name__
    globals()[name] = made
    return made


RULE_KINDS = {group.name: _numbers(group.default_factory) for group in fields(Parameters)}  # type: ignore[arg-type]
Rules = namedtuple("Rules", [group.name for group in fields(Parameters)])  # type: ignore[misc]


def rules_of(parameters: Parameters) -> Any:
    """Return the parameters as nested namedtuples of numbers."""
    groups = []
    for group in fields(Parameters):
        kind, values = RULE_KINDS[group.name], vars(getattr(parameters, group.name))
        if group.name == "choice":
            values = values | parameters.weighing._asdict()
        groups.append(kind(*(values[name] for name in kind._fields)))
    return Rules(*groups)


class Land(NamedTuple):
    """Countries as columns [C]; counts are thinned by the scale."""

    key: npt.NDArray[np.uint64]  # identity
    persons: Integers  # online persons, each with a number from 0
    team_cost: Floats  # USD a team-week
    wage: Floats
    protection: Floats
    mistaken_arrests: Floats  # share of the coerced found in a raid
    log_size: Floats
    size: Floats
    region: Integers
    farness: Floats  # utility lost by moving this far [host, destination]
    diaspora: Floats  # [home, host]
    sources: Floats  # cumulative weights of coerced workers' nationality [host, C]
    nearness: Floats  # of suppliers of coerced workers, 1 in the same country [C, C]


class Traits(NamedTuple):
    """Crime types as columns [K]."""

    key: npt.NDArray[np.uint64]
    victimisation: Integers
    remote: Integers  # host and target may be anywhere
    captives_work: Integers
    coerced_recruits: Floats
    supplies_coerced: Integers
    contacts: Floats
    susceptibility: Floats
    crowding_scale: Floats
    crowding_elasticity: Floats
    value_spread: Floats
    captivity_weeks: Floats
    law_factor: Floats
    idle_after_move: Integers
    rebuild: Integers
    repeat_boost: Floats
    chances: Floats  # susceptibility of each class of persons [K, 32]
    steepest: Floats  # the largest of them [K]


@dataclass(frozen=True)
class Setting:
    """The fixed ground of one run."""

    world: World
    crimes: tuple[str, ...]
    land: Land
    traits: Traits
    rules: Any
    parameters: Parameters
    reach: Floats  # [K, H, host, target]
    median: Floats  # median value of a success (USD) [K, C]
    mean: Floats  # its mean after the ceiling (USD) [K, C]
    ceiling: Floats  # (USD) [K, C]
    log_weight: Floats  # logarithm of each target's share of online persons [C]
    workforces: tuple[str, ...]
    homes: Integers  # home country of each workforce [H]
    workforce_shares: Floats  # cumulative [H]
    move_share: Floats  # [K]
    fading: Floats  # own awareness by the weeks since the last loss [8192]
    region_key: npt.NDArray[np.uint64]  # [R]
    seed: np.uint64
    scale: float
    burn_in: int
    policy: tuple[tuple[Instrument, Integers], ...]  # instruments and the places of their members
    police: tuple[tuple[Strategy, Integers], ...]  # standing strategies and the places of the forces that follow them
    budget: Budget | None
    coalition: Assembly | None  # governments that decide how much they contribute
    totals: list[int] = field(default_factory=list)  # opening totals of the money and the people ledger
    decisions: "Decisions | None" = None  # who decides in place of the compiled rules

    @cached_property
    def hub_shares(self) -> Floats:
        """Return the share of each origin's dirty money that flows through each hub [origin, hub], rows sum to one.

        Gravity: attractiveness = wealth (1 - controls)^weight over 1 + distance / scale, own country included
        (Walker & Unger 2009), times the size of the place, so that a country in two parts attracts what it did in one.
        Where nobody attracts any, money stays at home.
        """
        rule, world = self.rules.laundering, self.world
        pull = world.size * world.gdp_per_head * (1.0 - world.laundering_controls) ** rule.control_weight
        flow = pull / (1.0 + world.distance / rule.distance_scale)
        total = flow.sum(axis=1, keepdims=True)
        shares: Floats = np.where(total > 0.0, flow / np.where(total > 0.0, total, 1.0), np.eye(len(flow)))
        return shares

    @property
    def settling(self) -> int:
        """Return the weeks over which constants and entry settle."""
        return max(1, round(self.parameters.demography.settling * self.burn_in))


def class_chances(mean: float, shape: float) -> Floats:
    """Return the mean susceptibility of 32 equally large classes of a Gamma distribution, at most one [32]."""
    edges = gammaincinv(shape, np.linspace(0.0, 1.0, CLASSES + 1))
    mass = np.diff(gammainc(shape + 1.0, edges))
    chances: Floats = np.minimum(1.0, mean * CLASSES * mass)
    return chances


@allocating
def fading_of(caution: float, half_life: float, weeks: int) -> Floats:
    """Return what is left of own awareness by the weeks since the last loss."""
    left = np.zeros(weeks)
    for age in range(weeks):
        left[age] = caution * 2.0 ** (-age / half_life)
    return left


def truncated_mean(median: Floats, spread: float, ceiling: Floats) -> Floats:
    """Return the mean of a lognormal value cut off at a ceiling (values above count as the ceiling)."""
    if spread == 0.0:
        return median.copy()
    z = np.log(ceiling / median) / spread
    below = median * np.exp(spread**2 / 2.0) * ndtr(z - spread)
    mean: Floats = below + ceiling * (1.0 - ndtr(z))
    return mean


def _reach(world: World, crime: CrimeType, languages: list[Mapping[str, float]], offline: float) -> Floats:
    """Return how much of a target a site can address [H, host, target]."""
    countries = len(world.countries)
    if crime.reach == "remote":
        connected = offline + (1.0 - offline) * world.online
        spoken = np.zeros((len(languages), countries))
        for h, skills in enumerate(languages):
            for language, skill in sorted(skills.items()):
                spoken[h] = np.maximum(spoken[h], skill * world.speaks(language))
        reach: Floats = connected[None, :, None] * spoken[:, None, :]
        return reach
    near = np.exp(-world.distance / crime.travel_scale)
    return np.broadcast_to(near, (len(languages), countries, countries)).copy()


def _sources(world: World, travel: float) -> Floats:
    """Return cumulative weights of nationalities among the coerced, by host: near, large, poorer places (A-6)."""
    weight = world.population * np.sqrt(1.0 / world.gdp_per_head) * np.exp(-world.distance / travel)
    cumulative = np.cumsum(weight, axis=1)
    share: Floats = cumulative / cumulative[:, -1:]
    return share


def lay_out(
    world: World,
    crimes: Mapping[str, CrimeType],
    workforces: Mapping[str, tuple[str, float, Mapping[str, float]]],
    parameters: Parameters,
    team_cost: Floats,
    seed: int,
    scale: float,
    burn_in: int,
    policy: tuple[tuple[Instrument, Integers], ...],
    police: tuple[tuple[Strategy, Integers], ...],
    budget: Budget | None,
    coalition: Assembly | None = None,
) -> Setting:
    """Return the setting of a run; `workforces` are name -> (home code, share, reach by language)."""
    order = sorted(crimes)  # identity, not place in a file, decides the order
    kinds = [crimes[name] for name in order]
    teams = sorted(workforces)
    skills = [workforces[name][2] for name in teams]
    where = {code: i for i, code in enumerate(world.codes)}
    online = world.population * world.online
    choice = parameters.choice
    land = Land(
        key=world.identity_key, persons=np.maximum(1, np.rint(online * scale)).astype(np.int64), team_cost=team_cost,
        wage=world.wage, protection=world.protection,
        log_size=np.log(world.size), size=world.size, region=world.region_index.astype(np.int64),
        farness=choice.distance_weight * np.log1p(world.distance / choice.distance_scale), diaspora=world.diaspora,
        mistaken_arrests=world.mistaken_arrests, sources=_sources(world, parameters.demography.coerced_distance),
        nearness=np.exp(-world.distance / parameters.demography.supply_distance),
    )  # fmt: skip

    def column(name: str, as_type: type = float) -> npt.NDArray[Any]:
        return np.array([as_type(getattr(kind, name)) for kind in kinds])

    chances = np.array([class_chances(k.susceptibility, k.susceptibility_shape) for k in kinds])
    traits = Traits(
        key=_keys(order), victimisation=np.array([VICTIMISATION[k.victimisation] for k in kinds], dtype=np.int64),
        remote=np.array([k.reach == "remote" for k in kinds], dtype=np.int64),
        captives_work=column("captives_work", int), coerced_recruits=column("coerced_recruits"),
        supplies_coerced=column("supplies_coerced", int),
        contacts=column("contacts"), susceptibility=chances.mean(axis=1), crowding_scale=column("crowding_scale"),
        crowding_elasticity=column("crowding_elasticity"), value_spread=column("value_spread"),
        captivity_weeks=column("captivity_weeks"), law_factor=column("law_factor"),
        idle_after_move=column("idle_after_move", int), rebuild=column("rebuild", int),
        repeat_boost=column("repeat_boost"), chances=chances, steepest=chances.max(axis=1),
    )  # fmt: skip
    wealth = world.gdp_per_head / SINGAPORE_GDP_PER_HEAD
    median = np.array([k.value * wealth**k.wealth_elasticity for k in kinds])
    ceiling = np.array([k.value_ceiling * wealth**k.wealth_elasticity for k in kinds])
    mean = np.array([truncated_mean(m, k.value_spread, c) for m, k, c in zip(median, kinds, ceiling, strict=True)])
    shares = np.cumsum([workforces[name][1] for name in teams])
    return Setting(
        world=world, crimes=tuple(order), land=land, traits=traits, rules=rules_of(parameters), parameters=parameters,
        reach=np.array([_reach(world, k, skills, parameters.offending.offline_reach) for k in kinds]),
        median=median, mean=mean, ceiling=ceiling,
        log_weight=np.log(online / online.sum()), workforces=tuple(teams),
        homes=np.array([where[workforces[name][0]] for name in teams], dtype=np.int64),
        workforce_shares=shares / shares[-1], move_share=column("move_share"),
        fading=fading_of(parameters.offending.caution, parameters.offending.caution_half_life, WEEKS_KNOWN),
        region_key=_keys(list(world.regions)),
        seed=np.uint64(seed), scale=scale, burn_in=burn_in, policy=policy, police=police, budget=budget,
        coalition=coalition,
    )  # fmt: skip


def _keys(names: list[str]) -> npt.NDArray[np.uint64]:
    return np.array([stable_key(name) for name in names], dtype=np.uint64)
