"""Complete scenarios: what the short form means, that nothing is lost, and what can be set."""

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.declare import UnknownName
from sim.instruments import INSTRUMENTS
from sim.scenario import (
    Scenario,
    ScenarioError,
    catalogue,
    digest,
    dump,
    find,
    load,
    load_experiment,
    loads,
    names,
)
from sim.scenario.experiments import Experiment
from sim.world import codes, country, members, table

CHILD = "name: x\nextends: two-countries\n"
EXPERIMENTS = names("experiments")
MEKONG_ARMS = [
    "no change", "host alone", "victims' country alone", "copycat", "same-tactic control", "bilateral",
    "coordinated", "coordinated with joint operations", "coordinated with two holdouts", "coordinated late",
]  # fmt: skip


@pytest.fixture(scope="module")
def classroom() -> Scenario:
    return load("two-countries")


@pytest.fixture(scope="module")
def mekong() -> Experiment:
    return load_experiment("mekong")


# ------------------------------------------------------------------------------------------ shipped files


@pytest.mark.parametrize("name", names())
def test_a_shipped_scenario_survives_being_written_and_read(name: str) -> None:
    scenario = load(name)
    assert scenario.name == name
    again = loads(dump(scenario))
    assert again == scenario
    assert digest(again) == digest(scenario)
    assert dump(again) == dump(scenario)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_arm_of_a_shipped_experiment_survives_being_written_and_read(name: str) -> None:
    experiment = load_experiment(name)
    assert experiment.name == name
    assert experiment.baseline in experiment.arms
    for arm in experiment.arms.values():
        assert loads(dump(arm.scenario)) == arm.scenario


@pytest.mark.parametrize("name", names())
def test_a_shipped_scenario_builds_its_world(name: str) -> None:
    scenario = load(name)
    world = scenario.build_world()
    assert world.codes == scenario.world.codes
    assert scenario.about
    assert all(founder.source for founder in scenario.founders)


def test_imagined_countries_bear_no_real_name() -> None:
    rows = table("countries")
    real = {row[key].casefold() for row in rows for key in ("name", "capital", "region", "subregion")}
    imagined = [here for name in names() for here in load(name).world.imagined]
    assert imagined
    assert not {word.casefold() for here in imagined for word in (here.name, here.code, here.region)} & real


def test_the_mekong_experiment_has_its_ten_arms_and_one_budget(mekong: Experiment) -> None:
    assert list(mekong.arms) == MEKONG_ARMS
    budgets = [arm.scenario.budget for arm in mekong.arms.values()]
    assert budgets[0] is None
    assert {(b.usd_per_year, b.start, b.end) for b in budgets[1:] if b} == {(1.0e7, 26, None)}
    assert [c.name for c in mekong.contrasts][:2] == [
        "coordination effect",
        "coordination effect with joint operations",
    ]


def test_equal_teams_are_equal_in_all_arms() -> None:
    experiment = load_experiment("mekong-equal-teams")
    budgets = [arm.scenario.budget for arm in experiment.arms.values()]
    assert list(experiment.arms) == MEKONG_ARMS
    assert {(b.usd_per_year, b.teams) for b in budgets[1:] if b} == {(None, 139.0)}


def test_the_whole_world_is_all_countries() -> None:
    assert load("whole-world").world.codes == codes()


def test_the_catalogue_lists_all_shipped_files() -> None:
    listed = [(entry.shelf, entry.name) for entry in catalogue()]
    assert listed == [("scenarios", n) for n in names()] + [("experiments", n) for n in EXPERIMENTS]
    assert {entry.status for entry in catalogue()} <= {"imagined", "stylised"}
    assert all(entry.about for entry in catalogue())


def test_find_knows_the_nearest_name() -> None:
    assert find("two-countries").is_file()
    with pytest.raises(UnknownName, match="did you mean 'two-countries'"):
        find("two-contries")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("policy.crackdwn.start", "there is no path 'policy.crackdwn' (did you mean 'policy.crackdown'?)"),
        ("policy.joint operations.vettng", "there is no path 'policy.1.vettng' (did you mean 'policy.1.vetting'?)"),
        ("scael", "there is no path 'scael' (did you mean 'scale'?)"),
    ],
)
def test_a_lost_path_is_told_of_the_arm_in_which_it_leads_furthest(path: str, told: str) -> None:
    experiment = load_experiment("two-countries")
    together = experiment.arms["both together"].scenario
    arms = {
        "both": replace(experiment.arms["both together"], scenario=replace(together, policy=together.policy[::2])),
        "no change": experiment.arms["no change"],
    }
    with pytest.raises(UnknownName) as lost:
        replace(experiment, arms=arms, baseline="no change").set({path: 1})
    assert str(lost.value) == told


# ------------------------------------------------------------------------------------- the order of a file


def regional(turn: int) -> str:
    """Return one scenario as a text whose lists begin elsewhere."""

    def turned(*items: str) -> list[str]:
        return [*items[turn:], *items[:turn]]

    founders = turned(
        "{country: KHM, crime: drugs, workers: 90}",
        "{country: KHM, crime: drugs, workers: 180}",
        "{country: VNM, crime: online_fraud, workers: 90}",
    )
    workforces = turned(
        "{name: one, home: KHM, share: 0.5, languages: {Khmer: 1.0}}",
        "{name: two, home: VNM, share: 0.5, languages: {Vietnamese: 1.0}}",
    )
    crackdown = f"{{instrument: crackdown, members: [{', '.join(turned('THA', 'KHM', 'VNM'))}]}}"
    return "\n".join(
        [
            "name: regional",
            f"world: {{countries: [{', '.join(turned('KHM', 'THA', 'VNM'))}]}}",
            f"crimes: [{', '.join(turned('drugs', 'online_fraud'))}]",
            "founders:",
            *(f"  - {row}" for row in founders),
            "workforces:",
            *(f"  - {row}" for row in workforces),
            f"policy:\n  - {crackdown}",
        ]
    )


def test_the_order_of_countries_founders_and_members_means_nothing() -> None:
    first, second = loads(regional(0)), loads(regional(1))
    assert dump(first) == dump(second)
    assert digest(first) == digest(second)
    np.testing.assert_array_equal(first.build_world().distance, second.build_world().distance)


# ----------------------------------------------------------------------------------------- the short form


def test_what_is_not_written_is_as_declared(classroom: Scenario) -> None:
    assert classroom.clock.burn_in == 156
    assert classroom.parameters.choice.review == 0.04
    assert classroom.crimes["online_fraud"].contacts == 300


def test_a_child_merges_mappings_and_replaces_lists() -> None:
    parent = load("two-countries")
    child = loads("name: child\nextends: two-countries\nparameters: {choice: {review: 0.1}}\nfounders: []\n")
    assert child.parameters.choice.review == 0.1
    assert child.parameters.choice.nest == parent.parameters.choice.nest
    assert child.founders == ()
    assert child.world == parent.world
    assert (child.name, child.about) == ("child", "")


def test_a_child_that_chooses_countries_drops_its_parents_choice() -> None:
    text = "name: x\nextends: mekong-baseline\nfounders: []\nworld: {all: true}\n"
    assert loads(text).world.codes == codes()


def test_a_file_builds_on_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "parent.yaml").write_text("name: p\nextends: two-countries\nscale: 0.5\n", encoding="utf-8")
    (tmp_path / "child.yaml").write_text("name: c\nextends: below/parent.yaml\nclock: {weeks: 52}\n", encoding="utf-8")
    child = load(tmp_path / "child.yaml")
    assert (child.scale, child.clock.weeks) == (0.5, 52)
    assert load(str(tmp_path / "child.yaml")) == child


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ("{body: ASEAN}", members("ASEAN")),
        ("{region: Northern Africa}", ("DZA", "EGY", "LBY", "MAR", "SDN", "TUN")),
        ("{countries: [THA, KHM]}", ("KHM", "THA")),
    ],
)
def test_countries_are_chosen_by_list_region_or_body(choice: str, chosen: tuple[str, ...]) -> None:
    home = chosen[0]
    workforce = f"{{name: a, home: {home}, share: 1, languages: {{English: 1}}}}"
    text = f"name: x\nworld: {choice}\ncrimes: [drugs]\nworkforces: [{workforce}]\n"
    scenario = loads(text)
    assert scenario.world.codes == chosen
    assert scenario.world.bodies == (("ASEAN",) if "body" in choice else ())


def test_overrides_replace_traits_and_keep_their_source() -> None:
    text = (
        "name: x\nworld:\n  countries: [KHM, THA]\n"
        "  override: {KHM: {teams: 8, languages: [Khmer], source: a survey}}\n"
        "crimes: [drugs]\nworkforces: [{name: a, home: KHM, share: 1, languages: {Khmer: 1}}]\n"
    )
    scenario = loads(text)
    cambodia = next(here for here in scenario.countries if here.code == "KHM")
    assert (cambodia.teams, cambodia.languages, cambodia.sources["teams"]) == (8.0, ("Khmer",), "a survey")
    assert cambodia.institutions == country("KHM").institutions
    assert loads(dump(scenario)) == scenario
    assert loads(text.replace("teams: 8,", "teams: 8.0,")) == scenario


def test_distances_borders_and_migration_replace_the_tables() -> None:
    world = loads(
        "name: x\nextends: two-countries\nworld:\n  distances: [{between: [varda, orlen], km: 42}]\n"
        "  borders: [[varda, orlen]]\n  migration: [{origin: varda, destination: orlen, persons: 1000}]\n"
    ).build_world()
    assert world.distance[0, 1] == 42
    assert world.border[0, 1]
    assert world.diaspora.max() > 0


def test_members_may_be_regions_bodies_or_all() -> None:
    ring = "name: x\nextends: twelve-countries\npolicy:\n  - {instrument: crackdown, members: [Hills, kelbor]}\n"
    assert loads(ring).policy[0].members == ("kelbor", "mira", "orlen", "tess", "varda")
    region = "name: x\nextends: mekong-baseline\npolicy:\n  - {instrument: crackdown, members: ASEAN}\n"
    scenario = loads(region)
    assert scenario.policy[0].members == tuple(c for c in scenario.world.codes if c in members("ASEAN"))
    everyone = loads(region.replace("ASEAN", "all"))
    assert everyone.policy[0].members == everyone.world.codes


def test_a_budget_starts_with_the_first_instrument_unless_it_says_otherwise() -> None:
    text = CHILD + "budget: {teams: 5}\npolicy:\n  - {instrument: crackdown, members: all, start: 39}\n"
    budget = loads(text).budget
    assert budget is not None
    assert budget.start == 39
    stated = loads(text.replace("teams: 5", "teams: 5, start: 3")).budget
    assert stated is not None
    assert stated.start == 3
    assert [stated.runs(week) for week in (2, 3)] == [False, True]


def test_a_new_crime_type_is_a_row_of_traits(classroom: Scenario) -> None:
    lines = dump(classroom).split("\n")
    first = lines.index("  online_fraud:")
    last = lines.index("workforces:")
    traits = "\n".join(line.replace("online_fraud", "parcel_fraud") for line in lines[first:last])
    text = f"name: x\nextends: two-countries\nfounders: []\ncrimes:\n{traits}\n"
    assert set(loads(text).crimes) == {"parcel_fraud"}


@pytest.mark.battery
@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_instrument_can_be_written_and_read(name: str) -> None:
    text = CHILD + f"policy:\n  - {{instrument: {name}, members: [varda, orlen], start: 3}}\n"
    scenario = loads(text)
    assert type(scenario.policy[0]) is INSTRUMENTS[name]
    assert loads(dump(scenario)) == scenario


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn")), max_size=300)


@settings(max_examples=40)
@given(about=WORDS, key=WORDS.filter(bool))
def test_any_words_survive_being_written_and_read(about: str, key: str) -> None:
    scenario = load("two-countries").set({"about": about, "sources": {key: about}} if key != "<<" else {})
    assert loads(dump(scenario)) == scenario


@pytest.mark.parametrize(
    "word",
    ["NO", "yes", "1e7", "1_0", "007", "null", "~", "true", "1:30", "- a", "a: b", "# a", "", " a ", "a\nb"],
)
def test_words_that_look_like_something_else_survive(classroom: Scenario, word: str) -> None:
    scenario = classroom.set({"about": word})
    assert loads(dump(scenario)).about == word


# ------------------------------------------------------------------------------------------------ setting


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("scale", 0.5), ("clock.weeks", 104), ("parameters.choice.review", 0.1),
        ("crimes.online_fraud.contacts", 200.0), ("world.imagined.varda.teams", 10.0),
        ("world.imagined.0.teams", 10.0), ("founders.orlen.workers", 90),
        ("workforces.callers.languages.English", 0.5),
    ],
)  # fmt: skip
def test_a_path_leads_to_a_value(classroom: Scenario, path: str, value: float) -> None:
    changed = classroom.set({path: value})
    assert changed != classroom
    assert changed.set({path: value}) == changed


def test_a_star_means_each(classroom: Scenario) -> None:
    both = loads("name: x\nextends: two-countries\ncrimes: [online_fraud, drugs]\n")
    changed = both.set({"crimes.*.crowding_elasticity": 0.1, "world.imagined.*.teams": 3})
    assert {kind.crowding_elasticity for kind in changed.crimes.values()} == {0.1}
    assert {here.teams for here in changed.world.imagined} == {3.0}


def test_instruments_are_called_by_name_or_place(mekong: Experiment) -> None:
    scenario = mekong.arms["coordinated"].scenario
    for path in ("policy.intelligence sharing.delay", "policy.1.delay"):
        assert scenario.set({path: 9}).policy[1].longest_delay() == 9


def test_a_country_can_be_overridden_by_a_path() -> None:
    scenario = load("mekong-baseline").set({"world.override.CHN": {"teams": 8, "source": "a test"}})
    assert next(here.teams for here in scenario.countries if here.code == "CHN") == 8


def test_a_budget_can_be_given_by_a_path(classroom: Scenario) -> None:
    budget = classroom.set({"budget.usd_per_year": 1e6}).budget
    assert budget is not None
    assert budget.usd_per_year == 1e6


@pytest.mark.parametrize(
    "path",
    [
        "scael",
        "parameters.choice.revue",
        "policy.0.start",
        "crimes.drugs.contacts",
        "world.imagined.vadra.teams",
        "scale.x",
    ],
)
def test_a_path_that_leads_nowhere_is_refused(classroom: Scenario, path: str) -> None:
    with pytest.raises(UnknownName):
        classroom.set({path: 1})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("scale", 2),
        ("scale", "half"),
        ("clock.weeks", 1.5),
        ("founders.varda.crime", "drugs"),
        ("workforces.callers.share", 0.9),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused(classroom: Scenario, path: str, value: object) -> None:
    with pytest.raises(ScenarioError, match="two-countries: "):
        classroom.set({path: value})


def test_scenarios_do_not_change(classroom: Scenario) -> None:
    with pytest.raises(AttributeError):
        classroom.scale = 0.5  # type: ignore[misc]


def test_errors_and_scenarios_travel_between_processes(classroom: Scenario) -> None:
    assert pickle.loads(pickle.dumps(classroom)) == classroom
    with pytest.raises(ScenarioError) as refusal:
        classroom.set({"scale": 2})
    assert str(pickle.loads(pickle.dumps(refusal.value))) == str(refusal.value)


# -------------------------------------------------------------------------------------------- experiments


def small(arms: str, more: str = "") -> Experiment:
    from sim.scenario import loads_experiment

    return loads_experiment(f"name: x\nscenario: two-countries\n{more}arms:\n  no change: {{}}\n{arms}")


def test_a_scenario_is_an_experiment_of_one_arm(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        "name: x\nextends: two-countries\npolicy:\n  - {instrument: crackdown, members: [varda]}\n",
        encoding="utf-8",
    )
    experiment = load_experiment(path)
    assert list(experiment.arms) == ["x"] == [experiment.baseline]
    assert experiment.arms["x"].scenario == load(path)
    assert experiment.arms["x"].treated == ("varda",)
    assert experiment.window == (0, 520)


def test_arms_are_differences_and_may_build_on_each_other() -> None:
    experiment = small(
        "  one:\n    budget: {teams: 3}\n"
        "    policy:\n      - {instrument: crackdown, members: [varda], start: 13}\n"
        "  two:\n    extends: one\n    label: Both\n"
        "    policy:\n      - {instrument: crackdown, members: all}\n"
        "    set: {parameters.choice.review: 0.1}\n"
    )
    one, two = experiment.arms["one"], experiment.arms["two"]
    assert (one.label, two.label) == ("one", "Both")
    assert (one.treated, two.treated) == (("varda",), ("orlen", "varda"))
    assert two.scenario.budget is not None
    assert two.scenario.budget.teams == 3
    assert two.scenario.parameters.choice.review == 0.1
    assert one.scenario.set({"policy": [], "budget": None}) == load("two-countries")


def test_the_treated_area_can_be_stated_for_all_arms_or_one() -> None:
    experiment = small("  one: {treated: [orlen]}\n", "treated: [varda]\n")
    assert [arm.treated for arm in experiment.arms.values()] == [("varda",), ("orlen",)]


def test_replicates_draw_what_is_declared_uncertain_and_not_fixed() -> None:
    drawn = {one.path for one in small("").uncertain}
    assert {"parameters.intelligence.attribution", "crimes.*.crowding_elasticity"} <= drawn
    set_by_an_arm = {one.path for one in small("  one: {set: {parameters.intelligence.attribution: 0.1}}\n").uncertain}
    assert drawn - set_by_an_arm == {"parameters.intelligence.attribution"}
    assert "parameters.intelligence.attribution" not in {
        one.path for one in load_experiment("no-attribution").uncertain
    }


def test_a_study_says_what_its_replicates_draw() -> None:
    assert small("", "uncertain: []\n").uncertain == ()
    (listed,) = small("", "uncertain: [parameters.choice.review]\n").uncertain
    assert (listed.low, listed.high) == (0.02, 0.1)
    (ranged,) = small("", "uncertain: {crimes.online_fraud.contacts: [250, 350]}\n").uncertain
    assert (ranged.path, ranged.low, ranged.high, ranged.scale) == (
        "crimes.online_fraud.contacts",
        250,
        350,
        "linear",
    )


def test_settings_of_an_experiment_reach_every_arm(mekong: Experiment) -> None:
    quick = mekong.set(
        {
            "clock.weeks": 104,
            "replicates": 2,
            "policy.crackdown.start": 39,
            "parameters.choice.risk_weight": 2,
        }
    )
    assert {arm.scenario.clock.weeks for arm in quick.arms.values()} == {104}
    assert (quick.replicates, quick.window) == (2, (26, 104))
    assert quick.arms["copycat"].scenario.policy[0].start == 39
    assert quick.arms["no change"].scenario.policy == ()
    assert "parameters.choice.risk_weight" not in {one.path for one in quick.uncertain}
    with pytest.raises(UnknownName):
        mekong.set({"policy.crackdwn.start": 1})
    with pytest.raises(ScenarioError):
        mekong.set({"replicates": 0})


# ---------------------------------------------------------------------------------------------- importing


def test_reading_scenarios_imports_nothing_heavy() -> None:
    heavy = ["mesa", "matplotlib", "pandas", "scipy.stats", "numba", "networkx", "pyarrow"]
    load_one = "import sys, sim.scenario; sim.scenario.load('two-countries')"
    ask = f"{load_one}; print([m for m in {heavy} if m in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert answer.stdout.strip() == "[]"
