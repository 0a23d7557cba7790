// What the model is, shows and leaves out; every number, source and assumption, as the program itself declares them.
import "./about.css";
import { api } from "../connection.js";
import { fragment, header, route } from "../shell.js";
import { html, useEffect, useMemo, useState } from "../ui.js";
import { csv, save } from "../views/panel.js";

const PARTS = [
  ["what", "What it is"], ["shows", "What it shows, and what not"], ["works", "How it works"], ["use", "How to use it"], ["limits", "Limits"], ["decide", "What decides"],
  ["parameters", "Parameters"], ["assumptions", "Assumptions"], ["sources", "Sources"], ["cite", "Version and citing"],
];
const STATUS = { imagined: "Imagined", stylised: "Stylised", calibrated: "Calibrated" };

const PARAMETERS = [
  ["Number", (row) => row.path], ["What it is", (row) => row.about], ["Value", (row) => row.value], ["Unit", (row) => row.unit],
  ["Plausible", (row) => row.plausible + (row.drawn ? ", drawn" : "")], ["Source", (row) => row.source], ["Grade", (row) => row.grade],
  ["Limits", (row) => row.limits],
];
const SOURCES = [
  ["File", (row) => row.file], ["Field", (row) => row.field], ["Kind", (row) => row.kind], ["Source", (row) => row.source],
  ["Licence", (row) => row.licence], ["Evidence", (row) => row.evidence], ["Note", (row) => row.note],
];
const RECALLED = [["File", (row) => row.file], ["Row", (row) => row.what], ["Value", (row) => row.text], ["Said to be from", (row) => row.source]];

export function Page() {
  const [facts, setFacts] = useState(null);
  const [problem, setProblem] = useState("");
  const { part = "" } = route.value.parameters;
  useEffect(() => {
    api.get("/api/about").then(setFacts).catch((error) => setProblem(error.message));
  }, []);
  useEffect(() => {
    if (!facts) return;
    const made = { model: "displace", version: facts.version, status: facts.status };
    const table = (columns, rows) => csv({ columns: columns.map(([label]) => label), rows: rows.map((row) => columns.map(([, of]) => of(row))) }, made);
    header.value = {
      world: "All worlds", policy: "No policy", seeds: "No seed", status: facts.status, share: () => fragment("about", part ? { part } : {}),
      export: () => [
        { label: "Parameters (CSV)", run: () => save("parameters.csv", table(PARAMETERS, facts.parameters), "text/csv") },
        { label: "Sources (CSV)", run: () => save("sources.csv", table(SOURCES, facts.sources), "text/csv") },
      ],
    };
  }, [facts, part]);
  useEffect(() => {
    const target = facts && part && document.getElementById(`part-${part}`);
    if (!target) return;
    if (target.tagName === "DETAILS") target.open = true;
    target.scrollIntoView();
    target.querySelector("summary, h2")?.focus({ preventScroll: true });
  }, [facts, part]);
  if (problem) return html`<h1>About the model</h1><p class="error" role="alert">${problem}</p>`;
  if (!facts) return html`<h1>About the model</h1><p class="quiet" role="status">Reading the declarations of the model …</p>`;
  return html`<div class="about">
    <nav class="contents side-text" aria-label="On this page">
      ${PARTS.map(([name, label]) => html`<a href=${fragment("about", { part: name })} aria-current=${part === name ? "true" : undefined}>${label}</a>`)}
    </nav>
    <article>
      <h1>About the model</h1>
      <${Part} name="what">
        <p>${facts.what}</p>
        <p><span class=${`status ${facts.status}`}>${STATUS[facts.status]}</span> is the status of the model; worlds that are made up bear the word Imagined. It stands on every page and every export.</p>
        <dl class="statuses">${Object.entries(facts.statuses).map(([word, meaning]) => html`<dt>${STATUS[word] ?? word}</dt><dd>${meaning}</dd>`)}</dl>
      <//>
      <${Part} name="shows"><div class="pair">
        <div><h3>It shows, in the model</h3><ul>${facts.shows.map((line) => html`<li>${line}</li>`)}</ul></div>
        <div><h3>It does not show</h3><ul>${facts.shows_not.map((line) => html`<li>${line}</li>`)}</ul></div>
      </div><//>
      <${Part} name="works">
        <p>Time passes in weeks. In each, ten things happen, always in this order:</p>
        <ol class="verbs">${facts.verbs.map((verb) => html`<li><b>${verb.name}</b><span>${verb.words}</span><span class="quiet">${verb.does}</span></li>`)}</ol>
        <h3>Same dice</h3><p>${facts.same_dice}</p>
        <${Dice} />
      <//>
      <${Part} name="use">
        <ul>${facts.use.map((line) => html`<li>${linked(line)}</li>`)}</ul>
        <div class="pair">
          <div><h3>Things to notice</h3><ul>${facts.notice.map((line) => html`<li>${line}</li>`)}</ul></div>
          <div><h3>Extending it</h3><ul>${facts.extend.map((line) => html`<li>${marked(line)}</li>`)}</ul></div>
        </div>
        <h3>Things to try</h3>
        <p>Cooperation does not have to win. Some of these questions are shipped because it does not:</p>
        <dl>${facts.try.map((one) => html`<dt>${one.id} <span class="quiet">${STATUS[one.status]}</span></dt><dd>${one.about}</dd>`)}</dl>
      <//>
      <${Part} name="limits"><ul>${facts.limits.map((line) => html`<li>${line}</li>`)}</ul><//>
      <${Part} name="decide">
        <p>These choices move the answer more than most policies do:</p>
        <ol>${facts.deciding.map((one) => html`<li><b>${one.title}</b>: ${reasons(one.text)}</li>`)}</ol>
        ${!facts.deciding.length && html`<p>They are told in docs/assumptions.md.</p>`}
      <//>
      <${Part} name="parameters">
        <p>Every number of the model, once. Drawn: every run takes another value from the plausible range. A-n leads to the reason. The grade is that of the evidence for the reason: read, derived or assumption.</p>
        <${Searched} name="parameters" noun="numbers" rows=${facts.parameters} columns=${PARAMETERS} cell=${{ Source: (row) => reasons(row.source), Number: (row) => html`<code>${row.path}</code>` }} />
      <//>
      <${Part} name="assumptions"><${Assumptions} all=${facts.assumptions} open=${part} /><//>
      <${Part} name="sources">
        <p>Where tables, formulas and numbers about countries come from.</p>
        <dl class="statuses">${Object.entries(facts.evidence).map(([word, meaning]) => html`<dt>${word}</dt><dd>${meaning}</dd>`)}</dl>
        <${Searched} name="sources" noun="sources" rows=${facts.sources} columns=${SOURCES} />
        <${Recalled} rows=${facts.recalled} />
      <//>
      <${Part} name="cite">
        <dl class="statuses"><dt>Version</dt><dd>displace ${facts.version}</dd><dt>Licence</dt><dd>${facts.licence}</dd></dl>
        <p>Please cite the version, and the manifest of the results that you show:</p>
        <p class="citation">${facts.cite}</p>
        <button onClick=${() => navigator.clipboard.writeText(facts.cite)}>Copy</button>
      <//>
    </article>
  </div>`;
}

const Part = ({ name, children }) => html`<section id=${`part-${name}`} aria-labelledby=${`head-${name}`}><h2 id=${`head-${name}`} tabindex="-1">${PARTS.find(([one]) => one === name)[1]}</h2>${children}</section>`;

// Two rows of coins: the same week, two policies. Only the coin that the policy turns over differs.
function Dice() {
  const heads = [1, 0, 0, 1, 1, 0, 1, 0, 0, 1];
  const row = (label, turned) => html`<tr><th scope="row">${label}</th>${heads.map((head, place) => {
    const up = place === turned ? 1 - head : head;
    return html`<td><span class=${`coin ${up ? "up" : ""} ${place === turned ? "turned" : ""}`}>${up ? "H" : "T"}</span></td>`;
  })}</tr>`;
  return html`<div class="scrolls" tabindex="0" role="region" aria-label="Same dice, as coins"><table class="dice"><caption>Ten chance events of one week under two policies. The policy changes the chance of the sixth; the other nine fall alike.</caption>
    <tbody>${row("No change", -1)}${row("Policy", 5)}</tbody></table></div>`;
}

// `A-31` becomes a link to the reason.
function reasons(text) {
  return text.split(/(A-\d+)/).map((piece) => (/^A-\d+$/.test(piece) ? html`<a href=${fragment("about", { part: piece })}>${piece}</a>` : marked(piece)));
}

const marked = (text) => text.split(/(`[^`]+`)/).map((piece) => (piece.startsWith("`") && piece.length > 1 ? html`<code>${piece.slice(1, -1)}</code>` : piece));

// `Learn: …` begins with the place that it leads to.
function linked(line) {
  return line.split(/\b(Learn|Explore|Compare|Map|Report)(?=:)/).map((piece) => (/^(Learn|Explore|Compare|Map|Report)$/.test(piece) ? html`<a href=${fragment(piece.toLowerCase())}>${piece}</a>` : piece));
}

// Long, and seldom asked for: drawn when it is opened.
function Recalled({ rows }) {
  const [open, setOpen] = useState(false);
  return html`<details onToggle=${(event) => setOpen(event.target.open)}><summary>Recalled, not verified: ${rows.length} rows</summary>
    ${open && html`<${Searched} name="recalled" noun="recalled rows" rows=${rows} columns=${RECALLED} />`}</details>`;
}

const holds = (text, words) => words.every((word) => text.includes(word));
const wordsOf = (query) => query.toLowerCase().split(/\s+/).filter(Boolean);

function Search({ name, noun, query, onQuery, found, all }) {
  return html`<p class="search"><label for=${`search-${name}`}>Search the ${noun}</label>
    <input id=${`search-${name}`} type="search" value=${query} onInput=${(event) => onQuery(event.target.value)} />
    <span role="status">${query.trim() ? `${found} of ${all} ${noun}` : `${all} ${noun}`}</span></p>`;
}

function Searched({ name, noun, rows, columns, cell = {} }) {
  const [query, setQuery] = useState("");
  const texts = useMemo(() => rows.map((row) => columns.map(([, of]) => of(row)).join(" ").toLowerCase()), [rows]);
  const shown = rows.filter((_, place) => holds(texts[place], wordsOf(query)));
  return html`<${Search} name=${name} noun=${noun} query=${query} onQuery=${setQuery} found=${shown.length} all=${rows.length} />
    ${shown.length === 0 ? html`<p>Nothing contains all of these words.</p>` : html`<div class="scrolls tall" tabindex="0" role="region" aria-label=${`Table of ${noun}`}><table class=${name}>
      <caption class="sr">All ${noun}</caption>
      <thead><tr>${columns.map(([label]) => html`<th scope="col">${label}</th>`)}</tr></thead>
      <tbody>${shown.map((row) => html`<tr>${columns.map(([label, of], place) => {
        const content = cell[label]?.(row) ?? of(row);
        return place === 0 ? html`<th scope="row">${content}</th>` : html`<td>${content}</td>`;
      })}</tr>`)}</tbody></table></div>`}`;
}

function Assumptions({ all, open }) {
  const [query, setQuery] = useState("");
  const shown = all.filter((one) => holds(`${one.id} ${one.group} ${one.title} ${one.grade} ${one.text}`.toLowerCase(), wordsOf(query)) || one.id === open);
  const groups = [...new Set(shown.map((one) => one.group))];
  if (!all.length) return html`<p>The reasons are told in docs/assumptions.md of the repository.</p>`;
  return html`<p>Why the numbers are what they are, what is plausible, and what would change if they were wrong.</p>
    <${Search} name="assumptions" noun="assumptions" query=${query} onQuery=${setQuery} found=${shown.length} all=${all.length} />
    ${groups.map((group) => html`<h3>${group}</h3>${shown.filter((one) => one.group === group).map((one) => html`<details id=${`part-${one.id}`} key=${one.id}>
      <summary><span class="anchor">${one.id}</span> ${one.title} <span class="grade">${one.grade}</span></summary><p>${reasons(one.text)}</p></details>`)}`)}`;
}
