// Harm over time by policy, the baseline always among them; lines end in their names.
import { html } from "../ui.js";
import { Mark, colourOf } from "./marks.js";
import { useWidth } from "../views/size.js";
import { lines, month, monthTicks, ticks, usd } from "./words.js";

const NARROW = 620;

// shown: [{key, label, mark}] with the baseline first; ghost: an earlier course, drawn dotted.
export function Course({ course, shown, banded = [], at = null, ghost = null, onAt, periodWeeks = 13, close = false }) {
  const [box, width] = useWidth();
  const here = shown.filter((one) => course.arms[one.key]);
  if (!course.weeks?.length || !here.length) return html`<p class="quiet" ref=${box}>Nothing to draw yet.</p>`;
  const narrow = width < NARROW;
  const right = narrow ? 12 : Math.min(220, width * 0.26);
  const left = 56;
  const top = 28;
  const plot = narrow ? 200 : 260;
  const legend = narrow ? here.length * 22 + 6 : 0;
  const height = top + plot + 44 + legend;
  const weeks = course.weeks;
  const bands = close ? [] : banded;
  const values = here.flatMap(({ key }) => [...course.arms[key].median, ...(bands.includes(key) ? course.arms[key].hi90 : [])]);
  const earlier = ghost ? here.flatMap(({ key }) => ghost.arms[key]?.median ?? []) : [];
  const high = Math.max(1e-9, ...[...values, ...earlier].filter(Number.isFinite)) * (close ? 1.005 : 1.05);
  const least = close ? Math.min(...[...values, ...earlier].filter(Number.isFinite)) * 0.995 : 0;
  const x = (week) => left + ((week - weeks[0]) / Math.max(1, weeks.at(-1) - weeks[0])) * (width - left - right);
  const y = (value) => top + plot - ((value - least) / (high - least || 1)) * plot;
  const path = (series, times = weeks) => {
    let pen = "M";
    return series.map((value, place) => {
      if (!Number.isFinite(value)) { pen = "M"; return ""; }
      const said = `${pen}${x(times[place]).toFixed(1)},${y(value).toFixed(1)}`;
      pen = "L";
      return said;
    }).join("");
  };
  const band = ({ lo90, hi90 }) => `${path(hi90)}${[...lo90].map((value, place) => [weeks[place], value]).reverse().map(([week, value]) => `L${x(week).toFixed(1)},${y(value).toFixed(1)}`).join("")}Z`;
  const months = monthTicks(month(weeks[0]), month(weeks.at(-1)), narrow ? 5 : 10);
  const ends = spread(here.map((one) => ({ ...one, y: y(course.arms[one.key].median.at(-1)) })), 15 * 1.15, top + 4, top + plot);
  const nearest = (event) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - bounds.left - x(weeks[0])) / (x(weeks.at(-1)) - x(weeks[0]));
    return Math.max(0, Math.min(weeks.length - 1, Math.round(share * (weeks.length - 1))));
  };
  return html`<div ref=${box}>
    <svg class="chart over-time" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="img"
      aria-label=${`Harm over time: ${here.map((one) => one.label).join(", ")}`} onClick=${onAt && ((event) => onAt(nearest(event)))}>
      <text x="4" y="16" class="minor muted">Harm in ${periodWeeks} weeks, USD${narrow ? "" : ", median of runs"}${bands.length ? "; shaded: 90 % of runs" : ""}${close ? "; the axis does not begin at 0" : ""}</text>
      ${ticks(least, high, 5).map((value) => html`<g><line x1=${left} x2=${width - right} y1=${y(value)} y2=${y(value)} stroke="#e4e7eb" />
        <text x=${left - 8} y=${y(value) + 5} text-anchor="end" class="minor">${usd(value, { short: true, figures: close ? 3 : 2 })}</text></g>`)}
      ${months.map((value) => html`<text x=${x((value * 52) / 12)} y=${top + plot + 20} text-anchor="middle" class="minor">${value}</text>`)}
      <text x=${(left + width - right) / 2} y=${top + plot + 38} text-anchor="middle" class="minor muted">month</text>
      ${here.filter(({ key }) => bands.includes(key)).map(({ key, mark }) => html`<path d=${band(course.arms[key])} fill=${colourOf(mark)} fill-opacity=${mark.base ? 0.12 : 0.16} stroke="none" />`)}
      ${ghost && here.map(({ key, mark }) => ghost.arms[key] && html`<path class="ghost" d=${path(ghost.arms[key].median, ghost.weeks)} fill="none" stroke=${colourOf(mark)} stroke-width="1.5" stroke-dasharray="1 5" />`)}
      ${here.map(({ key, mark }) => html`<path class=${`line ink${mark.colour}`} d=${path(course.arms[key].median)} fill="none" stroke=${colourOf(mark)} stroke-width=${2.25} stroke-dasharray=${mark.dash} />`)}
      ${at !== null && html`<line x1=${x(weeks[at])} x2=${x(weeks[at])} y1=${top} y2=${top + plot} stroke="#1f2933" />
        ${here.map(({ key, mark }) => html`<${Mark} mark=${mark} x=${x(weeks[at])} y=${y(course.arms[key].median[at])} size=${5} />`)}`}
      ${narrow
        ? here.map(({ label, mark }, place) => html`<g transform=${`translate(8,${top + plot + 60 + place * 22})`}>
            <path d="M0,0H30" fill="none" stroke=${colourOf(mark)} stroke-width="2.5" stroke-dasharray=${mark.dash} /><${Mark} mark=${mark} x=${15} size=${4.5} />
            <text x="38" y="5">${label}</text></g>`)
        : ends.map(({ label, mark, y: end, words }) => html`<g>
            <path d=${`M${width - right + 2},${y(course.arms[here.find((one) => one.label === label).key].median.at(-1))}L${width - right + 14},${end}`} fill="none" stroke=${colourOf(mark)} stroke-opacity="0.6" />
            <${Mark} mark=${mark} x=${width - right + 21} y=${end} size=${4.5} />
            <text x=${width - right + 31} y=${end + 5} class="minor ends">${lines(label, (right - 32) / 6.7, 1)[0]}</text></g>`)}
    </svg>
  </div>`;
}

// Places for labels that do not overlap, in the order of their lines.
function spread(labels, gap, low, high) {
  const sorted = [...labels].sort((one, other) => one.y - other.y);
  for (let place = 0; place < sorted.length; place++) sorted[place].y = Math.max(sorted[place].y, place ? sorted[place - 1].y + gap : low);
  for (let place = sorted.length - 1; place >= 0; place--) sorted[place].y = Math.min(sorted[place].y, place < sorted.length - 1 ? sorted[place + 1].y - gap : high);
  return sorted;
}

export const courseTable = (course, shown) => ({
  columns: ["policy", ...["month", "week", "median, USD", "90 % from", "90 % to"].map((label) => ({ label, number: true }))],
  rows: shown.filter(({ key }) => course.arms[key]).flatMap(({ key, label }) => course.weeks.map((week, place) => [
    label, month(week), week, ...["median", "lo90", "hi90"].map((one) => rounded(course.arms[key][one]?.[place])),
  ])),
});

const rounded = (value) => (Number.isFinite(value) ? Math.round(value) : "");
