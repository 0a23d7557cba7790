"""The columns of a running world, and the laws no phase may break: money and people are conserved."""

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from sim.compiled import kernel
from sim.instruments import Orders

if TYPE_CHECKING:
    from sim.phases.shadow import Shadow

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Addresses = npt.NDArray[np.uint64]


class Status(IntEnum):
    """What a site is doing."""

    EMPTY = 0
    ACTIVE = 1
    QUIET = 2


class Money(IntEnum):
    """Accounts of the money ledger kept for each country (cents)."""

    OUTSIDE = 0  # the only source: opening balances
    TREASURY = 1  # the only other account that may go into debt
    VICTIMS = 2
    CONSUMERS = 3
    EMPLOYERS = 4
    OWNERS = 5
    WORKERS = 6
    LAUNDERERS = 7
    ESCROW = 8
    BRIBED = 9
    LANDLORDS = 10
    SUPPLIERS = 11
    WRITTEN_OFF = 12
    SEIZED = 13
    POLICE = 14
    COALITION = 15
    DIVERTED = 16  # of aid, on its way to teams abroad


class People(IntEnum):
    """Accounts of the people ledger kept for each nationality (persons)."""

    FREE = 0
    TRANSFERRED = 1  # detained at home after extradition, in the last part of the sentence
    TRANSFERRED_EARLY = 2  # the same, with a part still to come


class Between(IntEnum):
    """Accounts of the people ledger kept for each pair of nationality and country of stay (persons)."""

    HELD = 0  # detained with no syndicate to return to, in the last part of the sentence
    HELD_EARLY = 1
    ASKED = 2  # detained, extradition requested
    ASKED_EARLY = 3
    GRANTED = 4  # detained, extradition granted
    GRANTED_EARLY = 5
    SHELTER = 6  # rescued from coerced work


class Happened(IntEnum):
    """Entries of the diary: cumulative counts by crime and host country."""

    ENTRIES = 0
    CLOSURES = 1
    QUIET_SPELLS = 2
    RETURNS = 3
    HARDENINGS = 4
    RETARGETS = 5
    CASES = 6
    RAIDS = 7
    RAIDS_SUCCESSFUL = 8
    TIP_OFFS = 9
    ARRESTS = 10
    RESCUED = 11
    SEIZED_CENTS = 12
    ESCAPES = 13
    MISIDENTIFIED = 14
    RETRAFFICKED = 15
    SUPPLIED = 16  # coerced workers bought, where they are used
    SUPPLIED_FROM = 17  # the same, where they come from
    SPLITS = 18


class Reviewed(IntEnum):
    """Sums over the sites that reviewed, by host: what the mechanical leakage is computed from."""

    REVIEWS = 0
    STAY = 1
    MOVE = 2
    SWITCH = 3
    QUIET = 4
    HARDEN = 5
    EXIT = 6
    RISK = 7


class Sites(NamedTuple):
    """One row for each operation: a site run by a syndicate, the unit that moves [S]."""

    address: Addresses
    status: Integers
    host: Integers
    target: Integers
    crime: Integers
    workforce: Integers
    syndicate: Integers
    source: Integers  # nationality of its coerced workers
    aim: Floats  # size it grows towards (workers)
    tactic: Floats  # hardening, 0-1
    idle_until: Integers  # closed for moving or rebuilding before this week
    quiet_until: Integers
    alarm_until: Integers
    alerted: Integers  # raided or warned: reviews as soon as it can
    uprooted: Integers  # lost its place: the next move costs no more than staying
    leads: Floats
    requested: Floats  # leads under formal request, with the victim's authorities
    transmitted: Floats  # the same, with the host's authorities
    case: Integers  # a case is open
    takings: Integers  # proceeds of this week (cents)
    hits: Integers  # victims of this week
    reports: Integers  # reports of this week
    complaints: Floats  # attributable reports by residents of its host, forgotten slowly
    found: Floats  # cases opened on it where it is now, forgotten slowly
    watch: Floats  # patrol it gets this week, against the mean of its crime and host


class Syndicates(NamedTuple):
    """One row for each syndicate [G], some of its columns by country [G, C]."""

    address: Addresses
    alive: Integers
    home: Integers
    workforce: Integers
    crime: Integers
    born: Integers
    ties: Integers  # [G, 2], -1 = none
    sites: Integers
    costs: Floats  # smoothed weekly cost (cents)
    presence: Integers  # sites in each country [G, C]
    experience: Floats  # weeks in each country, forgotten slowly [G, C]
    hits: Floats  # evidence of raids, forgotten [G, C]
    weeks: Floats  # evidence of quiet weeks, forgotten [G, C]
    struck: Integers  # raids suffered this week [G, C]
    alarm_until: Integers  # all its sites are alarmed before this week


class Seen(Protocol):
    """What expectations are formed from, as columns of a state: what is public, and the tables priced from it."""

    orders: Orders | None
    awareness: Floats
    crowding: Floats
    count: Integers
    public_hits: Floats
    public_weeks: Floats
    appeal: Floats
    place_value: Floats
    profit: Floats


class Books(NamedTuple):
    """Balances of one ledger in one array: accounts by country first, then the regions that follow."""

    balance: Integers
    countries: int
    first: int  # where the first region starts
    second: int
    third: int


PARTS = 2  # of a sentence, at most
PEOPLE_KINDS = len(People)


@kernel
def held_at(people, g, parts, country):
    """Return the account of a syndicate's detained in a country, by the parts of the sentence still to come."""
    return people.first + g * (PARTS * people.countries + 1) + parts * people.countries + country


@kernel
def travelling(people, g):
    """Return the account of a syndicate's members who have been deported and are on their way back to it."""
    return people.first + g * (PARTS * people.countries + 1) + PARTS * people.countries


@kernel
def between(people, kind, nationality, country):
    """Return an account of people of a nationality in a country."""
    return (PEOPLE_KINDS + kind * people.countries + nationality) * people.countries + country


def room_for_people(countries: int, syndicates: int, sites: int) -> Books:
    """Return an empty people ledger with room for this many syndicates and sites."""
    kinds = len(People) + len(Between) * countries
    return new_books(kinds, countries, syndicates * (PARTS * countries + 1), sites, sites)


@kernel
def post(balance, source, sink, amount):
    """Move an amount from one account to another: the only way anything is moved."""
    balance[source] -= amount
    balance[sink] += amount


class VictimLists(NamedTuple):
    """Whom each syndicate has victimised, one page a week, pages reused after they expire."""

    person: Addresses  # [weeks, hits]
    start: Integers  # first entry of each syndicate on a page [weeks, G + 1]
    week: Integers  # week written on each page [weeks]


@dataclass
class State:
    """Everything that changes from week to week."""

    week: int
    sites: Sites
    syndicates: Syndicates
    leads_due: Floats  # leads in transit, by weeks until they arrive [S, D]
    money: Books  # regions: transit [G], cash [G], capital [S]
    people: Books  # regions: detained and travelling [G, PARTS C + 1], voluntary [S], coerced [S]
    persons: Addresses  # table of those who have lost something: everybody else costs nothing (see `slot_of`)
    known_victims: Integers  # entries used in `persons` [1]
    lists: VictimLists
    awareness: Floats  # [K, C]
    crowding: Floats  # contacts per online person, smoothed [K, C]
    force: Floats  # all teams, surge included [C]
    attention: Floats  # teams on patrol by crime [K, C]
    count: Integers  # sites at the start of the week [K, C]
    debt: Floats  # team-weeks owed to raids already made [C]
    complaints: Floats  # reports by residents, forgotten slowly [K, C]
    found: Floats  # cases opened, forgotten slowly [K, C]
    filed: Floats  # harm a week (USD) that the files of these cases show, and their number [2, K, C]
    urgency: Floats  # factor on leads by which open cases are put in order [K, C]
    public_hits: Floats  # [K, C]
    public_weeks: Floats  # [K, C]
    raided_before: Integers  # successful raids up to last week [K, C]
    news: Floats  # raids of last week per site, public from this week on [K, C]
    struck_before: Integers  # raids on each syndicate last week, known to its ties from this week on [G, C]
    constants: Floats  # class constants by crime: move, switch, quiet, harden, exit [K, 5]
    entry: Floats  # potential entrants a week, reference value by workforce [K, 1 + H]
    appeal: Floats  # utility of each target [K, H, host, target]
    place_value: Floats  # log-sum of appeal [K, H, host]
    profit: Floats  # expected USD a week and 100 workers [K, H, host, target]
    hits: Integers  # victims so far [K, host, target]
    taken: Integers  # cents so far [K, host, target]
    expected: Floats  # expected USD so far [K, host, target]
    captive_weeks: Integers  # coerced person-weeks so far [K, host, nationality]
    reports: Integers  # reports so far [K, C]
    reports_before: Integers  # reports up to last week [K, C]
    reported: Integers  # cents reported so far [K, C]
    passed: Floats  # reports passed on so far [C]
    requests: Floats  # cases sent by formal request so far [C]
    casework: Floats  # their cost since last week, ordinary police cost (USD) [C]
    recovered: Integers  # cents returned to victims so far [C]
    diary: Integers  # counts so far [Happened, K, C]
    exits_before: Floats  # summed exit probabilities up to last week [K]
    moves: Integers  # [K before, origin, K after, destination], this period
    spent: Floats  # public spending so far: all, programme, private (USD) [3, C]
    due: Floats  # variable programme cost since last week (USD) [C]
    pot: Floats  # programme money left over (USD) [1]
    reviewed: Floats  # sums over reviewing sites so far [Reviewed, K, C]
    moved: Floats  # summed probabilities of moving, so far [origin, destination]
    entering: Floats  # summed probabilities of entry so far [C], and potential entrants [1 + C]
    contributions: Floats  # share of the agreed cooperation that each government gives [C]
    bound: Integers  # 1 where a treaty in force binds a government [C]
    trust: Floats  # of each government in each other: share of a channel that is used [giver, receiver]
    leaks: Integers  # leaks that came out this period [who shared the case, through whom it leaked]
    views: Floats  # what governments believe of their harm and what changes it (USD a period; `sim.politics`) [C, 4]
    doubts: Floats  # how unsure they are of it [C, 4, 4]
    recorded_before: Floats  # losses on record when the period began (USD) [C]
    orders: Orders | None = None  # what is in force this week
    shadow: "Shadow | None" = None  # what would be believed without the policy; None = nobody asks

    @property
    def voluntary(self) -> Integers:
        """Return voluntary workers by site [S] (a view of the people ledger)."""
        return self.people.balance[self.people.second : self.people.third]

    @property
    def coerced(self) -> Integers:
        """Return coerced workers by site [S] (a view of the people ledger)."""
        return self.people.balance[self.people.third :]

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return every array of the state under the name the week's table uses."""
        found: dict[str, npt.NDArray[Any]] = {}
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                found[name] = value
            elif isinstance(value, tuple):
                fields = value._asdict().items()  # type: ignore[attr-defined]
                found |= {f"{name}.{column}": a for column, a in fields if isinstance(a, np.ndarray)}
        return found

    def reserve(self, sites: int, victims: int) -> None:
        """Make room for this many more sites (and as many syndicates) and this many more victims."""
        if sites > 0 and int((self.sites.status == Status.EMPTY).sum()) < sites:
            self._more_sites(max(sites, len(self.sites.status) // 2))
        if sites > 0 and int((self.syndicates.alive == 0).sum()) < sites:
            self._more_syndicates(max(sites, len(self.syndicates.alive) // 2))
        if victims > self.lists.person.shape[1]:
            pages = np.zeros((len(self.lists.week), int(victims * 1.3)), dtype=np.uint64)
            pages[:, : self.lists.person.shape[1]] = self.lists.person
            self.lists = self.lists._replace(person=pages)
        while (int(self.known_victims[0]) + victims) > 0.8 * len(self.persons):
            self.persons = _rehash(self.persons, 2 * len(self.persons))

    def _more_sites(self, extra: int) -> None:
        self.sites = Sites(*(_longer(column, extra) for column in self.sites))
        self.leads_due = _longer(self.leads_due, extra)
        self.money = _widened(self.money, third=extra)
        self.people = _widened(self.people, second=extra, third=extra)

    def _more_syndicates(self, extra: int) -> None:
        self.syndicates = Syndicates(*(_longer(column, extra) for column in self.syndicates))
        self.struck_before = _longer(self.struck_before, extra)
        countries = self.people.countries
        self.money = _widened(self.money, first=extra, second=extra)
        self.people = _widened(self.people, first=extra * (PARTS * countries + 1))
        last = self.lists.start[:, -1:]
        self.lists = self.lists._replace(start=np.hstack([self.lists.start, np.repeat(last, extra, axis=1)]))


def _longer(column: npt.NDArray[Any], extra: int) -> npt.NDArray[Any]:
    return np.concatenate([column, np.zeros((extra, *column.shape[1:]), dtype=column.dtype)])


def _widened(books: Books, first: int = 0, second: int = 0, third: int = 0) -> Books:
    """Return the ledger with longer regions; the balances keep their owners."""
    parts = np.split(books.balance, [books.first, books.second, books.third])
    longer = [
        parts[0],
        *(_longer(part, extra) for part, extra in zip(parts[1:], (first, second, third), strict=True)),
    ]
    starts = np.cumsum([len(part) for part in longer])
    return Books(np.concatenate(longer), books.countries, int(starts[0]), int(starts[1]), int(starts[2]))


def new_books(kinds: int, countries: int, first: int, second: int, third: int) -> Books:
    """Return an empty ledger: `kinds` accounts for each country and three regions of the given lengths."""
    start = kinds * countries
    size = start + first + second + third
    return Books(np.zeros(size, dtype=np.int64), countries, start, start + first, start + first + second)


# A row of the table of persons is one 64-bit word, so that a look-up touches one line of memory:
# identity + 1 (43 bits: country, then number) | week of the last loss (13 bits) | times (8 bits, saturating). 0 = free.
NUMBER_BITS = np.uint64(34)
NUMBER_MASK = np.uint64(2**34 - 1)
IDENTITY_SHIFT = np.uint64(21)
WEEK_SHIFT = np.uint64(8)
WEEK_MASK = np.uint64(2**13 - 1)
TIMES_MASK = np.uint64(2**8 - 1)
MIX = np.uint64(0x9E3779B1)
FOLD = np.uint64(23)
HALF_WORD = np.uint64(32)
WORD_MASK = np.uint64(0xFFFFFFFF)
ONE = np.uint64(1)
ZERO = np.uint64(0)


@kernel
def identity_of(country, number):
    """Return the 43-bit identity of a person of a country."""
    return (np.uint64(country) << NUMBER_BITS) + np.uint64(number) + ONE


@kernel
def first_slot(rows, identity):
    """Return where the search for a person begins: leading bits of a product, so that growing keeps the order."""
    folded = (identity ^ (identity >> FOLD)) & WORD_MASK
    return np.int64((((folded * MIX) & WORD_MASK) * np.uint64(rows)) >> HALF_WORD)


@kernel
def slot_of(table, identity):
    """Return the slot that holds a person, or the free slot where the person belongs (open addressing)."""
    slot = first_slot(len(table), identity)
    while table[slot] != ZERO and (table[slot] >> IDENTITY_SHIFT) != identity:
        slot = (slot + 1) & (len(table) - 1)
    return slot


@kernel
def last_loss(row):
    """Return the week of the last loss written in a row."""
    return np.int64((row >> WEEK_SHIFT) & WEEK_MASK)


@kernel
def note_loss(table, identity, week):
    """Write a loss into a person's row; return 1 when the person was untouched before."""
    slot = slot_of(table, identity)
    times = table[slot] & TIMES_MASK
    untouched = table[slot] == ZERO
    times = min(times + ONE, TIMES_MASK)
    table[slot] = (identity << IDENTITY_SHIFT) | (np.uint64(week) << WEEK_SHIFT) | times
    return 1 if untouched else 0


@kernel
def _refill(old, new):
    for i in range(len(old)):
        if old[i] != ZERO:
            new[slot_of(new, old[i] >> IDENTITY_SHIFT)] = old[i]


def _rehash(persons: Addresses, slots: int) -> Addresses:
    fresh = np.zeros(slots, dtype=np.uint64)
    _refill(persons, fresh)
    return fresh


class LedgerBroken(AssertionError):
    """Money or people appeared, vanished or went below zero: the run stops."""


def audit(state: State, money_total: int, people_total: int) -> None:
    """Stop the run when a ledger does not add up to its opening total or an account is overdrawn."""
    checks = (
        ("money", state.money, money_total, 2 * state.money.countries, Money),
        ("people", state.people, people_total, 0, People),
    )
    for name, books, total, free, accounts in checks:
        found = int(books.balance.sum())
        if found != total:
            raise LedgerBroken(f"week {state.week}: the {name} ledger sums to {found}, not {total}")
        if int(books.balance[free:].min()) < 0:
            place = int(books.balance[free:].argmin()) + free
            kind = place // books.countries
            whose = accounts(kind).name.lower() if kind < len(accounts) else "a group of people, a syndicate or a site"
            raise LedgerBroken(
                f"week {state.week} (burn-in included): account {place} of the {name} ledger is overdrawn ({whose})"
            )
