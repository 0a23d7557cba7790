"""The floor: only the work that no engine could leave out, done for the very weeks that the engine has run.

For each operation-week an addressed number that decides on a review and one turned into a Poisson count; for each
victimisation four addressed words, the class of the person and the person in it, a lognormal loss, a row of the table
of persons and an entry of a list; for each review the exponentials of its options and an addressed number for each.
The inputs are counts recorded from the engine's run. Both are taken in turn, week by week.
"""

import math
import time
from typing import Any

import numpy as np

from benchmarks.worlds import mekong  # the suite has put the repository on the path
from sim.compiled import allocating, inlined
from sim.draws import Draw, all_words, gumbel, joined, normals, poisson, uniform
from sim.phases.offend import BLOCK, class_at, look_up, lost, person_at
from sim.setting import CLASSES
from sim.state import identity_of, note_loss
from sim.week import advance, start


@inlined
def a_review(seed, week, address, keys, worth, tops):
    """Return the option with the largest noise: an exponential and an addressed number for each."""
    best, chosen, total = -math.inf, 0, 0.0
    for j in range(len(keys)):
        total += math.exp(worth[j])
        noise = worth[j] + gumbel(seed, Draw.PLACE, week, address, keys[j])
        if noise > best:
            best, chosen = noise, j
    tops[0] += total
    return chosen


@allocating
def least_work(seed, week, addresses, means, counts, reviews, keys, worth, chances, online, table, listed, tops):
    """Do a week's unavoidable work; return the rows of the table that were free before, and the victims."""
    steps = np.cumsum(chances)
    words, z, entities = np.empty((4, BLOCK), np.uint32), np.empty(BLOCK), np.empty(BLOCK, np.uint64)
    draws, persons, rows = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint64)
    site, drawn, victims, new, chosen = 0, 0, 0, 0, 0
    for s in range(len(addresses)):
        chosen += uniform(seed, Draw.REVIEW, week, addresses[s], 0) < 0.5
        chosen += poisson(means[s], seed, Draw.CONTACT, week, addresses[s], 0)
    for r in range(reviews):
        chosen += a_review(seed, week, addresses[r % len(addresses)], keys, worth, tops)
    tops[1] += chosen
    while site < len(addresses):
        n = 0
        while site < len(addresses) and n < BLOCK:
            if drawn < counts[site]:
                entities[n], draws[n] = addresses[site], drawn
                drawn += 1
                n += 1
            else:
                site, drawn = site + 1, 0
        all_words(seed, Draw.PERSON, week, entities[:n], draws, words)
        normals(words[2, :n], z)
        for i in range(n):
            mass = joined(np.uint64(words[0, i]), np.uint64(words[1, i])) * steps[CLASSES - 1]
            persons[i] = identity_of(0, person_at(mass, class_at(mass, steps), steps, online, chances))
            tops[2] += lost(z[i], 500.0, 1.5, 1e6)
        look_up(table, persons[:n], rows)
        for i in range(n):
            tops[3] += np.float64(rows[i] == 0)
            new += note_loss(table, persons[i], week)
            listed[victims] = persons[i]
            victims += 1
    return new, victims


def against_the_floor(scale: float, burn_in: int, weeks: int) -> dict[str, Any]:
    """Return seconds of the engine and of the floor for the same weeks of the main world, and their ratio."""
    state, setting = start(mekong(scale), 1)
    for _ in range(burn_in):
        advance(state, setting)
    table, tops = state.persons.copy(), np.zeros(4)
    listed = np.zeros(state.lists.person.shape[1] * 2, np.uint64)
    engine, floor, victimisations = [], [], 0
    for week in range(weeks):
        reviewed = state.reviewed[0].sum()
        began = time.perf_counter()
        advance(state, setting)
        engine.append(time.perf_counter() - began)
        here = (state.sites.status == 1) & (state.sites.hits > 0)
        inputs = (
            setting.seed, state.week, state.sites.address[here], state.sites.hits[here].astype(float),
            state.sites.hits[here], int(state.reviewed[0].sum() - reviewed), setting.land.key,
            np.linspace(-2.0, 0.0, len(setting.land.key)), setting.traits.chances[0],
            int(setting.land.persons.max()), table, listed, tops,
        )  # fmt: skip
        if week == 0:
            least_work(*inputs[:-3], table.copy(), listed, tops)  # loads the compiled code
        began = time.perf_counter()
        _, victims = least_work(*inputs)
        floor.append(time.perf_counter() - began)
        victimisations += victims
    return {
        "scale": scale, "weeks": weeks, "victimisations": victimisations, "engine_seconds": sum(engine),
        "floor_seconds": sum(floor), "ratio": float(np.median(engine) / np.median(floor)),
    }  # fmt: skip
