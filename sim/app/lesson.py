"""The lesson "The balloon": its world on a map of hexagons, its levers, its scenes and what a teacher should know."""

from typing import Any

import sim
from sim.app.levers import LONGEST_DELAY, world_of
from sim.app.presets import ORDER, PRESETS, squeeze, together

# Neighbours on the map are 500 km apart in the model (axial coordinates of the hexagons; `r` grows downwards).
HEXAGONS = {
    "varda": (1, 0), "orlen": (2, 0), "tess": (1, -1), "mira": (2, -1),
    "kelbor": (0, 0), "sanvi": (0, -1), "brond": (-1, 1), "ivarre": (-1, 0),
    "lumet": (0, 1), "dorvil": (-1, 2), "quenna": (1, 1), "nerrit": (0, 2),
}  # fmt: skip
TRADES = {"online_fraud": "call scams", "drugs": "parcels"}
ALONE = squeeze()
TOGETHER = together(4)
SEED = 7

LEVERS: list[dict[str, Any]] = [
    {
        "id": "pressure", "label": "Pressure", "unit": "share of the money", "min": 0.0, "max": 1.0, "step": 0.1,
        "default": 0.0, "about": "How much of the yearly sum is spent on more police. All who act share one sum.",
    },
    {
        "id": "partners", "label": "Partners", "unit": "countries", "min": 0, "max": 11, "step": 1, "default": 0,
        "order": list(ORDER),
        "about": "How many countries act with Varda. They share the same sum, so that each has less.",
    },
    {
        "id": "sharing", "label": "Information sharing", "unit": "share of reports", "min": 0.0, "max": 1.0,
        "step": 0.1, "default": 0.0,
        "about": "How many of the reports of one partner's victims reach the police of the others. It costs money too.",
    },
    {
        "id": "delay", "label": "Delay", "unit": "weeks", "min": 0, "max": LONGEST_DELAY, "step": 13, "default": 0,
        "about": "How long it takes from the agreement until the partners act. Until then Varda acts alone.",
    },
]  # fmt: skip
ALL_LEVERS = [lever["id"] for lever in LEVERS]

SCENES: list[dict[str, Any]] = [
    {
        "id": "meet", "title": "Meet the world",
        "text": "Twelve imagined countries. Every dot is an operation: some run call scams, some send parcels. They "
                "open, rest, close, and now and then one moves. Nobody does anything special yet.",
        "action": "Press Play and watch for a year.",
        "notice": "The counts change although no policy does. That is luck.",
        "does": "play", "levers": [], "focus": "a", "a": [], "b": [], "covered": False,
    },
    {
        "id": "drag", "title": "Stay or move?",
        "text": "Now and then an operation thinks again. It weighs what it can earn, the pressure of the police, and "
                "the trouble of moving.",
        "action": "Drag a dot from Varda to another country.",
        "notice": "Which of the reasons keeps most of them where they are?",
        "does": "drag", "levers": [], "focus": "a", "a": [], "b": [], "covered": False,
    },
    {
        "id": "squeeze", "title": "Squeeze Varda",
        "text": "Varda pays for more police. More operations there are found and raided, and the others hear of it.",
        "action": "Push Pressure up and press Play.",
        "notice": "Count the dots in Varda. How many were stopped, and how many went elsewhere?",
        "does": "squeeze", "levers": ["pressure"], "focus": "a", "a": [], "b": [], "covered": False,
    },
    {
        "id": "guess", "title": "And the whole world?",
        "text": "Varda has kept its pressure up and has fewer operations now. What has become of the harm in all "
                "twelve countries together?",
        "action": "Guess: it falls, it only moves, or it rises. Then reveal.",
        "notice": "Look at Varda alone, then at the total. Which of them would you report?",
        "does": "guess", "levers": ["pressure"], "focus": "a", "a": ALONE, "b": [], "covered": True,
    },
    {
        "id": "dice", "title": "Same dice, two policies",
        "text": "Both worlds have the same luck. In A Varda acts alone. In B five countries share the same money, and "
                "tell each other what their victims report.",
        "action": "Play both, then try 20 seeds.",
        "notice": "One run can mislead. In how many of the seeds does B end lower?",
        "does": "compare", "levers": ["partners", "sharing"], "focus": "both", "a": ALONE, "b": TOGETHER,
        "covered": False,
    },
    {
        "id": "pays", "title": "Who pays?",
        "text": "In both worlds five countries agreed to share the cost. In B Kelbor skips its share: it pays nothing "
                "and is told nothing. Its four partners go on.",
        "action": "Play, then compare what Kelbor pays and what its people lose.",
        "notice": "What would you say to Kelbor, and to the four who paid?",
        "does": "skip", "levers": ["pressure", "sharing"], "focus": "both", "a": TOGETHER,
        "b": together(4, skips=["kelbor"]), "covered": False,
    },
    {
        "id": "sandbox", "title": "Your own policy",
        "text": "All levers are yours, in both worlds. Choose a setting from the list or make your own. In some "
                "of them acting together changes nothing, comes too late, or does harm.",
        "action": "Change one lever at a time, and try 20 seeds before you conclude.",
        "notice": "What would have to be true of a real place before you used this there?",
        "does": "free", "levers": ALL_LEVERS, "focus": "both", "a": ALONE, "b": TOGETHER, "covered": False,
    },
]  # fmt: skip

# Numbers are those of `sim.app.presets` and of 20 seeds of scenes four and six.
TEACHER_NOTES: list[dict[str, str]] = [
    {
        "title": "Guesses are not marked",
        "text": "In the model Varda alone lowers the harm of five years by two per cent in the middle of 20 seeds, "
                "while its own operations fall by more than half: much of what leaves Varda works elsewhere. Which "
                "answer is right depends on where one looks.",
    },
    {
        "title": "Where acting together helps", "preset": "everybody",
        "text": "With all twelve the total is lower in 20 of 20 seeds, by eleven per cent in the middle; with four "
                "partners, as in scene five, also in 20 of 20, by two and a half. With four, most of it is that the "
                "same money goes further in five countries than in one: without any sharing it is still two per cent.",
    },
    {
        "title": "Where it comes too late", "preset": "too-late",
        "text": "All twelve need three and a half years to begin. After five years the total is lower by one per "
                "cent, not by eleven. Ask what has happened in the meantime, and who has paid for it.",
    },
    {
        "title": "Where it makes no difference", "preset": "no-difference",
        "text": "Most operations sit in Varda. What four partners pass on is worth about as much as is lost by "
                "spending money where few operations are: B ends lower in 11 of 20 seeds, as a coin might.",
    },
    {
        "title": "Where it does harm", "preset": "backfires",
        "text": "Most operations sit in Varda, and the police of all others can be bought. B ends higher in 20 of "
                "20 seeds, by three per cent in the middle: acting together takes money from where the operations "
                "are, and what is shared leaks.",
    },
    {
        "title": "Who skips its share",
        "text": "In scene six Kelbor pays nothing and is told nothing. It saves its share; the total is higher in "
                "17 of 20 seeds, by one per cent in the middle, and most of that falls on people elsewhere. Let the "
                "class find words for it that blame nobody: others might choose the same.",
    },
    {
        "title": "What harm means here",
        "text": "Money that people are expected to lose to call scams, a price for every week of coerced work, and "
                "a price for parcels sold. The last two are judgements, and other judgements are possible.",
    },
    {
        "title": "What the model does not show",
        "text": "All numbers are invented and no country stands for a real one. Why people take part, poverty, "
                "prevention, help for victims, mistakes by the police and the rights of suspects are hardly in it. "
                "It knows no elections and no quarrels between governments unless you play them. It predicts "
                "nothing.",
    },
    {
        "title": "Some pupils may know more than you think",
        "text": "Scams and coerced work touch families. Whoever is coerced is a victim in this model and should be "
                "one in class. Show no pictures of victims, name no school, town or group, and say where help is "
                "found.",
    },
]  # fmt: skip


def lesson() -> dict[str, Any]:
    """Return all that the page of the lesson needs to know."""
    world = world_of("balloon")
    countries = [
        {
            "code": one.code,
            "name": one.name,
            "region": one.region,
            "q": HEXAGONS[one.code][0],
            "r": HEXAGONS[one.code][1],
        }
        for one in world.countries
    ]
    return {
        "world": {
            "countries": countries,
            "trades": [{"id": crime, "name": TRADES[crime]} for crime in world.crimes],
        },
        "levers": LEVERS,
        "presets": [
            {
                "id": name, "label": one.label, "about": one.about, "actor": one.actor, "order": list(one.order),
                "usd_per_year": one.usd_per_year, "a": one.a, "b": one.b,
            }
            for name, one in PRESETS.items()
        ],
        "scenes": [{"preset": "balloon", "seed": SEED, **scene} for scene in SCENES],
        "teacher_notes": TEACHER_NOTES,
        "weeks": world.clock.weeks,
        "version": sim.__version__,
    }  # fmt: skip
