// What the pictures show of a result at one time: values by country, ways between countries, their words.
import { LEAST, number, signed, signedTenths, tenths } from "./words.js";

const SHOWN = 11; // countries of a matrix with the most moves; the others are summed

// Everything below reads one policy at one time; `change` shows what differs from the baseline.
export function reading(panels, { arm, change, period }) {
  const found = panels.map;
  const time = period === null ? found.weeks.length : period;
  const at = (band, key, country) => band?.[key]?.[country]?.[time] ?? null;
  const told = change ? found.change[arm] : found.operations[arm];
  const values = found.codes.map((_, country) => ({
    mean: at(told, "mean", country), low: at(told, "low", country), high: at(told, "high", country),
    before: at(found.operations[panels.baseline], "mean", country), now: at(found.operations[arm], "mean", country),
    treated: (found.treated[arm] ?? []).includes(found.codes[country]),
  }));
  return { arm, change, period, time, values, ways: ways(found, arm, panels.baseline, change, time), places: found.places };
}

// Ways of a policy beside the baseline's, over all times; found once for each result.
const kept = new WeakMap();
function joined(found, arm, baseline) {
  if (!kept.has(found)) kept.set(found, new Map());
  const ofArm = kept.get(found);
  if (!ofArm.has(arm)) {
    const table = new Map();
    for (const [name, key] of [[arm, "now"], [baseline, "before"]]) {
      for (const [origin, destination, moved] of found.moves[name] ?? []) {
        const which = origin * found.codes.length + destination;
        if (!table.has(which)) table.set(which, { origin, destination });
        table.get(which)[key] = moved;
      }
    }
    ofArm.set(arm, [...table.values()]);
  }
  return ofArm.get(arm);
}

// Every way between two countries at one time, the most first: {origin, destination, now, before, size}.
function ways(found, arm, baseline, change, time) {
  const name = (country) => found.places[country].name;
  return joined(found, arm, baseline).map(({ origin, destination, now, before }) => {
    const way = { origin, destination, now: now?.[time] ?? 0, before: before?.[time] ?? 0 };
    return { ...way, size: change ? way.now - way.before : way.now };
  }).sort((a, b) => b.size - a.size || name(a.origin).localeCompare(name(b.origin)) || name(a.destination).localeCompare(name(b.destination)));
}

export const largest = (read, most) => read.ways.filter((way) => way.size >= LEAST).slice(0, most);

// How sure a number is: 1 where the 90 % interval keeps to one side of zero (a change) or the runs agree (a level).
export function sureness({ mean, low, high }, change) {
  if (mean === null || low === null || high === null || Math.abs(mean) < LEAST) return 0;
  const half = (high - low) / 2;
  if (half === 0) return 1;
  return Math.max(0, Math.min(1, change ? Math.abs(mean) / half : 1 - half / Math.max(Math.abs(mean), 1e-9)));
}
export const clear = ({ low, high }) => low !== null && high !== null && (low > 0 || high < 0);

// The largest number of any policy at any time: one scale for all, so that pictures can be compared.
export function tops(panels, change) {
  const found = panels.map;
  const bands = Object.values(change ? found.change : found.operations);
  const value = Math.max(0, ...bands.map((band) => Math.max(...band.mean.flat().map((one) => Math.abs(one ?? 0)))));
  const way = { window: 0, period: 0 };
  for (const arm of Object.keys(found.moves).filter((one) => !change || one !== panels.baseline)) {
    for (const { now, before } of joined(found, arm, panels.baseline)) {
      for (let time = 0; time <= found.weeks.length; time += 1) {
        const size = (now?.[time] ?? 0) - (change ? before?.[time] ?? 0 : 0);
        const key = time === found.weeks.length ? "window" : "period";
        if (size > way[key]) way[key] = size;
      }
    }
  }
  return { value: value || 1, way: { window: way.window || 1, period: way.period || 1 } };
}

// Countries that the picture must hold, alike for all policies: with many operations or with large changes.
export function important(panels) {
  const found = panels.map;
  const window = found.weeks.length;
  const before = found.codes.map((_, country) => found.operations[panels.baseline].mean[country][window]);
  const total = before.reduce((sum, one) => sum + one, 0);
  const reach = Math.max(1e-9, ...Object.values(found.change).flatMap((band) => band.mean.map((one) => Math.abs(one[window] ?? 0))));
  const held = found.codes.map((_, country) => before[country] >= 0.02 * total
    || Object.values(found.change).some((band) => Math.abs(band.mean[country][window] ?? 0) >= 0.03 * reach));
  return held.some(Boolean) ? held : held.map(() => true);
}

// ---- words ----------------------------------------------------------------------------------------

export function timeWords(panels, period) {
  const { weeks, window, period_weeks: length } = panels.map;
  if (period === null) return `weeks ${window[0] * length} to ${window[1] * length}`;
  return `weeks ${weeks[period] - length + 1} to ${weeks[period]}`;
}

export const labelOf = (panels, arm) => panels.arms?.find((one) => one.name === arm)?.label ?? arm;

export const numberOf = (value, change) => (value.mean === null ? "no data" : change ? `${signed(round(value.mean))}${clear(value) || round(value.mean) === 0 ? "" : "?"}` : number(round(value.mean)));
const round = (value) => Math.round(value * 10) / 10 + 0;

export function mapTitle(panels, { arm, change }) {
  const label = labelOf(panels, arm);
  return change ? `Fewer or more operations under “${label}” in the model` : `Where operations sit under “${label}” in the model`;
}

export function mapSentence(panels, read) {
  const { values, places, change, arm, period } = read;
  const order = values.map((_, country) => country).filter((country) => Math.abs(values[country].mean ?? 0) >= LEAST)
    .sort((a, b) => Math.abs(values[b].mean) - Math.abs(values[a].mean)).slice(0, 6)
    .sort((a, b) => places[a].name.localeCompare(places[b].name));
  const told = order.map((country) => `${places[country].name} ${numberOf(values[country], change)}`).join(", ") || "none";
  const what = change ? `Change of operations under “${labelOf(panels, arm)}” against “${labelOf(panels, panels.baseline)}”` : `Operations under “${labelOf(panels, arm)}”`;
  return `${what} in the model, ${timeWords(panels, period)}: ${told}.`;
}

export function waysSentence(panels, read) {
  const total = (key) => read.ways.reduce((sum, way) => sum + way[key], 0);
  const rises = largest(read, 3).map((way) => `${nameOf(read, way.origin)} to ${nameOf(read, way.destination)} ${read.change ? signed(way.size) : number(way.size)}`);
  const base = read.arm === panels.baseline ? "" : `, ${number(total("before"))} under “${labelOf(panels, panels.baseline)}”`;
  return `In the model, ${number(total("now"))} operations a year move to another country under “${labelOf(panels, read.arm)}”${base} (${timeWords(panels, read.period)}).`
    + (rises.length ? ` ${read.change ? "Largest rises" : "Most"}: ${rises.join("; ")}.` : "");
}

const nameOf = (read, country) => read.places[country].name;

// ---- tables: by region and name, an order that ranks nobody ------------------------------------------

export const regional = (places, chosen) => [...chosen].sort((a, b) =>
  places[a].region.localeCompare(places[b].region) || places[a].name.localeCompare(places[b].name));

export function countryTable(panels, { values, places, arm, change }) {
  const changed = arm !== panels.baseline;
  const band = ({ low, high }) => (low === null ? "–" : change ? `${signedTenths(low)} to ${signedTenths(high)}` : `${tenths(low)} to ${tenths(high)}`);
  return {
    columns: ["Country", "Region", { label: `Under “${labelOf(panels, panels.baseline)}”`, number: true },
      ...(changed ? [{ label: "Under the policy", number: true }, { label: "Change", number: true }, "Treated"] : []),
      { label: change ? "90 % interval of the change" : "90 % of runs", number: true }],
    rows: regional(places, places.keys()).map((country) => {
      const value = values[country];
      const moved = value.now === null || value.before === null ? null : value.now - value.before;
      return [places[country].name, places[country].region, tenths(value.before),
        ...(changed ? [tenths(value.now), change ? signedTenths(value.mean) : signedTenths(moved), value.treated ? "yes" : "no"] : []), band(value)];
    }),
  };
}

export function wayTable(panels, { ways: all, places, arm }) {
  const told = all.filter((way) => Math.max(way.now, way.before) >= LEAST);
  const name = (country) => places[country].name;
  told.sort((a, b) => name(a.origin).localeCompare(name(b.origin)) || name(a.destination).localeCompare(name(b.destination)));
  const changed = arm !== panels.baseline;
  return {
    columns: ["From", "To", { label: "Operations a year", number: true }, ...(changed ? [{ label: `Under “${labelOf(panels, panels.baseline)}”`, number: true }, { label: "Change", number: true }] : [])],
    rows: told.map((way) => [name(way.origin), name(way.destination), tenths(way.now), ...(changed ? [tenths(way.before), signedTenths(way.now - way.before)] : [])]),
  };
}

// Rows and columns of a matrix: the countries with the most moves by region and name, then all others together.
// They are chosen over the window, so that they stay where they are while time moves.
export function matrixOf(panels, read, most = SHOWN) {
  const found = panels.map;
  const window = ways(found, read.arm, panels.baseline, false, found.weeks.length);
  const flow = found.codes.map(() => 0);
  for (const way of window) for (const end of [way.origin, way.destination]) flow[end] += Math.max(way.now, way.before);
  const shown = regional(read.places, flow.map((_, country) => country).filter((country) => flow[country] > 0).sort((a, b) => flow[b] - flow[a]).slice(0, most));
  const others = found.codes.length > shown.length;
  const size = shown.length + (others ? 1 : 0);
  const seat = found.codes.map((_, country) => (shown.includes(country) ? shown.indexOf(country) : shown.length));
  const cells = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
  for (const way of read.ways) cells[seat[way.origin]][seat[way.destination]] += way.size;
  const heads = shown.map((country) => ({ name: read.places[country].name, code: found.places[country].code, region: read.places[country].region }));
  return { cells, heads: others ? [...heads, { name: `${found.codes.length - shown.length} others`, code: "others", region: "" }] : heads, others };
}
