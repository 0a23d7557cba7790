// Who pays, and whose people lose: by country, in both worlds, since the policy began.
import { html } from "../ui.js";
import { Table } from "../views/panel.js";
import * as session from "./session.js";
import { change, inWords, money, two } from "./words.js";
import { byCountry, sum } from "./world.js";

export function bearing() {
  const { frames } = session.tape.value;
  const since = session.squeeze.value ?? 0;
  const countries = session.lesson.value.world.countries;
  const none = countries.map(() => 0);
  const of = (which, key) => (session.week.value > since ? byCountry(frames, which, key, since, session.week.value) : none);
  const [pays, harm] = [{ a: of("a", "g"), b: of("b", "g") }, { a: of("a", "h"), b: of("b", "h") }];
  return countries.map((country, place) => ({
    code: country.code, name: country.name, pays: { a: pays.a[place], b: pays.b[place] }, harm: { a: harm.a[place], b: harm.b[place] },
  }));
}

const Pair = ({ values, most, reach, words }) => html`<span class="bar-pair">${["a", "b"].map((which) => html`<span class="bar-row">
  <span class=${`bar ${which}`} style=${{ width: `${most ? (reach * values[which]) / most : 0}%` }}></span><span class="bar-words">${words(which)}</span></span>`)}</span>`;

export function Pays() {
  const { a, b } = session.run.value;
  const all = bearing();
  const last = [...a, ...b].at(-1) ?? {};
  const members = new Set([session.actor.value, ...(last.partners ?? []), ...[...a, ...b].flatMap((entry) => entry.partners ?? [])]);
  const skips = new Set([...a, ...b].flatMap((entry) => entry.skips ?? []));
  const first = all.filter((one) => members.has(one.code));
  const others = all.filter((one) => !members.has(one.code));
  const rows = [...first, ...(others.length ? [{
    code: "others", name: `${inWords(others.length)} others`,
    pays: { a: sum(others.map((one) => one.pays.a)), b: sum(others.map((one) => one.pays.b)) },
    harm: { a: sum(others.map((one) => one.harm.a)), b: sum(others.map((one) => one.harm.b)) },
  }] : [])];
  const most = { pays: Math.max(...first.flatMap((one) => [one.pays.a, one.pays.b])), harm: Math.max(...rows.flatMap((one) => [one.harm.a, one.harm.b])) };
  const begun = most.harm > 0;
  return html`<section class="panel pays" aria-label="Who pays, and whose people lose?">
    <h2>Who pays, and whose people lose? <span class="aside">million USD since it began</span></h2>
    ${!begun && html`<p class="empty">Nobody has paid yet. Press Play.</p>`}
    ${begun && html`<div class="paying">
      <span></span><span class="quiet">pays for the policy</span><span class="quiet">harm to its people (B against A)</span>
      ${rows.map((one) => html`<span class="bar-label">${skips.has(one.code) ? html`<b>${one.name}</b> skips in B` : one.name}</span>
        <${Pair} values=${one.pays} most=${most.pays} reach=${60} words=${(which) => two(one.pays[which] / 1e6)} />
        <${Pair} values=${one.harm} most=${most.harm} reach=${36} words=${(which) => (which === "a" ? two(one.harm.a / 1e6) : html`${two(one.harm.b / 1e6)} <b>(${change(one.harm.b / one.harm.a - 1)})</b>`)} />`)}
    </div>`}
    <details><summary>As a table</summary><${Table} ...${paysTable()} caption="Cost and harm by country, in both worlds" /></details>
  </section>`;
}

export const paysTable = () => ({
  columns: ["country", ...["pays, A", "pays, B", "harm, A", "harm, B", "B against A"].map((label) => ({ label, number: true }))],
  rows: bearing().map((one) => [one.name, money(one.pays.a), money(one.pays.b), money(one.harm.a), money(one.harm.b), one.harm.a ? change(one.harm.b / one.harm.a - 1) : "–"]),
});
