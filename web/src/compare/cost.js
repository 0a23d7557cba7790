// Cost against harm: a cloud of runs and a median for each policy, and the line of those that none dominates.
import { html, useState } from "../ui.js";
import { Mark, colourOf } from "./marks.js";
import { useWidth } from "../views/size.js";
import { lines, percent, ticks, usd } from "./words.js";

const NARROW = 620;
const MOST_LABELS = 5; // policies beyond which names stand beneath instead of beside their marks

export function CostHarm({ cost, shown }) {
  const [box, width] = useWidth();
  const [told, setTold] = useState("");
  const here = shown.filter((one) => cost.medians.some((median) => median.arm === one.key));
  const points = cost.points.filter((point) => here.some((one) => one.key === point.arm));
  if (!here.length) return html`<p class="quiet" ref=${box}>No policy is chosen.</p>`;
  const narrow = width < NARROW;
  const [left, right, top, foot] = [narrow ? 56 : 72, narrow ? 14 : 24, 26, 52];
  const listed = here.length > MOST_LABELS || narrow;
  const columns = Math.max(1, Math.floor(width / 280));
  const plot = narrow ? 320 : 380;
  const height = plot + (listed ? Math.ceil(here.length / columns) * 22 + 6 : 0);
  const reach = (key) => {
    const all = [0, ...points.map((point) => point[key]), ...cost.medians.filter((median) => here.some((one) => one.key === median.arm)).map((median) => median[key])].filter(Number.isFinite);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const pad = (high - low || 1) * 0.08;
    return [low - pad, high + pad];
  };
  const [[x0, x1], [y0, y1]] = [reach("cost_usd"), reach("harm_usd")];
  const x = (value) => left + ((value - x0) / (x1 - x0)) * (width - left - right);
  const y = (value) => plot - foot - ((value - y0) / (y1 - y0)) * (plot - foot - top);
  const medianOf = (arm) => cost.medians.find((median) => median.arm === arm);
  const front = cost.pareto.map(medianOf).filter((median) => median && here.some((one) => one.key === median.arm)).sort((one, other) => one.cost_usd - other.cost_usd);
  const taken = [];
  const labels = here.map((one) => {
    const median = medianOf(one.key);
    return { ...one, median, at: place(x(median.cost_usd), y(median.harm_usd), one.label, taken, width, top, plot - foot) };
  });
  return html`<div ref=${box}>
    <svg class="chart cost" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="group" aria-label="Cost against harm, each run a dot, medians by shape">
      <text x="4" y="15" class="minor muted">Harm compared with the baseline, USD a year</text>
      ${ticks(y0, y1, 6).map((value) => html`<g><line x1=${left} x2=${width - right} y1=${y(value)} y2=${y(value)} stroke="#e4e7eb" />
        <text x=${left - 6} y=${y(value) + 5} text-anchor="end" class="minor">${usd(value, { short: true, signed: true })}</text></g>`)}
      ${ticks(x0, x1, narrow ? 3 : 6).map((value) => html`<g><line x1=${x(value)} x2=${x(value)} y1=${top} y2=${plot - foot} stroke="#e4e7eb" />
        <text x=${x(value)} y=${plot - foot + 18} text-anchor="middle" class="minor">${usd(value, { short: true, signed: true })}</text></g>`)}
      <line x1=${x(0)} x2=${x(0)} y1=${top} y2=${plot - foot} stroke="#1f2933" /><line x1=${left} x2=${width - right} y1=${y(0)} y2=${y(0)} stroke="#1f2933" />
      <text x=${(left + width - right) / 2} y=${plot - 10} text-anchor="middle" class="minor muted">Public cost compared with the baseline, USD a year</text>
      ${points.map((point) => { const { mark } = here.find((one) => one.key === point.arm); return html`<g opacity="0.45"><${Mark} mark=${{ ...mark, hollow: true }} x=${x(point.cost_usd)} y=${y(point.harm_usd)} size=${2.6} /></g>`; })}
      ${front.length > 1 && html`<path class="pareto" d=${`M${front.map((median) => `${x(median.cost_usd)},${y(median.harm_usd)}`).join("L")}`} fill="none" stroke="#1f2933" stroke-width="1.5" stroke-dasharray="2 3" />`}
      ${labels.map(({ key, label, mark, sentence, at, median }) => html`<g class="row" key=${key} tabindex="0" role="img"
        aria-label=${`${label}: cost ${usd(median.cost_usd, { signed: true })} USD, harm ${usd(median.harm_usd, { signed: true })} USD. ${sentence ?? ""}`}
        onMouseEnter=${() => setTold(sentence)} onFocus=${() => setTold(sentence)}>
        <${Mark} mark=${mark} x=${x(median.cost_usd)} y=${y(median.harm_usd)} size=${8} />
        ${listed ? null : at.words.map((line, row) => html`<text x=${at.x} y=${at.y + row * 16} text-anchor=${at.anchor} class="halo minor" stroke="#fff" stroke-width="4" paint-order="stroke">${line}</text>`)}
      </g>`)}
      ${listed && here.map(({ label, mark }, place) => html`<g transform=${`translate(${12 + (place % columns) * (width / columns)},${plot + 14 + Math.floor(place / columns) * 22})`}>
        <${Mark} mark=${mark} size=${5.5} /><text x="14" y="5" class="minor">${lines(label, width / columns / 7.2 - 4, 1)[0]}</text></g>`)}
    </svg>
    <p class="told" aria-hidden="true">${told || "Point at a shape, or move to it with Tab: the policy's sentence stands here."}</p>
  </div>`;
}

// A place beside a mark for its name that no other name has taken.
function place(x, y, label, taken, width, top, bottom) {
  const words = lines(label, 24, 2);
  const wide = Math.max(...words.map((line) => line.length)) * 6.9;
  const tall = words.length * 16;
  const tries = [];
  for (const shift of [0, 18, -18, 34, -34, 52, -52, 70, -70]) tries.push([x + 14, y + 5 + shift - (tall - 16) / 2, "start"], [x - 14, y + 5 + shift - (tall - 16) / 2, "end"]);
  const boxOf = ([bx, by, anchor]) => ({ l: anchor === "start" ? bx : bx - wide, r: anchor === "start" ? bx + wide : bx, t: by - 14, b: by + tall - 12 });
  const fits = (one) => {
    const box = boxOf(one);
    return box.l >= 0 && box.r <= width && box.t >= top - 8 && box.b <= bottom + 4 && !taken.some((other) => box.l < other.r && box.r > other.l && box.t < other.b && box.b > other.t);
  };
  const found = tries.find(fits) ?? [Math.min(x + 14, width - wide), y + 5, "start"];
  taken.push(boxOf(found), { l: x - 8, r: x + 8, t: y - 8, b: y + 8 });
  return { x: found[0], y: found[1], anchor: found[2], words };
}

// Which policies cost more and leave more harm than another one, with the share of runs in which that holds.
export function dominatedWords(cost, labelOf, runs) {
  return cost.medians.filter((median) => median.dominated_by?.length).map((median) => {
    const by = median.dominated_by.map((arm) => `“${labelOf(arm)}”`);
    const words = by.length === 1 ? by[0] : `${by.slice(0, -1).join(", ")} and ${by.at(-1)} each do`;
    const count = median.share * runs;
    const share = !Number.isFinite(median.share) ? "" : Math.abs(count - Math.round(count)) < 1e-6 ? `; compared run by run, in ${Math.round(count)} of ${runs}` : `; compared run by run, in ${percent(100 * median.share)} %`;
    return { arm: median.arm, text: `Dominated, by the medians in the model: “${labelOf(median.arm)}” costs at least as much and leaves at least as much harm as ${words}${share}.` };
  });
}

// One sentence for the panel: which policy is dominated, or how many are.
export const dominatedHeadline = (dominated, policies) => (dominated.length > 1
  ? `In the model, by the medians, ${dominated.length} of ${policies} policies cost at least as much and leave at least as much harm as another one shown here.`
  : dominated[0]?.text);

export const costTable = (cost, shown) => ({
  columns: ["policy", "run", { label: "cost, USD a year", number: true }, { label: "harm, USD a year", number: true }],
  rows: shown.flatMap(({ key, label }) => [
    ...cost.medians.filter((one) => one.arm === key).map((one) => [label, "median", Math.round(one.cost_usd), Math.round(one.harm_usd)]),
    ...cost.points.filter((one) => one.arm === key).map((one) => [label, one.replicate, Math.round(one.cost_usd), Math.round(one.harm_usd)]),
  ]),
});
