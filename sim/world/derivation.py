"""How a country's traits follow from governance, income and population: one formula each (docs/data.md)."""

import math
from collections.abc import Callable

from sim.declare import param, record

WEEKS_A_YEAR = 52.0


@record
class Derivation:
    """The numbers by which a country's traits follow from the tables."""

    steepness: float = param(
        1.5,
        unit="per standard deviation",
        low=0.1,
        high=10,
        plausible=(1.0, 2.0),
        source="D-1",
        about="slope of s(z), which turns a governance estimate into a share",
    )
    institution_floor: float = param(0.20, unit="1", low=0, high=1, plausible=(0.1, 0.3), source="D-2")
    institution_span: float = param(0.75, unit="1", low=0, high=1, plausible=(0.6, 0.9), source="D-2")
    law_floor: float = param(0.6, unit="1", low=0, high=1, plausible=(0.4, 0.8), source="D-3")
    law_span: float = param(0.4, unit="1", low=0, high=1, plausible=(0.2, 0.6), source="D-3")
    control_floor: float = param(0.15, unit="1", low=0, high=1, plausible=(0.0, 0.3), source="D-5")
    control_span: float = param(
        0.60, unit="1", low=0, high=1, plausible=(0.4, 0.8), source="D-5; FATF 2022: laws go before effect"
    )
    grey_list: float = param(0.8, unit="factor", low=0, high=1, plausible=(0.6, 1.0), source="D-5")
    black_list: float = param(0.5, unit="factor", low=0, high=1, plausible=(0.3, 0.8), source="D-5")
    team_rate: float = param(
        0.5,
        unit="teams per million persons",
        low=0,
        high=100,
        plausible=(0.2, 1.2),
        source="D-6",
        about="investigator teams on organised crime where institutions are perfect",
    )
    team_floor: float = param(0.3, unit="share", low=0, high=1, plausible=(0.1, 0.5), source="D-6")
    team_span: float = param(0.7, unit="share", low=0, high=1, plausible=(0.5, 0.9), source="D-6")
    team_least: float = param(4.0, unit="teams", low=0, high=1000, plausible=(1, 8), source="D-6")
    team_most: float = param(400.0, unit="teams", low=1, high=1e5, plausible=(200, 1000), source="D-6")
    labour_share: float = param(
        0.524,
        unit="share of GDP",
        low=0,
        high=1,
        plausible=(0.33, 0.55),
        source="D-7; ILO 2025, world in 2024",
    )
    employed_share: float = param(0.43, unit="share of persons", low=0.05, high=1, plausible=(0.35, 0.5), source="D-7")
    reporting_floor: float = param(
        0.10, unit="share", low=0, high=1, plausible=(0.05, 0.15), source="D-8; GASA 2022: 5 to 17 % of scams"
    )
    reporting_span: float = param(
        0.40,
        unit="share",
        low=0,
        high=1,
        plausible=(0.05, 0.5),
        source="D-8; ONS 2020: 15 % in England and Wales",
    )
    reporting_power: float = param(2.0, unit="exponent", low=0.1, high=10, plausible=(1, 3), source="D-8")
    size_power: float = param(0.25, unit="exponent", low=0, high=1, plausible=(0.0, 1.0), source="D-9")
    other_language: float = param(
        0.1,
        unit="share of persons reached",
        low=0,
        high=1,
        plausible=(0.02, 0.3),
        source="D-10",
        about="who understand a language that is spoken, but not official",
    )
    least_online: float = param(
        0.001,
        unit="share of persons",
        low=1e-6,
        high=1,
        plausible=(1e-4, 0.01),
        source="D-11",
        about="stands for a published share of zero",
    )


NUMBERS = Derivation()


def standing(estimate: float, numbers: Derivation = NUMBERS) -> float:
    """Return s(z) = 1 / (1 + exp(-steepness z)): a governance estimate (standard-normal units) as a share."""
    return 1.0 / (1.0 + math.exp(-numbers.steepness * estimate))


def institutional_strength(government_effectiveness: float, numbers: Derivation = NUMBERS) -> float:
    """Return G = floor + span s(GE), in [0.20, 0.95]: how well the state does what it sets out to do (D-2).

    Source: Worldwide Governance Indicators 2023; floor and span are assumptions, chosen so that three small
    factors do not make every raid in a weak state fail.
    """
    return numbers.institution_floor + numbers.institution_span * standing(government_effectiveness, numbers)


def law_strength(rule_of_law: float, numbers: Derivation = NUMBERS) -> float:
    """Return l = floor + span s(RL), in [0.6, 1]: how far law carries a case (D-3, indicators of 2023)."""
    return numbers.law_floor + numbers.law_span * standing(rule_of_law, numbers)


def corruption(control_of_corruption: float, numbers: Derivation = NUMBERS) -> float:
    """Return kappa = s(-CC), in [0, 1]: how much of the police can be bought (D-4; indicators of 2023)."""
    return standing(-control_of_corruption, numbers)


def laundering_controls(
    rule_of_law: float, regulatory_quality: float, listed: str = "none", numbers: Derivation = NUMBERS
) -> float:
    """Return A = (floor + span s((RL + RQ) / 2)), times a factor on the grey or the black list (D-5).

    Sources: indicators of 2023; Financial Action Task Force, lists of October 2025. No country comes near 1,
    because evaluations find laws in place more often than effect (FATF 2022). The factors are assumptions.
    """
    mean = standing((rule_of_law + regulatory_quality) / 2.0, numbers)
    factor = {"none": 1.0, "grey": numbers.grey_list, "black": numbers.black_list}[listed]
    return factor * (numbers.control_floor + numbers.control_span * mean)


def investigator_teams(population: float, institutions: float, numbers: Derivation = NUMBERS) -> float:
    """Return teams = rate x millions of persons x (floor + span G), at least 4 and at most 400 (D-6).

    A team is eight officers; the rate makes them 0.1 to 0.2 % of a typical police force, an assumption.
    """
    teams = numbers.team_rate * population / 1e6 * (numbers.team_floor + numbers.team_span * institutions)
    return min(numbers.team_most, max(numbers.team_least, teams))


def weekly_wage(gdp_per_head: float, numbers: Derivation = NUMBERS) -> float:
    """Return USD a week = GDP per head / 52 x labour's share of income / share of persons employed (D-7).

    Source: labour's share of world income, International Labour Organization 2025.
    """
    return gdp_per_head / WEEKS_A_YEAR * numbers.labour_share / numbers.employed_share


def reporting_share(rule_of_law: float, numbers: Derivation = NUMBERS) -> float:
    """Return p = floor + span s(RL)^power, in [0.1, 0.5]: victims who report to the police (D-8).

    About a fifth where the rule of law is average. Surveys find 5 to 17 % (GASA 2022), 15 % (ONS 2020) and
    30 % (GASA 2024), so that the rise with the rule of law is an assumption.
    """
    rise: float = standing(rule_of_law, numbers) ** numbers.reporting_power
    return numbers.reporting_floor + numbers.reporting_span * rise


def real_size(population: float, numbers: Derivation = NUMBERS) -> float:
    """Return M = persons^power: the room a country offers to those who choose a place (D-9)."""
    return float(population**numbers.size_power)


FORMULAS: dict[str, Callable[..., float]] = {
    "institutions": institutional_strength,
    "law": law_strength,
    "corruption": corruption,
    "laundering_controls": laundering_controls,
    "teams": investigator_teams,
    "wage": weekly_wage,
    "reporting": reporting_share,
    "size": real_size,
}
