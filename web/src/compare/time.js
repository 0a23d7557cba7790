// One time for the views of Compare: a slider, what each policy's harm is then, where operations are, and the ways they took.
import { html } from "../ui.js";
import { Swatch } from "./marks.js";
import { month, number, usd } from "./words.js";

export function TimeBar({ weeks, at, onAt, periodWeeks }) {
  const words = `weeks ${weeks[at] - periodWeeks} to ${weeks[at]} (month ${month(weeks[at])})`;
  return html`<div class="time-bar">
    <label for="time">Time</label>
    <input id="time" type="range" min="0" max=${weeks.length - 1} step="1" value=${at} aria-valuetext=${words} onInput=${(event) => onAt(Number(event.target.value))} />
    <output for="time">${words}</output>
  </div>`;
}

export function Then({ panels, shown, at }) {
  const stocks = (arm, code) => panels.stocks?.[arm.key]?.[code]?.[at];
  const names = namesIn(panels);
  const codes = Object.keys(panels.stocks?.[shown[0]?.key] ?? {}).sort((one, other) => (names[one] ?? one).localeCompare(names[other] ?? other, "en"));
  const some = codes.filter((code) => shown.some((arm) => stocks(arm, code) >= 0.5));
  const none = codes.filter((code) => !some.includes(code));
  return html`<div class="scrolls" tabindex="0" role="region" aria-label="Harm and operations at this time"><table class="then">
    <thead><tr><th scope="col">at this time</th>${shown.map((arm) => html`<th scope="col" class="number"><${Swatch} mark=${arm.mark} /> ${arm.label}</th>`)}</tr></thead>
    <tbody>
      <tr><th scope="row">Harm, USD in ${panels.periods_weeks} weeks</th>${shown.map((arm) => html`<td class="number">${usd(panels.course.arms[arm.key]?.median[at], { short: true })}</td>`)}</tr>
      ${some.map((code) => html`<tr><th scope="row">Operations in ${names[code] ?? code}</th>${shown.map((arm) => html`<td class="number">${number(stocks(arm, code))}</td>`)}</tr>`)}
    </tbody>
  </table></div>
  ${none.length > 0 && html`<p class="note">Next to no operations then in ${none.map((code) => names[code] ?? code).join(", ")}.</p>`}`;
}

export const namesIn = (panels) => Object.fromEntries(Object.values(panels.countries ?? {}).flat().map((row) => [row.code, row.name]));

// The ways that operations took most, over the whole window.
export function flowTable(panels, arm, most = 15) {
  const names = namesIn(panels);
  const rows = [...(panels.flows?.[arm] ?? [])].sort((one, other) => other.operations - one.operations).slice(0, most);
  return {
    columns: ["from", "to", { label: "operations moved, mean of runs", number: true }, { label: "more than the baseline", number: true }],
    rows: rows.map((row) => [names[row.origin] ?? row.origin, names[row.destination] ?? row.destination, number(row.operations), number(row.difference)]),
  };
}

export const thenTable = (panels, shown) => {
  const names = namesIn(panels);
  return {
    columns: ["policy", "country", { label: "week", number: true }, { label: "operations", number: true }],
    rows: shown.flatMap((arm) => Object.entries(panels.stocks?.[arm.key] ?? {}).flatMap(([code, series]) => series.map((value, place) => [arm.label, names[code] ?? code, panels.course.weeks[place], value]))),
  };
};
