"""The numbers of the model: each stands here once, with its unit, its range and where it comes from.

Groups follow the verbs of the week. "A-n" points to `docs/assumptions.md`. A number marked uncertain is drawn
from its plausible range by every replicate, unless a study fixes it.
"""

# One number, one entry: the declarations are kept as a table.
# fmt: off
from collections.abc import Iterator
from dataclasses import field, fields
from typing import Any, Literal

from sim.choice_rules import (
    CHOICE_RULES,
    BestResponse,
    RuleName,
    Salience,
    Satisficing,
    SubjectiveUtility,
    Weighing,
    group_of,
)
from sim.declare import declared, param, record


@record
class CrimeType:
    """The traits of one type of crime; no code knows a crime by its name."""

    reach: Literal["remote", "physical"] = param(
        unit="kind", source="model definition", about="whether host and target country differ freely"
    )
    victimisation: Literal["loss", "captivity", "market"] = param(
        unit="kind", source="model definition", about="what a success does: takes money, takes a person, sells a good"
    )
    captives_work: bool = param(
        unit="yes/no", source="OHCHR 2023", about="whether coerced workers do the contacting"
    )
    coerced_recruits: float = param(
        unit="share of recruits", low=0, high=1, plausible=(0.2, 0.6), source="A-1",
        about="recruits who are coerced",
    )
    supplies_coerced: bool = param(
        unit="yes/no", source="OHCHR 2023; A-56", about="whether its captives are passed on to crimes that coerce recruits"
    )
    contacts: float = param(
        unit="contacts per worker-week", low=0, high=5000, plausible=(100, 1000), source="A-2",
        about="people, places or buyers approached",
    )
    susceptibility: float = param(
        unit="successes per contact", low=0, high=1, plausible=(0.0005, 0.005), source="A-2; money per worker, USIP 2024",
        about="mean chance at full reach, before awareness and crowding",
    )
    susceptibility_shape: float = param(
        unit="shape of a Gamma", low=0.02, high=100, plausible=(0.05, 0.5), source="A-3",
        about="how unequal persons are (small = very unequal)",
    )
    crowding_scale: float = param(
        unit="contacts per online person-week", low=1e-6, high=1e3, plausible=(0.02, 0.2), source="A-4",
        about="contacts at which success has halved, for an elasticity of one",
    )
    crowding_elasticity: float = param(
        unit="1", low=0, high=3, plausible=(0.0, 1.0), uncertain=True, source="A-4 (decisive)",
        about="market feedback: how strongly success falls as contacts crowd a target",
    )
    value: float = param(
        unit="USD per success at Singapore's wealth", low=0.01, high=1e8, source="Singapore Police Force 2025; A-5",
        about="median loss, earnings from one captive, or price of one unit",
    )
    value_spread: float = param(
        unit="standard deviation of the logarithm", low=0, high=4, source="Singapore Police Force 2025; A-5",
        about="spread of the loss",
    )
    value_ceiling: float = param(
        unit="USD at Singapore's wealth", low=1, high=1e12, source="A-5", about="largest loss possible"
    )
    wealth_elasticity: float = param(
        unit="1", low=0, high=2, plausible=(0.2, 1.0), source="fitted to mean losses of eight countries; A-5",
        about="how the value grows with GDP per head",
    )
    captivity_weeks: float = param(
        unit="weeks", low=0, high=1000, source="A-6", about="mean time in captivity over which a captive's earnings count"
    )
    travel_scale: float = param(
        unit="km", low=1, high=1e6, source="A-7", about="distance over which physical reach falls by a factor e"
    )
    law_factor: float = param(
        unit="1", low=0, high=1, source="A-8", about="strength of the law on this crime, as a share of the country's"
    )
    move_share: float = param(
        unit="share of reviews", low=0.0001, high=0.5, plausible=(0.005, 0.06), source="A-9",
        about="moves per review in the baseline: the target to which mobility is solved",
    )
    idle_after_move: int = param(unit="weeks", low=0, high=104, source="A-9", about="weeks closed after a move")
    rebuild: int = param(unit="weeks", low=0, high=104, source="A-9", about="weeks closed after a successful raid")
    repeat_boost: float = param(
        unit="1", low=0, high=100, plausible=(0.0, 10.0), source="A-10",
        about="how much likelier an earlier victim is to lose again, at once after a loss",
    )


@record
class Offending:
    """How victims are met again and how they become careful."""

    offline_reach: float = param(0.8, unit="share", low=0, high=1, source="A-7",
                                 about="reach of a host without internet, against a fully connected one")
    repeat_rate: float = param(0.02, unit="contacts per listed victim-week", low=0, high=1, source="A-10",
                               about="re-contacts of earlier victims")
    repeat_decay: float = param(8.0, unit="weeks", low=0.5, high=104, source="A-10", about="decay time of the boost")
    crowding_memory: float = param(0.1, unit="per week", low=0.01, high=1, source="A-4",
                                   about="weight of this week's contacts in smoothed crowding")
    caution: float = param(0.5, unit="share", low=0, high=1, source="A-11",
                           about="own awareness directly after a loss")
    caution_half_life: float = param(20.0, unit="weeks", low=1, high=520, source="A-11",
                                     about="half-life of own awareness")
    awareness_rise: float = param(0.5, unit="per report per 1,000 persons", low=0, high=5, plausible=(0.1, 2.0),
                                  uncertain=True, scale="log", source="A-12", about="rise of public awareness")
    awareness_decay: float = param(0.02, unit="per week", low=0.001, high=1, plausible=(0.005, 0.05), source="A-12",
                                   about="decay of public awareness")


@record
class Intelligence:
    """How leads gather, travel and age."""

    attribution: float = param(0.02, unit="leads per report", low=0, high=1, plausible=(0.005, 0.10), uncertain=True,
                               scale="log", source="A-13 (decisive)", about="reports that can be tied to a site")
    ageing: float = param(0.05, unit="per week", low=0.001, high=1, plausible=(0.02, 0.15), source="A-14",
                          about="decay of leads and cases")
    detection: float = param(0.012, unit="per lead-week", low=0, high=1, plausible=(0.005, 0.03), source="A-14",
                             about="hazard of opening a case for each lead")
    patrol_yield: float = param(0.075, unit="leads per team-week", low=0, high=5, plausible=(0.02, 0.2), source="A-14",
                                about="leads found by a team on one fully visible site")
    visibility_exponent: float = param(0.5, unit="1", low=0, high=2, source="A-14",
                                       about="growth of visibility with size / 100 workers")
    dormant_visibility: float = param(0.15, unit="share", low=0, high=1, source="A-14",
                                      about="visibility of a quiet site")
    domestic_delay: int = param(1, unit="weeks", low=1, high=52, source="A-14",
                                about="until a lead reaches one's own investigators")
    police_memory: float = param(0.98, unit="share a week", low=0, high=1, plausible=(0.95, 0.995), source="A-60",
                                 about="reports and cases that police still go by a week later")
    follow_up: float = param(0.8, unit="share", low=0, high=1, source="A-15",
                             about="share of a file that follows a site moving between linked countries")
    request_share: float = param(0.10, unit="share of leads", low=0, high=1, plausible=(0.02, 0.3), source="A-52",
                                 about="leads sent by formal request where no channel passes them")
    request_weeks: float = param(43.0, unit="weeks", low=2, high=520, plausible=(13, 104), source="A-52",
                                 about="mean time of a formal request (Gamma of shape 2)")


@record
class Enforcement:
    """Raids and what follows them."""

    raid_cost: float = param(6.0, unit="team-weeks", low=0.1, high=500, plausible=(3, 12), source="A-16",
                             about="work of one raid, taken from later patrol")
    tip_off: float = param(0.5, unit="1", low=0, high=1, source="A-17",
                           about="chance of a tip-off, per unit of corruption")
    arrests: float = param(0.4, unit="share", low=0, high=1, source="A-16", about="voluntary workers arrested in a raid")
    rescues: float = param(0.7, unit="share", low=0, high=1, source="A-16", about="coerced workers freed in a raid")
    capital_seized: float = param(0.6, unit="share", low=0, high=1, source="A-16", about="site capital seized")
    cash_seized: float = param(0.2, unit="share", low=0, high=1, source="A-16",
                               about="of the syndicate's cash per site, seized with the site")
    leads_after_tip_off: float = param(0.5, unit="share", low=0, high=1, source="A-17", about="leads left after a tip-off")
    tip_off_weeks: int = param(3, unit="weeks", low=0, high=52, source="A-17", about="weeks a warned site stands empty")
    case_leak: float = param(0.1, unit="per unit of corruption and further member", low=0, high=1,
                             plausible=(0.0, 0.6), uncertain=True, source="A-18",
                             about="chance that a shared case leaks in each further member country")
    detention: float = param(104.0, unit="weeks", low=1, high=2000, source="A-19", about="mean time in detention")
    sentence_shape: int = param(2, unit="shape of a Gamma", low=1, high=2, source="A-53",
                                about="how regular sentences are: 1 = constant hazard, 2 = in two equal parts")
    extradition_weeks: float = param(52.0, unit="weeks", low=2, high=520, plausible=(13, 156), source="A-53",
                                     about="mean time until extradition (Gamma of shape 2)")
    deportation_weeks: float = param(4.0, unit="weeks", low=1, high=104, source="A-53",
                                     about="mean time until somebody deported is back at a syndicate's site")
    shelter_weeks: float = param(13.0, unit="weeks", low=1, high=520, plausible=(4, 52), source="A-55",
                                 about="mean time of rescued people in a shelter")
    retrafficked: float = param(0.2, unit="share", low=0, high=1, plausible=(0.1, 0.3), source="A-55",
                                about="people leaving a shelter who are coerced again, where a site takes them")
    reoffending: float = param(0.3, unit="share", low=0, high=1, source="A-19",
                               about="released people who go back to their syndicate")


@record
class Laundering:
    """How fast proceeds leave and how fast freezes follow."""

    layers: int = param(2, unit="hubs", low=1, high=10, source="A-20", about="accounts the money passes through")
    dwell: float = param(2.0, unit="days per layer", low=0.05, high=60, source="A-20",
                         about="mean stay of money in one account")
    report_lag: float = param(7.0, unit="days", low=0, high=365, source="A-20", about="mean time until a victim reports")
    request_time: float = param(0.5, unit="days", low=0, high=365, source="A-20",
                                about="time of a domestic freezing request")
    domestic_coverage: float = param(0.5, unit="share at full controls", low=0, high=1, source="A-20",
                                     about="domestic freezing requests that are served")
    fee: float = param(0.1, unit="share", low=0, high=0.9, source="A-20", about="fee of those who move the money")
    control_weight: float = param(1.0, unit="exponent", low=0, high=5, source="A-20",
                                  about="how strongly laundering controls repel money")
    distance_scale: float = param(500.0, unit="km", low=1, high=1e5, source="A-20", about="distance that halves a flow")
    victims_first: float = param(0.9, unit="share", low=0, high=1, source="A-21",
                                 about="frozen money that goes back to victims; the rest goes to the freezing state")


@record
class Business:
    """The books of a site and its syndicate."""

    wage_factor: float = param(2.0, unit="multiples of the host's wage", low=0, high=50, source="A-22",
                               about="pay of a voluntary worker")
    subsistence: float = param(25.0, unit="USD per coerced worker-week", low=0, high=1000, source="A-22",
                               about="keep of a coerced worker")
    hosting: float = param(50.0, unit="USD per worker-week", low=0, high=5000, source="A-22", about="rent and lines")
    bribes: float = param(0.05, unit="share of revenue per unit of corruption", low=0, high=1, source="A-22",
                          about="payments for protection")
    hardening_cost: float = param(0.1, unit="share of revenue at full hardening", low=0, high=1, source="A-23",
                                  about="revenue given up for caution")
    site_capital: float = param(3000.0, unit="USD per worker place", low=0, high=1e6, source="A-22",
                                about="cost of setting up a site")
    captive_price: float = param(10000.0, unit="USD per person", low=0, high=1e6, plausible=(2000, 30000), source="A-56",
                                 about="paid to the syndicate that supplies a coerced worker")
    moving_cost: float = param(500.0, unit="USD per worker", low=0, high=1e5, source="A-22", about="cost of moving")
    cost_memory: float = param(0.9, unit="per week", low=0, high=0.999, source="A-22",
                               about="weight of past weeks in a syndicate's usual cost")
    buffer: float = param(8.0, unit="weeks of cost", low=0, high=104, source="A-22", about="cash kept before paying owners")
    dividends: float = param(0.9, unit="share", low=0, high=1, source="A-22", about="of cash above the buffer, paid weekly")


@record
class Learning:
    """What syndicates believe about raids."""

    memory: float = param(0.98, unit="per week", low=0.5, high=0.9999, source="Anwar & Loughran 2011; A-24",
                          about="weight kept by last week's evidence")
    prior_risk: float = param(0.003, unit="raids per week", low=0, high=1, source="A-24", about="belief without evidence")
    prior_weight: float = param(10.0, unit="operation-weeks", low=0.1, high=1000, source="A-24", about="strength of it")
    own_weight: float = param(1.0, unit="1", low=0, high=10, source="A-24", about="weight of a raid on an own site")
    tied_weight: float = param(0.5, unit="1", low=0, high=10, source="A-24", about="weight of a raid on a tied syndicate")
    public_weight: float = param(10.0, unit="operation-weeks", low=0, high=1000, source="A-24",
                                 about="weight of public news when it is all there is")
    announced_risk: float = param(0.02, unit="raids per week", low=0, high=1, source="A-25",
                                  about="risk read into an announced crackdown, before any raid")


@record
class Choice:
    """How an operation under review, or a newcomer, chooses."""

    rule: RuleName = param("nested logit", unit="kind", source="A-48 to A-51",
                           about="how options are turned into a choice; numbers of a rule stand in the group called as it is")
    review: float = param(0.04, unit="per week", low=0, high=1, plausible=(0.02, 0.1), source="A-26",
                          about="chance of a review in a quiet week")
    alarm: float = param(5.0, unit="multiple of review", low=1, high=100, source="A-26", about="reviews while alarmed")
    alarm_weeks: int = param(4, unit="weeks", low=0, high=52, source="A-26", about="length of an alarm")
    profit_weight: float = param(3.0, unit="per log profit", low=0, high=20, plausible=(1.0, 6.0), source="A-27",
                                 about="how much a site prefers profit")
    profit_reference: float = param(15000.0, unit="USD per week and 100 workers", low=1, high=1e9, source="A-27",
                                    about="a tenth of typical profit")
    risk_weight: float = param(3.0, unit="per expected loss", low=0, high=20, plausible=(1.0, 6.0), uncertain=True,
                               source="A-27; equal to the profit weight when risk-neutral",
                               about="how much it shuns raids")
    raid_loss: float = param(40.0, unit="weeks of profit", low=0, high=500, plausible=(15, 80), source="A-27",
                             about="what a raid costs")
    risk_cap: float = param(6.0, unit="expected losses", low=0.1, high=100, source="A-27",
                            about="risk beyond which more makes no difference")
    distance_weight: float = param(0.5, unit="1", low=0, high=10, source="A-28", about="how much it shuns far places")
    distance_scale: float = param(500.0, unit="km", low=1, high=1e5, source="A-28", about="distance that counts as far")
    experience_weight: float = param(0.25, unit="1", low=0, high=10, source="A-28",
                                     about="how much it prefers known ground")
    experience_scale: float = param(10.0, unit="weeks", low=0.1, high=1000, source="A-28",
                                    about="time until ground is known")
    experience_memory: float = param(0.995, unit="per week", low=0.5, high=1, source="A-28",
                                     about="weight kept by last week's experience")
    tie_weight: float = param(1.0, unit="1", low=0, high=10, source="Bernasco & Nieuwbeerta 2005; A-28",
                              about="pull of a place where it, a tie or its compatriots are")
    corruption_weight: float = param(1.0, unit="1", low=-10, high=10, source="A-28", about="pull of corruption")
    crowd_weight: float = param(0.15, unit="1", low=-10, high=10, source="A-28", about="appeal of places with many sites")
    report_risk: float = param(0.02, unit="raids per week", low=0, high=1, source="A-29",
                               about="risk read into victims' police who pass every report to the host")
    nest: float = param(0.6, unit="1", low=0.05, high=1, plausible=(0.3, 1.0), source="A-30",
                        about="dissimilarity of places within a region; 1 = plain logit")
    retarget: float = param(0.2, unit="share of reviews", low=0, high=1, source="A-31", about="stayers who choose targets anew")
    exit_share: float = param(0.07, unit="share of reviews", low=0.0001, high=0.5, source="A-31 (decisive)",
                              about="baseline share that closes")
    quiet_share: float = param(0.05, unit="share of reviews", low=0.0001, high=0.5, source="A-31 (decisive)",
                               about="baseline share that lies low")
    harden_share: float = param(0.02, unit="share of reviews", low=0.0001, high=0.5, source="A-31",
                                about="baseline share that hardens")
    switch_share: float = param(0.01, unit="share of reviews", low=0.0001, high=0.5, source="A-31",
                                about="baseline share that changes crime")
    stay_out: float = param(0.5, unit="share of potential entrants", low=0.01, high=0.99, plausible=(0.25, 0.75),
                            source="A-31 (decisive)", about="baseline share of potential entrants that stay out")
    outside_factor: float = param(1.0, unit="multiple", low=0.01, high=10, plausible=(0.5, 2.0), uncertain=True,
                                  scale="log", source="A-31 (decisive)",
                                  about="scales the closing and lying-low shares and the odds of staying out")
    quiet_weeks: float = param(2.5, unit="weeks", low=1, high=104, plausible=(1, 12), source="A-31, A-77",
                               about="mean length of a quiet spell where no raid is feared")
    quiet_response: float = param(1.0, unit="per expected loss", low=0, high=20, plausible=(0.0, 4.0), source="A-77",
                                  about="how much longer a quiet spell is, as a share, for each loss that is expected")
    quiet_risk: float = param(0.15, unit="share", low=0, high=1, source="A-31; as dormant visibility",
                              about="share of the raid risk felt while lying low")
    hardening_step: float = param(0.25, unit="1", low=0, high=1, source="A-32", about="rise of the tactic level")
    hardening_relief: float = param(0.5, unit="share of risk at full hardening", low=0, high=1, source="A-32",
                                    about="risk that full hardening spares")
    hardening_gain: float = param(1.0, unit="share of risk", low=0, high=5, plausible=(0.3, 2.0), source="A-32, A-78",
                                  about="risk relief an operation expects from hardening once more")


@record
class Demography:
    """How sites and syndicates grow, shrink and are replaced."""

    target_size: float = param(125.0, unit="workers", low=1, high=5000, source="A-33", about="median size a site aims at")
    size_spread: float = param(0.4, unit="standard deviation of the logarithm", low=0, high=2, source="A-33",
                               about="spread of the sizes aimed at")
    smallest: int = param(15, unit="workers", low=0, high=1000, source="A-33", about="a site below this dissolves")
    largest: int = param(200, unit="workers", low=1, high=10000, source="A-33", about="no site grows beyond this")
    recruitment: float = param(0.03, unit="per vacancy-week", low=0, high=1, source="Prieto-Curiel et al. 2023; A-33",
                               about="speed at which vacancies are filled")
    recruitment_floor: float = param(0.3, unit="share", low=0, high=1, source="A-33",
                                     about="recruitment of an empty site, as a share of a full one's")
    attrition: float = param(0.008, unit="per week", low=0, high=1, source="A-33", about="voluntary workers who leave")
    escape: float = param(0.004, unit="per week", low=0, high=1, source="A-33", about="coerced workers who get away")
    first_size: float = param(0.4, unit="share of the target size", low=0.01, high=1, source="A-33", about="of a new site")
    founding_size: float = param(0.72, unit="share of the target size", low=0.01, high=1, source="A-33",
                                 about="of a site at the start")
    founding_sites: int = param(2, unit="sites", low=1, high=100, source="A-34", about="sites of a founding syndicate")
    settling: float = param(1.0, unit="share of burn-in", low=0.05, high=1, source="A-45",
                            about="time over which class constants and entry settle; then they are frozen")
    branch: float = param(0.8, unit="share of entrants", low=0, high=1, source="A-34",
                          about="entrants that are branches of a living syndicate")
    ties: int = param(2, unit="syndicates", low=0, high=2, source="A-34", about="ties a syndicate forms at birth")
    coerced_distance: float = param(1500.0, unit="km", low=1, high=1e5, source="A-6",
                                    about="distance over which coerced recruitment falls by a factor e")
    coerced_passed_on: float = param(0.5, unit="share", low=0, high=1, source="A-35",
                                     about="coerced workers handed to another site when theirs closes")
    supply_distance: float = param(1000.0, unit="km", low=1, high=1e5, plausible=(300, 3000), source="A-56",
                                   about="distance over which the supply of coerced workers falls by a factor e")
    supply_half: float = param(20.0, unit="captives in reach", low=0.001, high=1e6, plausible=(5, 100), source="A-56",
                               about="captives next door at which suppliers provide half of what is asked of them")
    supply_direct: float = param(0.5, unit="share", low=0, high=1, plausible=(0.2, 1.0), source="A-56",
                                 about="of what suppliers cannot provide, coerced directly, in a world with such a crime")
    splitting: float = param(0.0, unit="per week", low=0, high=1, plausible=(0.0, 0.01), source="A-57",
                             about="chance that a large syndicate splits; 0 = never")
    split_sites: int = param(4, unit="sites", low=2, high=1000, source="A-57", about="a smaller syndicate does not split")


@record
class Costs:
    """What police work and cooperation cost (USD)."""

    officers: float = param(8.0, unit="officers per team", low=1, high=100, source="A-36",
                            about="police officers in a team")
    pay: float = param(1.5, unit="GDP per head a year and officer", low=0, high=20, plausible=(0.75, 3.0), source="A-36",
                       about="pay and overhead of an officer")
    equipment: float = param(3000.0, unit="USD a year and officer", low=0, high=1e6, source="A-36",
                             about="equipment of an officer")
    running: float = param(500.0, unit="USD a team-week", low=1, high=1e6, source="A-36",
                           about="running cost of a team")
    liaison: float = param(150000.0, unit="USD a year and member", low=0, high=1e7, plausible=(80000, 300000),
                           source="A-37", about="a liaison officer abroad")
    report_fee: float = param(10.0, unit="USD per report passed on", low=0, high=1e4, plausible=(2, 50), source="A-37",
                              about="handling of a report passed on")
    joint_share: float = param(0.25, unit="share of the raids", low=0, high=5, source="A-37",
                               about="planning overhead of a joint operation across borders")
    joint_country: float = param(50000.0, unit="USD per joint operation and further country", low=0, high=1e7,
                                 source="A-37", about="overhead of each country that takes part")
    detention: float = param(1.0, unit="GDP per head a person-year", low=0, high=20, source="A-38",
                             about="cost of holding a person")
    capacity: float = param(2.0, unit="years of team budget per unit of odds", low=0, high=100, source="A-39",
                            about="price of stronger institutions")
    vetting: float = param(1.0, unit="team budgets a year at full vetting", low=0, high=100, source="A-39",
                           about="price of vetting")
    campaign: float = param(0.10, unit="USD per person reached a year", low=0, high=10, plausible=(0.02, 0.5), source="A-40",
                            about="price of reaching a person")
    friction: float = param(0.0005, unit="share of online persons' GDP at full friction", low=0, high=1, source="A-40",
                            about="private cost of delayed payments")
    request: float = param(5000.0, unit="USD per case", low=0, high=1e6, plausible=(1000, 20000), source="A-52",
                           about="a formal request for legal assistance: ordinary police cost of the victim's country")
    transfer: float = param(5000.0, unit="USD per extradited person", low=0, high=1e6, source="A-37",
                            about="escort and procedure")
    recovery: float = param(0.1, unit="share of what is passed over", low=0, high=1, source="A-37",
                            about="proceedings to recover seized assets, paid by the victims' state")
    drafting: float = param(500000.0, unit="USD a year", low=0, high=1e9, source="A-64",
                            about="drafting a law and training those who apply it")
    courts: float = param(0.1, unit="team budgets a year at a full law", low=0, high=10, source="A-64",
                          about="prosecutors and courts that apply a stronger law")
    borders: float = param(2.0, unit="team budgets a year when every crossing is stopped", low=0, high=100,
                           source="A-65", about="officers at the border")
    waiting: float = param(0.001, unit="share of GDP when every crossing is stopped", low=0, high=1, source="A-65",
                           about="private cost of travellers' waiting time")
    blocking: float = param(0.02, unit="USD per online person a year at full coverage", low=0, high=10, source="A-66",
                            about="finding and listing what is blocked")
    overblocking: float = param(0.0002, unit="share of online persons' GDP at full coverage", low=0, high=1,
                                source="A-66", about="private cost of what is blocked by mistake")
    production: float = param(0.3, unit="share of a campaign's price", low=0, high=1, plausible=(0.1, 0.5),
                              source="A-67", about="making a campaign, the rest is spreading it")
    diversion: float = param(0.5, unit="share per unit of the host's corruption", low=0, high=1, plausible=(0.2, 0.8),
                             source="A-69", about="money for teams abroad that does not reach them")
    freezing: float = param(200.0, unit="USD per million USD frozen", low=0, high=1e6, source="A-37",
                            about="handling of frozen accounts")


@record
class Trust:
    """How governments that decide about their contributions come to trust each other; without politics it is idle."""

    first: float = param(1.0, unit="share", low=0, high=1, plausible=(0.5, 1.0), source="A-71",
                         about="trust with which a coalition begins; multiplies what channels pass")
    rise: float = param(0.1, unit="share of what is missing, per period", low=0, high=1, plausible=(0.05, 0.2),
                        source="A-71", about="gained by whoever contributes at least the mean")
    fall: float = param(0.3, unit="share, per period", low=0, high=1, plausible=(0.1, 0.6), source="A-71",
                        about="lost by whoever betrays or defects")
    defection: float = param(0.5, unit="share of the mean contribution", low=0, high=1, plausible=(0.25, 0.75),
                             source="A-71", about="contribution below which a member counts as a defector")
    exposed: float = param(0.1, unit="share of leaks", low=1e-6, high=1, plausible=(0.02, 0.5), source="A-72",
                           about="leaks of which it comes out through whom")


@record
class HarmPrices:
    """What counts as how much harm (USD)."""

    coerced_week: float = param(500.0, unit="USD per coerced person-week", low=0, high=1e6, plausible=(100, 2000),
                                source="A-41 (decisive)", about="price of a week in coerced work")
    sales: float = param(0.5, unit="USD per USD of drugs sold", low=0, high=100, plausible=(0.0, 2.0), source="A-41 (decisive)",
                         about="harm of drugs sold")
    victimisation: float = param(0.0, unit="USD per victimisation", low=0, high=1e6, plausible=(0, 1000), source="A-41 (decisive)",
                                 about="beyond the money lost")


@record
class Parameters:
    """All groups of numbers of the model."""

    offending: Offending = field(default_factory=Offending)
    intelligence: Intelligence = field(default_factory=Intelligence)
    enforcement: Enforcement = field(default_factory=Enforcement)
    laundering: Laundering = field(default_factory=Laundering)
    business: Business = field(default_factory=Business)
    learning: Learning = field(default_factory=Learning)
    choice: Choice = field(default_factory=Choice)
    best_response: BestResponse = field(default_factory=BestResponse)
    salience: Salience = field(default_factory=Salience)
    satisficing: Satisficing = field(default_factory=Satisficing)
    subjective_utility: SubjectiveUtility = field(default_factory=SubjectiveUtility)
    demography: Demography = field(default_factory=Demography)
    costs: Costs = field(default_factory=Costs)
    trust: Trust = field(default_factory=Trust)
    harm: HarmPrices = field(default_factory=HarmPrices)

    @property
    def weighing(self) -> Weighing:
        """Return the numbers that the rule of choice comes down to."""
        name = self.choice.rule
        rule = getattr(self, group_of(name), None) or CHOICE_RULES[name]()
        return rule.weighing(self.choice.nest)


def parameter_table() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (path, declaration) for every number of the model, crime traits as `crimes.*.name`."""
    for group in fields(Parameters):
        for name, facts in declared(group.default_factory).items():  # type: ignore[arg-type]
            yield f"parameters.{group.name}.{name}", facts
    for name, facts in declared(CrimeType).items():
        yield f"crimes.*.{name}", facts
