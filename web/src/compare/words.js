// Numbers and times as words: no more digits than the spread deserves, no calendar years.

const minus = (text) => text.replace(/-/g, "−");

// A number with so many significant figures.
export function number(value, figures = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const digits = figures - 1 - Math.floor(Math.log10(Math.abs(value)));
  const factor = 10 ** digits;
  const rounded = digits > 15 ? value : Math.round(value * factor) / factor;
  return minus(rounded.toLocaleString("en", { maximumFractionDigits: Math.max(0, Math.min(20, digits)) }));
}

const SCALES = [[1e12, "trillion"], [1e9, "billion"], [1e6, "million"], [1e3, "thousand"]];
const SHORT = { trillion: "T", billion: "B", million: "M", thousand: "k" };

// USD in words ("12 million") or short ("12 M"); `signed` says gains as +.
export function usd(value, { short = false, signed = false, figures = 2 } = {}) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const [scale, name] = SCALES.find(([least]) => size >= least * 0.9995) ?? [1, ""];
  const said = `${number(value / scale, figures)}${name && ` ${short ? SHORT[name] : name}`}`;
  return signed && value > 0 ? `+${said}` : said;
}

// Percent with the decimals that its interval deserves: one if the 90 % range is narrower than two points.
export function percent(value, decimals = 0, signed = false) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const said = minus(value.toFixed(decimals)).replace(/^−(0(\.0+)?)$/, "$1");
  return signed && value > 0 && Number(value.toFixed(decimals)) !== 0 ? `+${said}` : said;
}

export const decimalsFor = (rows) => (rows.some((row) => Math.abs(row.hi90 - row.lo90) < 2) ? 1 : 0);

export const month = (week) => Math.round((week * 12) / 52);
export const weekWords = (week) => `week ${week} (month ${month(week)})`;

// Round steps for an axis from `low` to `high`.
export function ticks(low, high, most = 6) {
  const span = high - low || 1;
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10);
  const found = [];
  for (let place = Math.ceil(low / step - 1e-9); place * step <= high + step * 1e-9; place++) found.push(place * step || 0);
  return found;
}

// Round numbers of months for an axis.
export function monthTicks(from, to, most = 8) {
  const step = [1, 3, 6, 12, 24, 36, 60, 120, 240].find((one) => (to - from) / one <= most) ?? 480;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, place) => (first + place) * step);
}

export const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : "");

export function listed(names, most = 4) {
  if (names.length === 0) return "nobody";
  if (names.length === 1) return names[0];
  if (names.length > most) return `${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

// Text cut into at most `most` lines of about `letters`.
export function lines(text, letters, most = 2) {
  const found = [""];
  for (const word of String(text).split(/\s+/)) {
    const next = found.at(-1) ? `${found.at(-1)} ${word}` : word;
    if (next.length <= letters || !found.at(-1)) found[found.length - 1] = next;
    else found.push(word);
  }
  if (found.length <= most) return found;
  const cut = found.slice(0, most);
  cut[most - 1] = `${cut[most - 1].slice(0, Math.max(1, letters - 1))}…`;
  return cut;
}
