// Paired differences from the baseline: a median by shape, 50 % and 90 % bars, a line at no change.
import { Mark, colourOf } from "../compare/marks.js";
import { useWidth } from "./size.js";
import { decimalsFor, lines, percent, ticks } from "../compare/words.js";
import { html, useState } from "../ui.js";

const NARROW = 620;

const FEW = 20; // runs below which the mean is so unsure that a band says between what it may lie

// rows: [{key, label, mark, sentence, n, median, lo50, hi50, lo90, hi90, mean90}], in % of the baseline's harm; + = avoided.
export function Intervals({ rows, baseline = "no change" }) {
  const [box, width] = useWidth();
  const [told, setTold] = useState("");
  if (!rows.length) return html`<p class="quiet" ref=${box}>No policy is chosen.</p>`;
  const narrow = width < NARROW;
  const left = narrow ? 8 : Math.min(240, width * 0.28);
  const right = narrow ? 8 : 130;
  const names = rows.map((row) => (narrow ? lines(row.label, (width - 140) / 7.8, 2) : lines(row.label, left / 7.4, 2)));
  const step = narrow ? 44 + 18 * Math.max(...names.map((words) => words.length)) : 46;
  const top = 30;
  const height = top + rows.length * step + 44;
  const unsure = (row) => (row.n < FEW && row.mean90?.every(Number.isFinite) ? row.mean90.map((end) => Math.max(-100, Math.min(100, end))) : null);
  const few = rows.some(unsure);
  const reach = rows.flatMap((row) => [row.lo90, row.hi90, row.median, ...(unsure(row) ?? [])]).filter(Number.isFinite);
  const low = Math.min(0, ...reach);
  const high = Math.max(0, ...reach);
  const pad = (high - low || 10) * 0.06;
  const x = (value) => left + ((value - low + pad) / (high - low + 2 * pad)) * (width - left - right);
  const marks = ticks(low - pad, high + pad, narrow ? 4 : 7);
  const digits = decimalsFor(rows);
  const size = (row) => `${percent(row.median, digits)} % (${percent(row.lo90, digits)} to ${percent(row.hi90, digits)})`;
  const zero = x(0);
  const zeroWords = `0 = as “${baseline}”`;
  const overRight = zero + 7 * zeroWords.length / 2 > width;
  return html`<div ref=${box}>
    <svg class="chart intervals" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="group"
      aria-label="Harm avoided by each policy, with 50 % and 90 % of runs">
      ${marks.map((value) => html`<g class="tick"><line x1=${x(value)} x2=${x(value)} y1=${top} y2=${height - 40} stroke="#e4e7eb" />
        <text x=${x(value)} y=${height - 22} text-anchor="middle" class="minor">${percent(value, Number.isInteger(value) ? 0 : 1, true)}${value === 0 ? "" : " %"}</text></g>`)}
      <line x1=${zero} x2=${zero} y1=${top - 6} y2=${height - 38} stroke="#1f2933" stroke-width="1.5" />
      <text x=${overRight ? width - 4 : Math.max(zero, 4 + 3.4 * zeroWords.length)} y=${top - 12} text-anchor=${overRight ? "end" : "middle"} class="minor strong">${zeroWords}</text>
      ${low < -(high - low) * 0.25 && html`<text x=${x(low)} y=${height - 5} class="minor muted">← more harm</text>`}
      <text x=${width - right} y=${height - 5} text-anchor="end" class="minor muted">harm avoided, % of the baseline's →</text>
      ${rows.map((row, place) => {
        const y = top + place * step + (narrow ? step - 20 : step / 2);
        const words = names[place];
        return html`<g class="row" key=${row.key} tabindex="0" role="img" aria-label=${`${row.label}: harm avoided ${size(row)}. ${row.sentence ?? ""}`}
          onMouseEnter=${() => setTold(row.sentence)} onFocus=${() => setTold(row.sentence)}>
          <rect x="0" y=${top + place * step} width=${width} height=${step} fill="transparent" class="hit" />
          ${words.map((line, at) => html`<text x=${narrow ? left : 4} y=${narrow ? y - 20 - (words.length - 1 - at) * 17 : y + 5 + (at - (words.length - 1) / 2) * 17} stroke="#fff" stroke-width="5" paint-order="stroke">${line}</text>`)}
          ${narrow && html`<text x=${width - 4} y=${y - 20} text-anchor="end" class="minor" stroke="#fff" stroke-width="5" paint-order="stroke">${size(row)}</text>`}
          <g class=${`ink${row.mark.colour}`}>
            ${unsure(row) && html`<rect x=${x(unsure(row)[0])} width=${x(unsure(row)[1]) - x(unsure(row)[0])} y=${y - 13} height="26" rx="4" fill=${colourOf(row.mark)} fill-opacity="0.13" />`}
            <line x1=${x(row.lo90)} x2=${x(row.hi90)} y1=${y} y2=${y} stroke=${colourOf(row.mark)} stroke-width=${2.5} />
            ${[row.lo90, row.hi90].map((end) => html`<line x1=${x(end)} x2=${x(end)} y1=${y - 6} y2=${y + 6} stroke=${colourOf(row.mark)} stroke-width="2.5" />`)}
            <rect x=${Math.min(x(row.lo50), x(row.hi50))} width=${Math.max(1, Math.abs(x(row.hi50) - x(row.lo50)))} y=${y - 4.5} height=${9}
              fill=${colourOf(row.mark)} fill-opacity="0.35" stroke=${colourOf(row.mark)} />
            <${Mark} mark=${row.mark} x=${x(row.median)} y=${y} size=${7} />
          </g>
          ${!narrow && html`<text x=${width - 4} y=${y + 5} text-anchor="end" class="minor">${size(row)}</text>`}
        </g>`;
      })}
    </svg>
    <p class="note">Mark: median of the paired runs. Box: half of them. Line: 90 % of them.${few ? " Pale band: so few runs leave the mean anywhere in it (90 %)." : ""}</p>
    <p class="told" aria-hidden="true">${told || "Point at a policy, or move to it with Tab: its sentence stands here."}</p>
  </div>`;
}

export const intervalTable = (rows) => ({
  columns: ["policy", ...["runs", "median", "50 % from", "50 % to", "90 % from", "90 % to", "runs with more harm"].map((label) => ({ label, number: true }))],
  rows: rows.map((row) => [row.label, row.n, ...["median", "lo50", "hi50", "lo90", "hi90"].map((key) => percent(row[key], 2)), row.n_worse]),
});
