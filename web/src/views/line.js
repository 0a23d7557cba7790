// Lines over months with their names at their ends, and the space between two of them shaded.
import { scaleLinear } from "d3-scale";
import { html } from "../ui.js";

const path = (points) => points.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

// series: [{key, label, values}] (one value a month, the first at month `first`); to: last month; marks: [{month, label}].
export function Lines({ series, first = 1, to, unit, zero = false, marks = [], width, height, label, format, type = 1, empty = "" }) {
  const all = series.flatMap((one) => one.values);
  const [low, high] = all.length ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const pad = Math.max(0.15 * (high - low), 0.02 * Math.abs(high), 0.5);
  const bottom = zero ? 0 : Math.max(0, low - pad);
  const ticks = Math.max(2, Math.min(4, Math.floor(height / 45)));
  const y = scaleLinear([bottom, high + pad], [height - 24 * type, 26 * type]).nice(4);
  const right = type * Math.max(60, 12 + 7.2 * Math.max(...series.map((one) => one.label.length)));
  const left = 44 * type;
  const x = scaleLinear([0, to], [left, width - right]);
  const years = Array.from({ length: Math.floor(to / 12) + 1 }, (_, year) => 12 * year);
  const points = series.map((one) => one.values.map((value, place) => [x(first + place), y(value)]));
  // The words at a mark keep out of the lines' way.
  const beside = marks.length ? points.flat().filter(([px]) => px >= x(marks[0].month) && px < x(marks[0].month) + 110 * type) : [];
  const under = beside.filter(([, py]) => py > height - 50 * type).length;
  const over = beside.filter(([, py]) => py < 46 * type).length;
  const atTop = under > over;
  const ends = points.map((line) => line.at(-1)).map((end, place) => end && { x: end[0], y: end[1], place }).filter(Boolean);
  if (ends.length === 2 && Math.abs(ends[0].y - ends[1].y) < 17 * type) {
    const [upper, lower] = ends[0].y <= ends[1].y ? ends : [ends[1], ends[0]];
    const middle = (upper.y + lower.y) / 2;
    upper.y = middle - 8.5 * type;
    lower.y = middle + 8.5 * type;
  }
  return html`<svg class="line-chart" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${label}>
    ${(all.length ? y.ticks(ticks) : []).filter((value, place, ticks) => place === 0 || format(value) !== format(ticks[place - 1])).map((value) => html`<g class="tick"><line x1=${left} x2=${width - right} y1=${y(value)} y2=${y(value)} /><text x=${left - 6} y=${y(value) + 4} text-anchor="end">${format(value)}</text></g>`)}
    ${years.map((month) => html`<g class="tick"><text x=${x(month)} y=${height - 7} text-anchor="middle">${month}</text></g>`)}
    <text class="unit" x=${left - 34 * type} y=${13 * type}>${unit}${!zero && y.domain()[0] > 0 && all.length ? ` (the axis begins at ${format(y.domain()[0])})` : ""}</text>
    <text class="unit" x=${width - right + 13 * type} y=${height - 7}>month</text>
    ${marks.map((mark) => html`<g class="mark"><line x1=${x(mark.month)} x2=${x(mark.month)} y1="20" y2=${height - 24 * type} /><text x=${x(mark.month) + 4} y=${atTop ? 36 * type : height - 24 * type - 6}>${mark.label}</text></g>`)}
    ${series.length === 2 && points[0].length > 1 && html`<path class="gap" d=${`${path(points[0])}${path([...points[1]].reverse()).replace("M", "L")}Z`} />`}
    ${points.map((line, place) => line.length > 0 && html`<path class=${`line ${series[place].key}`} d=${path(line.length > 1 ? line : [line[0], [line[0][0] + 0.5, line[0][1]]])} />`)}
    ${ends.map((end) => html`<text class=${`end ${series[end.place].key}`} x=${end.x + 7} y=${end.y + 5}>${series[end.place].label}</text>`)}
    ${!all.length && empty && html`<text class="unit" x=${left} y=${height / 2}>${empty}</text>`}
  </svg>`;
}

export const lineTable = (series, first, label, format) => ({
  columns: ["month", ...series.map((one) => ({ label: `${one.label}: ${label}`, number: true }))],
  rows: series[0].values.map((_, place) => [first + place, ...series.map((one) => format(one.values[place]))]),
});

// Many thin lines, one a seed: where each ends tells whether B or A has more.
export function Threads({ lines, to, unit, above, below, width, height, label, format, type = 1 }) {
  const all = lines.flat();
  const reach = 0.1 * Math.max(1, ...all.map(Math.abs));
  const [low, high] = [Math.min(-reach, ...all), Math.max(reach, ...all)];
  const y = scaleLinear([low - reach, high + reach], [height - 24 * type, 22 * type]).nice(4);
  const left = 50 * type;
  const right = 96 * type;
  const x = scaleLinear([0, to], [left, width - right]);
  return html`<svg class="line-chart threads" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${label}>
    ${y.ticks(4).map((value) => html`<g class=${`tick${value === 0 ? " zero" : ""}`}><line x1=${left} x2=${width - right} y1=${y(value)} y2=${y(value)} /><text x=${left - 6} y=${y(value) + 4} text-anchor="end">${format(value)}</text></g>`)}
    ${Array.from({ length: Math.floor(to / 12) + 1 }, (_, year) => html`<g class="tick"><text x=${x(12 * year)} y=${height - 7} text-anchor="middle">${12 * year}</text></g>`)}
    <text class="unit" x="2" y=${13 * type}>${unit}</text>
    <text class="unit" x=${width - right + 13 * type} y=${height - 7}>month</text>
    ${lines.map((line) => html`<path class=${`thread ${line.at(-1) < 0 ? "b" : "a"}`} d=${path([[x(0), y(0)], ...line.map((value, place) => [x(place + 1), y(value)])])} />`)}
    <text class="end a" x=${width - right + 7} y=${Math.min(y(0) - 6, y(high))}>${above}</text>
    <text class="end b" x=${width - right + 7} y=${Math.max(y(0) + 16, y(low) + 4)}>${below}</text>
  </svg>`;
}
