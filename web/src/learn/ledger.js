// "Where did they go?", and in the scenes before the squeeze: what has happened so far.
import { html } from "../ui.js";
import { Table } from "../views/panel.js";
import { fates } from "./maps.js";
import * as session from "./session.js";
import { inWords, list } from "./words.js";

const KINDS = [
  ["there", "still there"],
  ["stopped", "stopped"],
  ["quiet", "went quiet"],
  ["trade", "changed trade"],
  ["moved", "moved away"],
];

const REACH = 38; // per cent of the row that the longest bar takes; the rest is for words

const countriesIn = (fate) => [...fate.countries].sort((one, other) => other[1] - one[1] || one[0] - other[0])
  .map(([place, count]) => [session.lesson.value.world.countries[place].name, count]);

const Bar = ({ which, value, of, words }) => html`<span class="bar-row"><span class=${`bar ${which}`} style=${{ width: `${of ? (REACH * value) / of : 0}%` }}></span>
  <span class="bar-words" title=${words || undefined}><b>${value}</b>${words && html` <span class="quiet">${words}</span>`}</span></span>`;

export function Ledger() {
  const since = session.squeeze.value;
  const home = session.names.value[session.actor.value];
  const found = { a: fates("a"), b: fates("b") };
  if (!found.a) {
    return html`<section class="panel ledger" aria-label="Where did they go?"><h2>Where did they go?</h2>
      <p class="quiet">${since === null
        ? `Nobody presses yet. Push Pressure up: from then on, this follows each operation that is in ${home} at that moment.`
        : `The pressure begins in month ${Math.floor(since / (52 / 12) + 1e-9)}. From then on, this follows each operation that is in ${home} at that moment.`}</p></section>`;
  }
  const most = Math.max(1, ...KINDS.flatMap(([key]) => [found.a[key], found.b[key]]));
  return html`<section class="panel ledger" aria-label="Where did they go?">
    <h2>Where did they go? <span class="aside">${inWords(found.a.total)} in ${home} when it began</span></h2>
    <div class="bars">${KINDS.map(([key, word]) => html`<div class=${`bar-group${found.a[key] + found.b[key] ? "" : " nil"}`}><span class="bar-label">${word}</span><span class="bar-pair">
      ${["a", "b"].map((which) => html`<${Bar} which=${which} value=${found[which][key]} of=${most}
        words=${key === "moved" && list(countriesIn(found[which]).map(([name, count]) => `${name} ${count}`))} />`)}</span></div>`)}</div>
    <details><summary>As a table</summary><${Table} ...${ledgerTable()} caption="Where did they go?" /></details>
  </section>`;
}

export function ledgerTable() {
  const found = { a: fates("a"), b: fates("b") };
  const names = session.lesson.value.world.countries;
  const places = names.map((_, place) => place).filter((place) => found.a.countries.has(place) || found.b.countries.has(place));
  const row = (label, of) => [label, of(found.a), of(found.b)];
  return {
    columns: ["what became of them", { label: "A", number: true }, { label: "B", number: true }],
    rows: [
      row("in all", (fate) => fate.total),
      ...KINDS.map(([key, word]) => row(word, (fate) => fate[key])),
      row("moved away and at work", (fate) => fate.active),
      ...places.map((place) => row(`moved to ${names[place].name}`, (fate) => fate.countries.get(place) ?? 0)),
    ],
  };
}

const EVENTS = [["opened", "opened"], ["stopped", "stopped"], ["moved", "moved"], ["quiet", "went quiet"], ["trade", "changed trade"]];

export function SoFar() {
  const state = session.worlds.a.value;
  const rows = EVENTS.map(([key, word]) => [word, state?.happened[key] ?? 0]);
  const most = Math.max(5, ...rows.map(([, count]) => count));
  return html`<section class="panel ledger" aria-label="What has happened so far?">
    <h2>What has happened so far? <span class="aside">all countries</span></h2>
    ${session.week.value === 0 && html`<p class="empty">Nothing has moved yet. Press Play or the right arrow.</p>`}
    <div class="bars one">${rows.map(([word, count]) => html`<div class="bar-group"><span class="bar-label">${word}</span><span class="bar-pair"><${Bar} which="none" value=${count} of=${most} /></span></div>`)}</div>
    <p class="side-text quiet">A full square or circle is at work. A hollow one is quiet: it rests and may come back. An operation that stopped is gone for good; another may open.</p>
  </section>`;
}
