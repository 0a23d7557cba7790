// Leakage: what part of the harm that ceased is done from elsewhere, simulated beside what the choice rule alone gives.
import { html } from "../ui.js";
import { Mark, colourOf } from "./marks.js";
import { useWidth } from "../views/size.js";
import { lines, number, percent, ticks } from "./words.js";

const NARROW = 620;
const WIDEST = 2; // beyond this a ratio is drawn at the edge: its size says little

// rows: [{key, label, mark, simulated, mechanical, lo90, hi90, sentence}], ratios; 1 = all of it came back.
export function Leakage({ rows }) {
  const [box, width] = useWidth();
  const known = rows.filter((row) => Number.isFinite(row.simulated));
  if (!known.length) return html`<p class="quiet" ref=${box}>Leakage is undefined here: no policy treats some countries and not others, or harm did not fall where it does.</p>`;
  const narrow = width < NARROW;
  const left = narrow ? 8 : Math.min(260, width * 0.31);
  const right = narrow ? 8 : 150;
  const labels = rows.map((row) => (narrow ? lines(row.label, (width - 150) / 7.8, 2) : lines(row.label, left / 7.9, 2)));
  const step = narrow ? 44 + 18 * Math.max(...labels.map((names) => names.length)) : 46;
  const top = 30;
  const height = top + rows.length * step + 34;
  const clip = (value) => Math.max(-WIDEST, Math.min(WIDEST, value));
  const ends = (row) => [row.lo90, row.hi90].map((end, place) => (Number.isFinite(end) ? clip(end) : place ? WIDEST : -WIDEST));
  const all = [0, 1, ...known.flatMap((row) => [clip(row.simulated), ...ends(row), ...(Number.isFinite(row.mechanical) ? [clip(row.mechanical)] : [])])];
  const [low, high] = [Math.min(...all) - 0.1, Math.max(...all) + 0.1];
  const x = (value) => left + ((clip(value) - low) / (high - low)) * (width - left - right);
  return html`<div ref=${box}>
    <svg class="chart leakage" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${rows.map((row) => row.sentence ?? `${row.label}: ${words(row)}`).join(" ")}>
      ${ticks(low, high, narrow ? 4 : 7).map((value) => html`<g><line x1=${x(value)} x2=${x(value)} y1=${top} y2=${height - 30} stroke="#e4e7eb" />
        <text x=${x(value)} y=${height - 12} text-anchor="middle" class="minor">${number(value)}</text></g>`)}
      ${[[0, "nothing came back"], [1, "all of it"]].map(([value, said]) => html`<line x1=${x(value)} x2=${x(value)} y1=${top - 6} y2=${height - 28} stroke="#1f2933" stroke-dasharray=${value ? "4 3" : ""} />
        <text x=${x(value)} y=${top - 12} text-anchor=${value ? "start" : "end"} dx=${value ? -2 : 2} class="minor">${narrow && !value ? "nothing back" : said}</text>`)}
      ${rows.map((row, place) => {
        const y = top + place * step + (narrow ? step - 20 : step / 2);
        const [from, to] = ends(row);
        const names = labels[place];
        const beyond = Math.abs(row.simulated) > WIDEST;
        return html`<g>
          ${names.map((line, at) => html`<text x=${narrow ? left : 4} y=${narrow ? y - 20 - (names.length - 1 - at) * 17 : y + 5 + (at - (names.length - 1) / 2) * 17} stroke="#fff" stroke-width="5" paint-order="stroke">${line}</text>`)}
          ${Number.isFinite(row.simulated) && html`
            ${!beyond && html`<line x1=${x(from)} x2=${x(to)} y1=${y} y2=${y} stroke=${colourOf(row.mark)} stroke-width="2.5" stroke-dasharray=${Number.isFinite(row.lo90) && Number.isFinite(row.hi90) ? "" : "3 4"} />`}
            ${beyond
              ? html`<path d=${row.simulated > 0 ? `M${x(WIDEST) - 8},${y - 7}l12,7l-12,7Z` : `M${x(-WIDEST) + 8},${y - 7}l-12,7l12,7Z`} fill=${colourOf(row.mark)} />`
              : html`<${Mark} mark=${row.mark} x=${x(row.simulated)} y=${y} size=${7} />`}`}
          ${Number.isFinite(row.mechanical) && html`<path d=${`M${x(row.mechanical)},${y - 11}v22`} stroke="#1f2933" stroke-width="3" fill="none" />`}
          <text x=${width - 4} y=${narrow ? y - 20 : y + 5} text-anchor="end" class="minor" stroke="#fff" stroke-width="5" paint-order="stroke">${words(row)}</text>
        </g>`;
      })}
    </svg>
    <p class="note">Mark: simulated, with 90 % of its uncertainty (dashed where the runs set no limit). Upright stroke: mechanical, what the choice rule alone makes of the risk. Below 0: harm elsewhere fell too. Arrow: beyond the edge. A ratio: never order policies by it.</p>
  </div>`;
}

const two = (value) => (Number.isFinite(value) ? percent(value, Math.abs(value) < 10 ? 2 : 0) : "none");
const words = (row) => (Number.isFinite(row.simulated) ? `${two(row.simulated)} beside ${two(row.mechanical)}` : "undefined");

export const leakageTable = (rows) => ({
  columns: ["policy", ...["left and still active elsewhere: simulated", "90 % from", "90 % to", "mechanical"].map((label) => ({ label, number: true }))],
  rows: rows.map((row) => [row.label, ...["simulated", "lo90", "hi90", "mechanical"].map((key) => (Number.isFinite(row[key]) ? number(row[key], 3) : "no limit"))]),
});
