// Who pays and who gains: for each country its own cost, its own change of harm, and what it passes on to others.
import { html } from "../ui.js";
import { useWidth } from "../views/size.js";
import { lines, ticks, usd } from "./words.js";

const PARTS = [
  ["cost", "Own cost", "pays more →"],
  ["harm", "Own harm", "more harm →"],
  ["passed_on", "Passed to others", "others have more →"],
];
const NARROW = 620;

export function WhoPays({ rows, order, mark }) {
  const [box, width] = useWidth();
  const sorted = sortedBy(rows, order);
  if (!sorted.length) return html`<p class="quiet" ref=${box}>There is nothing by country yet.</p>`;
  const narrow = width < NARROW;
  const left = narrow ? 92 : 170;
  const gap = narrow ? 8 : 26;
  const column = (width - left - gap * 2 - 6) / 3;
  const groups = order === "region" ? [...new Set(sorted.map((row) => row.region))] : [null];
  const step = narrow ? 34 : 30;
  const top = narrow ? 62 : 46;
  let y = top;
  const placed = [];
  for (const region of groups) {
    if (region !== null) { placed.push({ region, y: y + 16 }); y += 26; }
    for (const row of sorted.filter((one) => region === null || one.region === region)) { placed.push({ row, y: y + step / 2 }); y += step; }
  }
  const gaining = sorted.some((row) => row.gains_without_paying);
  const height = y + (gaining ? 52 : 30);
  const base = y + 4;
  const scales = PARTS.map(([key], place) => {
    const all = [0, ...sorted.flatMap((row) => row[key] ? [row[key].median, row[key].lo90, row[key].hi90] : [])].filter(Number.isFinite);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const pad = (high - low || 1) * 0.08;
    const from = left + place * (column + gap);
    return { from, low: low - pad, high: high + pad, x: (value) => from + ((value - low + pad) / (high - low + 2 * pad)) * column };
  });
  return html`<div ref=${box}>
    <svg class="chart countries" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="img"
      aria-label="Own cost, change of own harm and harm passed to others, for each country; the numbers stand in the table">
      ${PARTS.map(([, title, towards], place) => html`<g>
        ${lines(title, narrow ? 12 : 30, 2).map((line, at) => html`<text x=${scales[place].from} y=${14 + at * 16} class=${narrow ? "minor strong" : "strong"}>${line}</text>`)}
        <text x=${scales[place].from + column} y=${top - 12} text-anchor="end" class="minor muted">${narrow ? "more →" : towards}</text>
        ${ticks(scales[place].low, scales[place].high, narrow ? 2 : 3).map((value) => html`<line x1=${scales[place].x(value)} x2=${scales[place].x(value)} y1=${top - 4} y2=${base} stroke="#e4e7eb" />
          <text x=${scales[place].x(value)} y=${base + 18} text-anchor="middle" class="minor">${usd(value, { short: true, signed: true })}</text>`)}
        <line x1=${scales[place].x(0)} x2=${scales[place].x(0)} y1=${top - 4} y2=${base} stroke="#1f2933" />
      </g>`)}
      ${gaining && html`<rect x="4" y=${height - 18} width="26" height="14" fill="none" stroke="#8e3b6e" stroke-dasharray="3 3" rx="4" /><text x="38" y=${height - 6} class="minor">gains without paying, in this scenario</text>`}
      ${placed.map(({ region, row, y: at }) => region !== undefined
        ? html`<text x="4" y=${at} class="minor muted">${region}</text>`
        : html`<g>
            <text x="4" y=${at + 5} class=${narrow ? "minor" : ""}>${lines(row.name, narrow ? 10 : 17, 1)[0]}${row.takes_part ? " ●" : ""}</text>
            ${row.gains_without_paying && html`<rect x=${scales[0].from - 3} width=${width - scales[0].from} y=${at - 12} height="24" fill="none" stroke="#8e3b6e" stroke-dasharray="3 3" rx="4" />`}
            ${PARTS.map(([key], place) => row[key] && html`<g>
              <line x1=${scales[place].x(0)} x2=${scales[place].x(row[key].median)} y1=${at} y2=${at} stroke="#b8c0ca" stroke-width="5" />
              <line x1=${scales[place].x(row[key].lo90)} x2=${scales[place].x(row[key].hi90)} y1=${at} y2=${at} stroke="#1f2933" stroke-width="1.5" />
              <path transform=${`translate(${scales[place].x(row[key].median)},${at})`} d=${["M-5,-5h10v10h-10Z", "M-6,0a6,6 0 1,0 12,0a6,6 0 1,0 -12,0Z", "M0,-7L7,0L0,7L-7,0Z"][place]} fill=${["#6b7785", "#0072b2", "#b34700"][place]} stroke="#fff" />
            </g>`)}
          </g>`)}
    </svg>
    <p class="note">● takes part in this policy. Bars from no change to the median; thin line: 90 % of runs. USD a year, compared with the baseline.</p>
  </div>`;
}

// How many countries have less harm and how many more, by their medians.
export function countriesWords(rows, label) {
  const count = (holds) => rows.filter(holds).length;
  const [less, more] = [count((row) => row.harm?.median < 0), count((row) => row.harm?.median > 0)];
  const pays = count((row) => row.cost?.median > 0);
  const said = [`harm falls in ${less} of ${rows.length} countries`, more ? `rises in ${more}` : "rises in none"].join(" and ");
  return `In the model, under “${label}”, ${said}, by the medians; ${pays} ${pays === 1 ? "has" : "have"} higher public cost.`;
}

const sortedBy = (rows, order) => [...rows].sort((one, other) => (order === "region" ? one.region.localeCompare(other.region, "en") : 0) || one.name.localeCompare(other.name, "en"));

export const countryTable = (rows, order) => ({
  columns: ["country", "region", "takes part", ...PARTS.flatMap(([, title]) => [`${title}, USD a year`, "90 % from", "90 % to"]).map((label) => ({ label, number: true })), "in this scenario"],
  rows: sortedBy(rows, order).map((row) => [
    row.name, row.region, row.takes_part ? "yes" : "no",
    ...PARTS.flatMap(([key]) => ["median", "lo90", "hi90"].map((one) => (Number.isFinite(row[key]?.[one]) ? Math.round(row[key][one]) : ""))),
    row.gains_without_paying ? "gains without paying" : "",
  ]),
});
