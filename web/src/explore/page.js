// Explore: policies on the left, how we think the world works on the right, and what the runs say underneath.
import "../compare/style.css";
import "./style.css";
import { compareWith, useKeys } from "../compare/keys.js";
import { Refused } from "../connection.js";
import { fragment, header, route, say } from "../shell.js";
import { html, useEffect, useState } from "../ui.js";
import { save } from "../views/panel.js";
import { Assumptions } from "./assumptions.js";
import { Policies, PolicyActions } from "./policies.js";
import { Run, lastChange, looking } from "./run.js";
import { OpenFile, Refusal, Start, openExperiment } from "./start.js";
import { LARGEST_LINK, changeArm, chosen, change, checked, checking, close, countries, decode, facts, history as changes, labelOf, linkable, loadFacts, open, problemsAt, ran, recall, refusal, remember, renameArm, scenario, study, undo } from "./study.js";
import { Budget, Timeline } from "./timeline.js";

export function Page() {
  const [lost, setLost] = useState("");
  const { study: code, base } = route.value.parameters;
  useEffect(() => {
    (async () => {
      try {
        await loadFacts();
        if (code) await open(await decode(code));
        else if (base) await openExperiment(base);
        else if (!study.value) recall();
        if (code || base) history.replaceState(null, "", fragment("explore"));
      } catch (error) {
        if (error instanceof Refused) setLost(error.message);
        else if (code) refusal.value = { file: "The link", message: "It holds no study that can be read: perhaps it was cut when it was copied." };
        else throw error;
      }
    })();
  }, [code, base]);
  const document = study.value;
  const large = linkable.value.size >= LARGEST_LINK;
  useEffect(() => {
    compareWith(() => (ran.value ? { job: ran.value.id } : {}));
    header.value = document ? {
      world: document.scenario,
      policy: labelOf(chosen.value),
      seeds: `${document.replicates ?? 20} runs from seed ${document.seed ?? 1}`,
      status: scenario.value?.status,
      share: large ? undefined : () => fragment("explore", { study: linkable.value.code }),
      export: () => [
        { label: "Save as YAML", run: saveYaml },
        { label: "Copy YAML", run: copyYaml },
        ...(ran.value ? [{ label: "Compare in full", run: () => (location.hash = fragment("compare", { job: ran.value.id })) }] : []),
      ],
    } : {};
  }, [document, chosen.value, facts.value, linkable.value, ran.value]);
  const palette = useKeys(document ? Object.keys(document.arms).map((name) => ({ kind: "policy", label: labelOf(name), run: () => (chosen.value = name) })) : []);
  return html`<div class="explore">
    ${palette}
    ${document ? html`<${Bench} large=${large} />` : html`<h1>Explore</h1>
      <p>Put policies together, say how you think the world works, and see what the model makes of both.</p>
      ${lost && html`<p class="error" role="alert">${lost}</p>`}<${Refusal} /><${Start} />`}
  </div>`;
}

const command = () => `displace compare ${checked.value?.name ?? study.value.name}.yaml`;
// Only what the program has said of the settings that are shown.
const sayable = () => Boolean(checked.value?.yaml) && !checking.value && !checked.value.problems?.length;
const saveYaml = () => sayable() && save(`${checked.value.name}.yaml`, checked.value.yaml, "text/yaml");
const copyYaml = () => sayable() && navigator.clipboard.writeText(checked.value.yaml).then(() => say("The YAML was copied."));

function Bench({ large }) {
  const document = study.value;
  const name = chosen.value;
  const arm = document.arms[name];
  const [told, setTold] = useState(false);
  const last = changes.value.at(-1);
  useEffect(() => setTold(false), [document]);
  const loose = (checked.value?.problems ?? []).filter((one) => !["arms", "assumptions"].includes(one.path?.[0]));
  return html`
    <div class="bench-head">
      <div><h1>${document.about || "What should be compared?"}</h1>
        <p class="quiet">${document.scenario}: ${countries.value.length} countries, ${Math.round((scenario.value?.weeks ?? 520) / 52)} years${scenario.value?.real ? ". Real countries, public numbers and assumptions: read signs and differences, not levels." : ", all invented."}</p></div>
      <div class="bench-actions">
        <button onClick=${undo} disabled=${!last}>Undo last</button>
        <button aria-expanded=${told} onClick=${() => { setTold(!told); if (!told) { looking.value += 1; say(lastChange()); } }}>What just changed?</button>
        <button onClick=${close}>Another base</button><${OpenFile} />
      </div>
    </div>
    <${Refusal} />
    ${(told || /^(A|All a)ssumption/.test(last?.said)) && html`<p class="changed-words">${lastChange()}</p>`}
    ${loose.map((one) => html`<p class="error" role="alert">${one.message}</p>`)}
    <div class="workbench">
      <${Policies} />
      <section class="policy panel" aria-label="The chosen policy">
        <div class="policy-head">
          <label class="field name-field">Policy <input type="text" maxlength="80" value=${labelOf(name)} onChange=${(event) => renameArm(name, event.target.value)} /></label>
          <${PolicyActions} name=${name} />
        </div>
        <div class="policy-body">
          <div><${Timeline} key=${name} arm=${name} />
            ${problemsAt("arms", name).filter((one) => !["policy", "budget"].includes(one.path?.[2])).map((one) => html`<p class="error" role="alert">${one.message}</p>`)}</div>
          ${(name !== document.baseline || arm.budget || arm.policy?.length > 0) && html`<${Budget} name=${name} />`}
        </div>
      </section>
      <${Assumptions} />
    </div>
    <details class="more"><summary>Question, window, seed, differences</summary><${Settings} /></details>
    <${Run} />
    <section class="keep" aria-label="Keep">
      <h2>Keep this study</h2>
      <p class="row"><button onClick=${saveYaml} disabled=${!sayable()}>Save as YAML</button><button onClick=${copyYaml} disabled=${!sayable()}>Copy YAML</button>
        <span>The same numbers without this page: <code>${command()}</code></span></p>
      ${large && html`<p class="note">This study is too large for a link (${Math.round(linkable.value.size / 1024)} kB): save it as YAML, and open the file here.</p>`}
    </section>`;
}

// What is asked, over which weeks, with which luck, and which two policies get a sentence of their own.
function Settings() {
  const document = study.value;
  const names = Object.keys(document.arms);
  const [of, setOf] = useState("");
  const [minus, setMinus] = useState("");
  const contrasts = document.contrasts ?? [];
  const period = scenario.value?.period ?? 13;
  const weeks = scenario.value?.weeks ?? 520;
  const window = document.window ?? { from: 0, to: weeks };
  const number = (key, value, low, high, step, put) => html`<label class="field">${key}<input type="number" min=${low} max=${high} step=${step} value=${value} onChange=${(event) => put(Number(event.target.value))} /></label>`;
  return html`<div class="settings">
    <div class="row">
      <label class="field wide-field">Question <input type="text" maxlength="500" value=${document.about ?? ""} onChange=${(event) => change({ ...document, about: event.target.value }, "The question was put anew.")} /></label>
      <label class="field">Name of the file <input type="text" pattern="[a-z0-9][a-z0-9-]*" maxlength="64" value=${document.name} onChange=${(event) => change({ ...document, name: event.target.value }, `The study is now called ${event.target.value}.`)} /></label>
    </div>
    <div class="row">
      ${number("Evaluated from week", window.from, 0, weeks, period, (from) => change({ ...document, window: { ...window, from } }, `The window now begins in week ${from}.`))}
      ${number("Up to week", window.to, period, weeks, period, (to) => change({ ...document, window: { ...window, to } }, `The window now ends in week ${to}.`))}
      ${number("First seed", document.seed ?? 1, 0, 2 ** 53, 1, (seed) => change({ ...document, seed }, `All luck now derives from seed ${seed}.`))}
    </div>
    <p class="note">Differences with a sentence of their own (the first one is the title):</p>
    <ul class="contrasts">${contrasts.map((one, place) => html`<li>${labelOf(one.of)} against ${labelOf(one.minus)} <span class="quiet">(${one.name})</span>
      <button class="slight" onClick=${() => change({ ...document, contrasts: contrasts.filter((_, at) => at !== place) }, `The difference “${one.name}” was taken out.`)}>Remove<span class="sr"> ${one.name}</span></button></li>`)}</ul>
    <div class="row">
      ${[["Of", of, setOf], ["against", minus, setMinus]].map(([label, value, put]) => html`<label class="field">${label} <select value=${value} onChange=${(event) => put(event.target.value)}><option value="">choose</option>${names.map((name) => html`<option value=${name} selected=${name === value}>${labelOf(name)}</option>`)}</select></label>`)}
      <button disabled=${!of || !minus || of === minus} onClick=${() => change({ ...document, contrasts: [...contrasts, { name: `${of} against ${minus}`.slice(0, 80), of, minus }] }, "A difference was added.")}>Add</button>
    </div>
  </div>`;
}
