// Who pays and who gains: for each country its own cost, its own change of harm, and what it passes on to others.
import { html } from "../ui.js";
import { useWidth } from "./width.js";
import { lines, ticks, usd } from "./words.js";

const PARTS = [
  ["cost", "Own cost", "pays more →"],
  ["harm", "Own harm", "more harm →"],
  ["passed_on", "Harm passed to others", "others have more →"],
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
  const height = y + 30;
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
        ${lines(title, narrow ? 11 : 30, 2).map((line, at) => html`<text x=${scales[place].from} y=${14 + at * 16} class=${narrow ? "small strong" : "strong"}>${line}</text>`)}
        <text x=${scales[place].from + column} y=${top - 12} text-anchor="end" class="small muted">${narrow ? "more →" : towards}</text>
        ${ticks(scales[place].low, scales[place].high, narrow ? 1 : 3).map((value) => html`<line x1=${scales[place].x(value)} x2=${scales[place].x(value)} y1=${top - 4} y2=${height - 26} stroke="#e4e7eb" />
          <text x=${scales[place].x(value)} y=${height - 10} text-anchor="middle" class="small">${usd(value, { short: true, signed: true })}</text>`)}
        <line x1=${scales[place].x(0)} x2=${scales[place].x(0)} y1=${top - 4} y2=${height - 26} stroke="#1f2933" />
      </g>`)}
      ${placed.map(({ region, row, y: at }) => region !== undefined
        ? html`<text x="4" y=${at} class="small muted">${region}</text>`
        : html`<g>
            <text x="4" y=${at + 5} class=${narrow ? "small" : ""}>${lines(row.name, narrow ? 10 : 17, 1)[0]}${row.takes_part ? " ●" : ""}</text>
            ${row.gains_without_paying && html`<rect x=${scales[0].from - 3} width=${width - scales[0].from} y=${at - 12} height="24" fill="none" stroke="#8e3b6e" stroke-dasharray="3 3" rx="4" />`}
            ${PARTS.map(([key], place) => row[key] && html`<g>
              <line x1=${scales[place].x(0)} x2=${scales[place].x(row[key].median)} y1=${at} y2=${at} stroke="#b8c0ca" stroke-width="5" />
              <line x1=${scales[place].x(row[key].lo90)} x2=${scales[place].x(row[key].hi90)} y1=${at} y2=${at} stroke="#1f2933" stroke-width="1.5" />
              <path transform=${`translate(${scales[place].x(row[key].median)},${at})`} d=${["M-5,-5h10v10h-10Z", "M-6,0a6,6 0 1,0 12,0a6,6 0 1,0 -12,0Z", "M0,-7L7,0L0,7L-7,0Z"][place]} fill=${["#6b7785", "#0072b2", "#b34700"][place]} stroke="#fff" />
            </g>`)}
          </g>`)}
    </svg>
    <p class="note">● takes part in this policy. Bars from no change to the median; thin line: 90 % of runs. USD a year, compared with the baseline.
      ${sorted.some((row) => row.gains_without_paying) && html` Dashed frame: <strong>gains without paying</strong>, <em>in this scenario</em>.`}</p>
  </div>`;
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
