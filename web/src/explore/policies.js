// The policies of a study: a list to choose from, and templates to add one.
import { Swatch, marksOf } from "../compare/marks.js";
import { usd } from "../compare/words.js";
import { html, useState } from "../ui.js";
import { Who } from "./who.js";
import { addArm, change, checked, chosen, countries, facts, labelOf, nameOf, problemsAt, remember, removeArm, scenario, study } from "./study.js";
import { TEMPLATES, likely, likelyMoney } from "./templates.js";

export const marks = () => marksOf(Object.keys(study.value.arms), study.value.baseline);

export function Policies() {
  const [adding, setAdding] = useState(false);
  const document = study.value;
  const names = Object.keys(document.arms);
  const mark = marks();
  const most = facts.value?.limits.arms ?? 12;
  const choose = (name) => { chosen.value = name; remember(); };
  return html`<section class="policies" aria-label="Policies">
    <h2>Policies</h2>
    <ul class="policy-list">${names.map((name) => {
      const found = checked.value?.arms?.[name];
      const wrong = problemsAt("arms", name).length;
      return html`<li key=${name}><button class="policy-entry" aria-pressed=${chosen.value === name} onClick=${() => choose(name)}>
        <${Swatch} mark=${mark[name]} />
        <span class="policy-name">${labelOf(name)}
          <span class="policy-facts">${name === document.baseline ? "the baseline, always drawn" : wrong ? `${wrong === 1 ? "one thing" : `${wrong} things`} to mend` : found ? `${usd(found.usd_per_year)} USD a year` : ""}</span></span>
      </button></li>`;
    })}</ul>
    ${names.length < most
      ? html`<button class=${names.length < 2 && !adding ? "primary" : ""} aria-expanded=${adding} onClick=${() => setAdding(!adding)}>Add a policy</button>`
      : html`<p class="note">At most ${most} policies.</p>`}
    ${adding && html`<${Adding} done=${() => setAdding(false)} />`}
  </section>`;
}

function Adding({ done }) {
  const document = study.value;
  const first = likely(document, countries.value);
  const [template, setTemplate] = useState("coordinated, same budget");
  const [focus, setFocus] = useState(first.focus);
  const [partners, setPartners] = useState(first.partners);
  const [money, setMoney] = useState(likelyMoney(document));
  const kind = TEMPLATES.find((one) => one.name === template);
  const sorted = countries.value.map((one) => one.code).filter((code) => partners.includes(code));
  const needs = kind.one || !kind.partners ? "" : sorted.length < kind.partners ? `It needs ${kind.partners} countries or more: choose ${kind.partners - sorted.length} more.` : "";
  const add = () => {
    const weeks = document.window?.to ?? scenario.value?.weeks ?? 520;
    const start = document.window?.from ?? 26;
    const arm = kind.arm({ focus, partners: sorted, money, start, weeks, nameOf });
    addArm(kind.name, Object.fromEntries(Object.entries(arm).filter(([, value]) => value !== undefined)), (label) => `“${label}” was added.`);
    done();
    setTimeout(() => {
      const entry = window.document.querySelector('.explore .policy-entry[aria-pressed="true"]');
      entry?.focus({ preventScroll: true });
      entry?.closest(".explore").scrollIntoView();
    });
  };
  return html`<div class="adding" role="group" aria-label="A new policy">
    <fieldset class="plain"><legend>Begin with</legend>${TEMPLATES.map((one) => html`<label class="template"><input type="radio" name="template" value=${one.name} checked=${one.name === template} onChange=${() => setTemplate(one.name)} />
      <span><b>${one.name}</b> ${one.name === template && html`<span class="quiet">${one.about}</span>`}</span></label>`)}</fieldset>
    ${kind.one && html`<label class="field">Country <select value=${focus} onChange=${(event) => setFocus(event.target.value)}>${countries.value.map((one) => html`<option value=${one.code} selected=${one.code === focus}>${one.name}</option>`)}</select></label>`}
    ${!kind.one && kind.partners > 0 && html`<${Who} label="Countries" members=${partners} onChange=${setPartners} />`}
    ${kind.partners > 0 && html`<label class="field">Money, million USD a year <input type="number" min="0" step="0.5" value=${money / 1e6} onChange=${(event) => setMoney(Math.max(0, Number(event.target.value)) * 1e6)} /></label>`}
    ${needs && html`<p class="error">${needs}</p>`}
    <div class="row"><button class="primary" disabled=${Boolean(needs)} onClick=${add}>Add this policy</button><button onClick=${done}>Cancel</button></div>
  </div>`;
}

// Copy, remove, and what others are compared with.
export function PolicyActions({ name }) {
  const document = study.value;
  const base = name === document.baseline;
  const copy = () => addArm(`${name} copy`, { ...structuredClone(document.arms[name]), label: `${labelOf(name)} copy` }, (label) => `“${label}” was added.`);
  return html`<span class="row">
    <button onClick=${copy} disabled=${Object.keys(document.arms).length >= (facts.value?.limits.arms ?? 12)}>Duplicate</button>
    ${!base && html`<button onClick=${() => change({ ...document, baseline: name }, `All policies are now compared with “${labelOf(name)}”.`)}>Compare with this</button>`}
    <button onClick=${() => removeArm(name)} disabled=${base} title=${base ? "The baseline stays: choose another one first." : ""}>Remove</button>
  </span>`;
}
