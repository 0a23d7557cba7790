// Where a study begins: a shipped experiment, a world without policies, or a file of one's own.
import { Refused, api } from "../connection.js";
import { html, useEffect, useRef, useState } from "../ui.js";
import { LARGEST_FILE, facts, loadFacts, open, refusal } from "./study.js";

const NOTES = {
  imagined: "Imagined: countries and numbers are invented.",
  stylised: "Stylised: real countries, public numbers and assumptions, not calibrated. Read signs and differences, not levels.",
  calibrated: "Calibrated: fitted to public data. Not a forecast.",
};
const CONTENT = "This world contains trafficking in persons. Coerced workers are victims in it; no methods or routes are told.";

const FIRST = "two-countries";
const order = (one, other) => (other.id === FIRST) - (one.id === FIRST);

export async function openExperiment(id) {
  await trying(async () => {
    const { document } = await api.get(`/api/experiments/${encodeURIComponent(id)}`);
    await loadFacts();
    open(document);
  }, id);
}

export function openScenario(one) {
  const first = 2 * one.period;
  open({
    name: `${one.id}-study`.slice(0, 64), about: "", scenario: one.id, baseline: "no change", replicates: 20, seed: 1,
    window: { from: first < one.weeks - one.period ? first : 0, to: one.weeks - (one.weeks % one.period) },
    arms: { "no change": {} }, contrasts: [], assumptions: {},
  }, "no change");
}

export async function openFile(file) {
  if (file.size > LARGEST_FILE) {
    refusal.value = { file: file.name, message: `This file has ${Math.round(file.size / 1024).toLocaleString("en")} kB; at most ${LARGEST_FILE / 1024} kB are read.` };
    return;
  }
  await trying(async () => {
    const { document } = await api.post("/api/study/read", { text: await file.text() });
    await loadFacts();
    open(document);
  }, file.name);
}

async function trying(what, file) {
  try {
    refusal.value = null;
    await what();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refusal.value = { file, message: error.message, ...error.error };
  }
}

export function Refusal() {
  const told = refusal.value;
  const box = useRef();
  useEffect(() => box.current?.scrollIntoView({ block: "center" }), [told]);
  if (!told) return null;
  const problems = told.problems?.length ? told.problems : [told];
  return html`<div class="error refusal" role="alert" ref=${box}>
    <p><strong>${told.file} cannot be opened.</strong> What was here is kept.</p>
    <ul>${problems.slice(0, 12).map((one) => html`<li>${one.line ? html`<b>Line ${one.line}, column ${one.column}:</b> ` : ""}${one.message}${one.nearest && !one.message.includes(`did you mean`) ? html` Did you mean <b>${one.nearest}</b>?` : ""}</li>`)}</ul>
    ${problems.length > 12 && html`<p>And ${problems.length - 12} more.</p>`}
    <button onClick=${() => (refusal.value = null)}>Close</button>
  </div>`;
}

export function OpenFile({ label = "Open a YAML file" }) {
  const input = useRef();
  return html`<button onClick=${() => input.current.click()}>${label}</button>
    <input ref=${input} type="file" accept=".yaml,.yml,text/yaml" hidden aria-label=${label} onChange=${(event) => {
      const [file] = event.target.files;
      if (file) openFile(file);
      event.target.value = "";
    }} />`;
}

export function Start({ onClose }) {
  const [all, setAll] = useState(false);
  if (!facts.value) return html`<p class="quiet">Reading what there is to choose from…</p>`;
  const { experiments, scenarios } = facts.value;
  const most = facts.value.limits.arms;
  const small = (one) => (one.countries?.length ?? 0) <= facts.value.limits.countries;
  const card = (one, kind) => html`<li><button class="start-card" onClick=${() => { onClose?.(); kind === "experiment" ? openExperiment(one.id) : openScenario(one); }}>
      <strong>${one.id}</strong><span>${one.about}</span>
      <span class="quiet">${kind === "experiment" ? `${one.arms.length} policies${one.arms.length > most ? `: take some out, at most ${most} run here` : one.id === FIRST ? ": the smallest, good to begin with" : ""}` : `${one.countries.length} countries, ${Math.round(one.weeks / 52)} years`}</span></button></li>`;
  const group = (title, rows, kind, note) => rows.length > 0 && html`<h3>${title}</h3>${note && html`<p class="note">${note}</p>`}
    <ul class="start-cards">${rows.map((one) => card(one, kind))}</ul>`;
  const trafficked = scenarios.some((one) => one.real && one.crimes.includes("trafficking"));
  return html`<div class="start">
    <section aria-label="Questions that are asked already"><h2>Begin with a question</h2>
      ${group("Imagined worlds", experiments.filter((one) => !one.real).sort(order), "experiment", NOTES.imagined)}
      ${group("Real countries", experiments.filter((one) => one.real), "experiment", NOTES.stylised)}
    </section>
    <section aria-label="Worlds without policies"><h2>Or with a world, and policies of your own</h2>
      ${all
        ? html`${group("Imagined worlds", scenarios.filter((one) => !one.real && small(one)).sort(order), "scenario", NOTES.imagined)}
            ${group("Real countries", scenarios.filter((one) => one.real && small(one)), "scenario", `${NOTES.stylised}${trafficked ? ` ${CONTENT}` : ""}`)}`
        : html`<p><button onClick=${() => setAll(true)}>Show the ${scenarios.filter(small).length} worlds</button></p>`}
    </section>
    <section aria-label="A file of your own"><h2>Or with a file</h2>
      <p class="note">An experiment in YAML that builds on a shipped world, as <code>displace compare</code> reads it; at most ${LARGEST_FILE / 1024} kB. <${OpenFile} /></p>
    </section>
  </div>`;
}
