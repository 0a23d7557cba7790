// Folds frames into what is shown: pure functions of (start, frames, week). Countries are numbers in the lesson's order.
// An operation is {site, host, trade, status, slot}; `slot` is its seat among the dots of its country.
export const MONTH = 52 / 12; // weeks
export const FADE = 52; // weeks for which a move is drawn
export const WORK = 0;
export const QUIET = 1;
export const CLOSED = 2;

export const monthOf = (week) => Math.floor(week / MONTH + 1e-9);
export const weekOf = (month) => Math.ceil(month * MONTH - 1e-9);

const seated = (taken, host) => {
  let slot = 0;
  while (taken[host]?.has(slot)) slot += 1;
  (taken[host] ??= new Set()).add(slot);
  return slot;
};

// The operations when `week` weeks have passed, and what has happened to them on the way.
export function worldAt(start, frames, which, week) {
  const operations = new Map();
  const taken = [];
  const moves = [];
  const happened = { opened: 0, stopped: 0, moved: 0, quiet: 0, trade: 0 };
  const change = ([site, host, trade, status], at) => {
    const old = operations.get(site);
    if (old && (status === CLOSED || old.host !== host)) taken[old.host].delete(old.slot);
    if (status === CLOSED) {
      operations.delete(site);
      happened.stopped += 1;
      return;
    }
    const slot = old && old.host === host ? old.slot : seated(taken, host);
    operations.set(site, { site, host, trade, status, slot });
    if (at === 0) return;
    if (!old) happened.opened += 1;
    else {
      if (old.host !== host) {
        moves.push({ site, from: old.host, to: host, week: at });
        happened.moved += 1;
      }
      if (old.trade !== trade) happened.trade += 1;
      if (old.status === WORK && status === QUIET) happened.quiet += 1;
    }
  };
  for (const row of start[which]) change(row, 0);
  const last = Math.min(week, frames.length);
  for (let at = 0; at < last; at += 1) for (const row of frames[at][which].c) change(row, at + 1);
  return { week: last, operations, moves, happened };
}

// By country: at work, quiet, and at work by trade.
export function countsOf(world, countries, trades) {
  const counts = Array.from({ length: countries }, () => ({ work: 0, quiet: 0, trades: Array(trades).fill(0) }));
  for (const { host, trade, status } of world.operations.values()) {
    if (status === QUIET) counts[host].quiet += 1;
    else {
      counts[host].work += 1;
      counts[host].trades[trade] += 1;
    }
  }
  return counts;
}

// Moves of the last FADE weeks, joined by where they went: {from, to, count, age of the latest, in weeks}.
export function arrowsOf(world) {
  const found = new Map();
  for (const { from, to, week } of world.moves) {
    const age = world.week - week;
    if (age >= FADE) continue;
    const key = `${from}>${to}`;
    const old = found.get(key);
    found.set(key, { from, to, count: (old?.count ?? 0) + 1, age: Math.min(age, old?.age ?? age) });
  }
  return [...found.values()];
}

// What has become of the operations that were in a country at week `since`. Each is counted once, in this order:
// stopped, moved, quiet, changed trade, still there.
export function ledgerOf(start, frames, which, country, since, week) {
  const then = [...worldAt(start, frames, which, since).operations.values()].filter((one) => one.host === country);
  const now = worldAt(start, frames, which, Math.max(since, week)).operations;
  const found = { total: then.length, there: 0, trade: 0, quiet: 0, stopped: 0, moved: 0, active: 0, countries: new Map() };
  for (const old of then) {
    const one = now.get(old.site);
    if (!one) found.stopped += 1;
    else if (one.host !== country) {
      found.moved += 1;
      found.active += one.status === WORK;
      found.countries.set(one.host, (found.countries.get(one.host) ?? 0) + 1);
    } else if (one.status === QUIET) found.quiet += 1;
    else if (one.trade !== old.trade) found.trade += 1;
    else found.there += 1;
  }
  return found;
}

// A number of each frame, added up: [at week 0, 1, ... week]. `of` gives the number of a frame.
export function running(frames, which, week, of) {
  const sums = [0];
  const last = Math.min(week, frames.length);
  for (let at = 0; at < last; at += 1) sums.push(sums[at] + of(frames[at][which]));
  return sums;
}

export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const allHarm = (frame) => sum(frame.h);

// Running totals by week -> what was added in each whole month (between two weeks, in proportion).
export function byMonth(sums) {
  const at = (week) => {
    const low = Math.min(Math.floor(week + 1e-9), sums.length - 1);
    const high = Math.min(low + 1, sums.length - 1);
    return sums[low] + (sums[high] - sums[low]) * (week - low);
  };
  return Array.from({ length: monthOf(sums.length - 1) }, (_, month) => at((month + 1) * MONTH) - at(month * MONTH));
}

// The sum of a number over the weeks from `since` to before `week`, by country.
export function byCountry(frames, which, key, since, week) {
  const found = [];
  for (let at = since; at < Math.min(week, frames.length); at += 1) frames[at][which][key].forEach((value, country) => (found[country] = (found[country] ?? 0) + value));
  return found;
}

// Operations at work in a country after each month from 0 on.
export function workByMonth(start, frames, which, country, week) {
  const found = [];
  const here = new Map();
  const change = ([site, host, , status]) => here.set(site, host === country && status === WORK);
  const count = () => [...here.values()].filter(Boolean).length;
  start[which].forEach(change);
  let month = 0;
  for (let at = 0; at <= Math.min(week, frames.length); at += 1) {
    if (at > 0) frames[at - 1][which].c.forEach(change);
    while (month <= monthOf(at)) {
      found.push(count());
      month += 1;
    }
  }
  return found;
}

// ---- timelines -----------------------------------------------------------------------------------------

export const UNSET = { pressure: 0, partners: [], sharing: 0, delay: 0, skips: [] };

// How the levers stand in a week; before the first entry of a timeline: as planned there.
export function leversAt(timeline, week) {
  const first = timeline[0]?.week ?? 0;
  return timeline.filter((entry) => entry.week <= Math.max(week, first)).reduce((now, entry) => ({ ...now, ...entry }), UNSET);
}

// The week from which a lever that is moved now holds: what has not begun is planned anew.
export const holdsFrom = (timeline, week) => Math.max(week, timeline[0]?.week ?? 0);

// A timeline in which a lever is moved: it holds from then on, whatever was planned for it later.
export function moved(timeline, week, lever, value) {
  const from = holdsFrom(timeline, week);
  const kept = timeline.map((entry) => {
    if (entry.week < from || !(lever in entry)) return entry;
    const { [lever]: _, ...others } = entry;
    return others;
  });
  const at = kept.find((entry) => entry.week === from);
  const all = at ? kept.map((entry) => (entry === at ? { ...at, [lever]: value } : entry)) : [...kept, { week: from, [lever]: value }];
  return all.filter((entry) => Object.keys(entry).length > 1).sort((one, other) => one.week - other.week);
}

// The first week in which somebody presses, in either world; null when nobody ever does.
export function squeezeOf(...timelines) {
  const weeks = timelines.flatMap((timeline) => timeline.filter((entry) => entry.pressure > 0).slice(0, 1).map((entry) => entry.week));
  return weeks.length ? Math.min(...weeks) : null;
}

// Who acts in a week, in order: [] when nobody presses; those who skip or do not act yet are left out.
export function actingIn(timeline, actor, week) {
  const now = timeline.filter((entry) => entry.week <= week).reduce((all, entry) => ({ ...all, ...entry }), UNSET);
  if (now.pressure <= 0) return [];
  let agreed = null;
  let partners = [];
  for (const entry of timeline.filter((one) => one.week <= week)) {
    const before = partners.length;
    partners = entry.partners ?? partners;
    if (partners.length && !before) agreed = entry.week;
  }
  const together = now.partners.length > 0 && week >= agreed + now.delay;
  return [actor, ...(together ? now.partners : [])].filter((code) => code === actor || !now.skips.includes(code));
}

export const sameTimeline = (one, other) => JSON.stringify(one) === JSON.stringify(other);
