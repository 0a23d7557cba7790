// How we think the world works: numbers of the model that hold in the baseline and in every policy alike.
import { capital, number } from "../compare/words.js";
import { html, useState } from "../ui.js";
import { change, facts, problemsAt, scenario, study } from "./study.js";

const GROUPS = {
  choice: "How operations choose", costs: "What things cost", harm: "What counts as harm", trust: "Trust among governments", crimes: "The trades",
};

const titled = (path) => capital(path.split(".").at(-1).replaceAll("_", " "));

export function Assumptions() {
  const [open, setOpen] = useState(false);
  const [words, setWords] = useState("");
  const [all, setAll] = useState(false);
  const given = study.value.assumptions ?? {};
  const count = Object.keys(given).length;
  const known = (facts.value?.assumptions ?? []).filter((one) => !one.path.startsWith("crimes.") || scenario.value?.crimes.includes(one.path.split(".")[1]));
  const sought = words.trim().toLowerCase();
  const found = known.filter((one) => sought
    ? `${one.path} ${one.about}`.toLowerCase().includes(sought)
    : all || one.path in given || /decisive/.test(one.source));
  const groups = new Map();
  for (const one of found) {
    const [first, group] = one.path.split(".");
    const name = first === "crimes" ? GROUPS.crimes : GROUPS[group] ?? capital(group);
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return html`<aside class=${`assumptions ${open ? "open" : ""}`} aria-label="Assumptions">
    <button class="assumptions-toggle" aria-expanded=${open} onClick=${() => setOpen(!open)}>How we think the world works${count ? ` (${count} changed)` : ""}</button>
    ${open && html`<div class="assumptions-inside">
      <p class="note">These numbers hold under <strong>every</strong> policy. Those called decisive change answers most. Changing one draws the baseline and all policies anew, together.</p>
      <label class="field">Find an assumption <input type="text" value=${words} onInput=${(event) => setWords(event.target.value)} /></label>
      ${count > 0 && html`<p><button onClick=${() => change({ ...study.value, assumptions: {} }, "All assumptions are as usual again. This changes the baseline and every policy together.")}>All as usual</button></p>`}
      ${[...groups].map(([group, rows]) => html`<h3>${group}</h3>${rows.map((one) => html`<${Assumption} key=${one.path} one=${one} />`)}`)}
      ${found.length === 0 && html`<p class="quiet">No assumption is called so.</p>`}
      ${!sought && html`<p><button aria-pressed=${all} onClick=${() => setAll(!all)}>${all ? "Only the decisive ones" : `All ${known.length} assumptions`}</button></p>`}
    </div>`}
  </aside>`;
}

function Assumption({ one }) {
  const given = study.value.assumptions ?? {};
  const usual = scenario.value?.assumed?.[one.path] ?? one.default;
  const value = given[one.path] ?? usual;
  const id = `assume-${one.path.replaceAll(".", "-")}`;
  const log = one.scale === "log" && one.low > 0;
  const to = (number) => (log ? Math.log(number) : number);
  const from = (number) => (log ? Math.exp(number) : number);
  const low = Math.min(one.low, usual, typeof value === "number" ? value : usual);
  const high = Math.max(one.high, usual, typeof value === "number" ? value : usual);
  const [dragged, setDragged] = useState(null);
  const set = (next) => {
    setDragged(null);
    const rounded = next === null ? null : Number(next.toPrecision(3));
    const { [one.path]: _, ...others } = given;
    change({ ...study.value, assumptions: rounded === null ? others : { ...others, [one.path]: rounded } },
      `Assumption “${titled(one.path)}” is now ${number(rounded ?? usual, 3)} instead of ${number(value, 3)}. This changes the baseline and every policy together.`);
  };
  const shown = dragged ?? value;
  const problem = problemsAt("assumptions", one.path)[0];
  return html`<div class=${`assumption ${one.path in given ? "changed" : ""}`}>
    <label for=${id}>${one.about ? capital(one.about) : titled(one.path)}</label>
    <p class="hint">${one.path.split(".").at(-1).replaceAll("_", " ")}${one.unit && one.unit !== "1" ? `, ${one.unit}` : ""}${/decisive/.test(one.source) ? " · decisive" : ""}</p>
    <div class="slide"><span>${number(low, 2)}</span>
      <input id=${id} type="range" min=${to(low)} max=${to(high)} step=${(to(high) - to(low)) / 200 || "any"} value=${to(shown)} aria-valuetext=${number(shown, 3)}
        onInput=${(event) => setDragged(from(Number(event.target.value)))} onChange=${(event) => set(from(Number(event.target.value)))} /><span>${number(high, 2)}</span></div>
    <p class="hint"><b>${number(shown, 3)}</b>${one.path in given ? html` instead of ${number(usual, 3)} <button class="slight" onClick=${() => set(null)}>As usual<span class="sr"> ${titled(one.path)}</span></button>` : one.drawn ? `: every run draws its own between ${number(one.low, 2)} and ${number(one.high, 2)}, until you fix it` : ""}</p>
    ${problem && html`<p class="error" role="alert">${problem.message}</p>`}
  </div>`;
}
