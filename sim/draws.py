"""Addressed luck: a number belongs to a question, a week and an entity, whatever was drawn before.

The generator is Philox 4x32-10 (Salmon et al. 2011). Counter = (entity low, entity high, week,
question * 2**16 + draw), key = the 64-bit seed. Counts are drawn by inverting their distribution function, so that
they rise with their uniform number and coupled worlds move together.
"""

import math
from enum import IntEnum

import numpy as np

from sim.compiled import inlined, kernel


class Draw(IntEnum):
    """The questions that chance answers; the number is part of every address and is never reused.

    A kernel takes a member as it is. Python calls one with `int(Draw.…)`: Numba looks at every member of an enumeration
    at each call, about a tenth of a millisecond.
    """

    BIRTH = 1
    FOUND = 2
    CONTACT = 3
    PERSON = 4
    CAUTION = 5
    REPEAT = 6
    REPEAT_PERSON = 7
    DETECT = 8
    COLD = 9
    TIP_OFF = 10
    RAID = 11
    ARREST = 12
    RESCUE = 13
    SWEEP = 14
    REVIEW = 15
    NEST = 16
    PLACE = 17
    CLASS = 18
    RETARGET = 19
    TARGET = 20
    QUIET = 21
    RECRUIT = 22
    COERCED = 23
    ATTRITION = 24
    ESCAPE = 25
    RELEASE = 26
    REOFFEND = 27
    ENTRANTS = 28
    BRANCH = 30
    SIZE = 31
    WORKFORCE = 32
    PASS_ON = 33
    CRIME = 34
    EXTRADITE = 35
    SOURCE = 36
    TRAVEL = 45
    HANDED_OVER = 46
    MISIDENTIFIED = 47
    SHELTER = 48
    RETRAFFICKED = 49
    SUPPLY = 50
    SUPPLIER = 51
    DIRECT = 52
    SPLIT = 53
    SPLIT_SITE = 54
    BORDER = 55
    LEAK = 58
    BREACH = 59
    WOULD_HAVE = 60
    PERMUTATION = 61


LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MULTIPLIER_A = np.uint64(0xD2511F53)
MULTIPLIER_B = np.uint64(0xCD9E8D57)
STEP_A = np.uint64(0x9E3779B9)
STEP_B = np.uint64(0xBB67AE85)
WORD = 2.0**-32
DOUBLE = 2.0**-53
ELEVEN = np.uint64(11)
SIXTEEN = np.uint64(16)
FEW_TRIALS = 500  # up to this many the chance of none is a number above zero
CHUNK = 32.0  # largest mean that one Poisson number is drawn for at once


def _philox(c0, c1, c2, c3, k0, k1):
    """Return four 32-bit words (as uint64) for a counter of four and a key of two 32-bit words."""
    for _ in range(10):
        a = MULTIPLIER_A * c0
        b = MULTIPLIER_B * c2
        c0, c1, c2, c3 = (b >> HALF) ^ c1 ^ k0, b & LOW, (a >> HALF) ^ c3 ^ k1, a & LOW
        k0 = (k0 + STEP_A) & LOW
        k1 = (k1 + STEP_B) & LOW
    return c0, c1, c2, c3


philox = kernel(_philox)
_philox_inlined = kernel(_philox, inline="always")  # only so does the processor take several at once


@kernel
def words(seed, question, week, entity, draw):
    """Return the four 32-bit words (as uint64) at an address."""
    address = (np.uint64(question) << SIXTEEN) | (np.uint64(draw) & np.uint64(0xFFFF))
    return philox(entity & LOW, entity >> HALF, np.uint64(week) & LOW, address, seed & LOW, seed >> HALF)


@kernel
def all_words(seed, question, week, entities, draws, into):
    """Fill the four words at each of n addresses, rows of [4, n]; the processor works on several at once."""
    address, first, second, third, fourth = np.uint64(question) << SIXTEEN, into[0], into[1], into[2], into[3]
    for i in range(len(entities)):
        first[i], second[i], third[i], fourth[i] = _philox_inlined(
            entities[i] & LOW, entities[i] >> HALF, np.uint64(week) & LOW,
            address | (np.uint64(draws[i]) & np.uint64(0xFFFF)), seed & LOW, seed >> HALF,
        )  # fmt: skip


@kernel
def joined(high, low):
    """Return a number in (0, 1) with 53 bits from two words."""
    return (float(((high << HALF) | low) >> ELEVEN) + 0.5) * DOUBLE


@kernel
def unit(word):
    """Return a number in (0, 1) from one word."""
    return (float(word) + 0.5) * WORD


@kernel
def uniform(seed, question, week, entity, draw):
    """Return the number in (0, 1) at an address."""
    w = words(seed, question, week, entity, draw)
    return joined(w[0], w[1])


@kernel
def gumbel(seed, question, week, entity, option):
    """Return standard Gumbel noise for one option; it depends on the option's key, not on its place in a list."""
    w = words(seed, question, week, entity ^ option, 0)
    return -math.log(-math.log(joined(w[0], w[1])))


@kernel
def born(parent, week, question, ordinal, seed):
    """Return the 64-bit address of a newborn from its parent, week and ordinal: never from a global counter."""
    w = words(seed, question, week, parent, ordinal)
    return (w[0] << HALF) | w[1]


@kernel
def poisson(mean, seed, question, week, entity, draw):
    """Return a Poisson number by inversion; a large mean is a sum of parts, each with its own address."""
    parts = max(1, math.ceil(mean / CHUNK))
    rate = mean / parts
    total = 0
    for part in range(parts):
        u = uniform(seed, question, week, entity, draw + part)
        probability = math.exp(-rate)
        cumulative = probability
        count = 0
        while u > cumulative and count < 1000:
            count += 1
            probability *= rate / count
            cumulative += probability
        total += count
    return total


@kernel
def binomial(trials, chance, u):
    """Return a binomial number by inversion of the uniform number u."""
    if chance <= 0.0 or trials <= 0:
        return 0
    if chance >= 1.0:
        return trials
    mirrored = chance > 0.5
    p = 1.0 - chance if mirrored else chance
    v = 1.0 - u if mirrored else u
    odds = p / (1.0 - p)
    # Many trials begin twelve standard deviations below the mean: what lies below is less than 1e-30.
    count = max(0, int(trials * p - 12.0 * math.sqrt(trials * p * (1.0 - p)))) if trials > FEW_TRIALS else 0
    probability = trials * math.log1p(-p) + count * math.log(odds)
    probability += math.lgamma(trials + 1.0) - math.lgamma(count + 1.0) - math.lgamma(trials - count + 1.0)
    probability = math.exp(probability)
    cumulative = probability
    while v > cumulative and count < trials:
        probability *= odds * (trials - count) / (count + 1)
        count += 1
        cumulative += probability
    return trials - count if mirrored else count


@kernel
def geometric(chance, u):
    """Return the number of weeks (at least one) until an event of this weekly chance."""
    if chance >= 1.0:
        return 1
    return 1 + int(math.log(u) / math.log1p(-chance))


TAIL = 0.02425  # on both sides of the normal distribution
LOW_TAIL, HIGH_TAIL = np.uint32(TAIL / WORD - 0.5), np.uint32((1.0 - TAIL) / WORD - 0.5)  # last and first word


@inlined
def _in_the_middle(u):
    q = u - 0.5
    r = q * q
    return (
        (((((-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02) * r
           + 1.383577518672690e02) * r - 3.066479806614716e01) * r + 2.506628277459239e00) * q
    ) / (
        ((((-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02) * r
          + 6.680131188771972e01) * r - 1.328068155288572e01) * r + 1.0
    )  # fmt: skip


@kernel
def normal(u):
    """Return the standard normal quantile (Acklam's rational approximation, relative error below 1.2e-9)."""
    if u < TAIL or u > 1.0 - TAIL:
        q = math.sqrt(-2.0 * math.log(u if u < 0.5 else 1.0 - u))
        tail = (
            ((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e00) * q
              - 2.549732539343734e00) * q + 4.374664141464968e00) * q + 2.938163982698783e00
        ) / (
            (((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e00) * q
             + 3.754408661907416e00) * q + 1.0
        )  # fmt: skip
        return tail if u < 0.5 else -tail
    return _in_the_middle(u)


@kernel
def normals(words, z):
    """Fill the standard normal numbers of 32-bit words: all as if in the middle, several at once, then the tails."""
    for i in range(len(words)):
        z[i] = _in_the_middle((float(words[i]) + 0.5) * WORD)
    for i in range(len(words)):
        if words[i] <= LOW_TAIL or words[i] > HIGH_TAIL:
            z[i] = normal(unit(words[i]))
