// The settings of one card: what, who, when, how much; each with its unit, its range, and what is wrong with it.
import { capital, month, number } from "../compare/words.js";
import { html, useRef } from "../ui.js";
import { changeCard, instruments, nameOf, problemsAt } from "./study.js";
import { Who, codesOf } from "./who.js";

const TIMES = ["start", "setup", "end", "ramp", "announced"];
const WORDS = {
  start: "Start", setup: "Set-up", end: "End", intensity: "Strength", usd_per_year: "Money a year", ramp: "Ramp", announced: "Announced before",
  members: "Who takes part", donors: "Who only pays",
};
const CHOICES = { true: "yes", false: "no" };

export function Editor({ arm, place, one, weeks }) {
  const kind = instruments.value[one.instrument];
  const set = (key, value, said) => changeCard(arm, place, { [key]: value }, said);
  const replace = (name) => {
    const other = instruments.value[name];
    const kept = Object.fromEntries(Object.entries(one).filter(([key]) => ["members", "start", "end"].includes(key) || (key !== "setup" && key !== "instrument" && other.fields.some((field) => field.name === key))));
    const gone = Object.fromEntries(Object.keys(one).filter((key) => !(key in kept)).map((key) => [key, undefined]));
    changeCard(arm, place, { ...gone, instrument: name, ...kept }, `${capital(one.instrument)} was replaced by ${name}.`);
  };
  const shared = { one, arm, place, set, weeks };
  const fields = kind?.fields ?? [];
  const rest = fields.filter((field) => !TIMES.includes(field.name) && field.kind !== "countries");
  return html`<div class="editor">
    <div class="editor-part">
      <label class="field">What <select aria-label="What" value=${one.instrument} onChange=${(event) => replace(event.target.value)}>
        ${Object.keys(instruments.value).map((name) => html`<option value=${name} selected=${name === one.instrument}>${name}</option>`)}</select></label>
      <p class="note">${kind?.about}${kind?.needs_partners ? " It needs two countries or more." : ""}</p>
    </div>
    ${fields.filter((field) => field.kind === "countries").map((field) => {
      const chosen = codesOf(one[field.name] ?? []);
      const problem = problemsAt("arms", arm, "policy", place, field.name)[0];
      const short = field.name === "members" && (chosen.length === 0 ? "Choose at least one country." : kind.needs_partners && chosen.length < 2 && !one.alone ? "It is between countries: choose two or more." : "");
      return html`<div class="editor-part"><${Who} label=${WORDS[field.name] ?? capital(field.name)} members=${chosen} problem=${short || problem?.message}
        onChange=${(codes) => set(field.name, codes, changeOfMembers(one, chosen, codes))} />${field.name !== "members" && html`<p class="note">${field.about}</p>`}</div>`;
    })}
    <div class="editor-part"><h4>When</h4><div class="editor-fields">${fields.filter((field) => TIMES.includes(field.name)).map((field) => html`<${Field} key=${field.name} field=${field} ...${shared} />`)}</div></div>
    <div class="editor-part"><h4>How much</h4><div class="editor-fields">${rest.map((field) => html`<${Field} key=${field.name} field=${field} ...${shared} />`)}</div></div>
  </div>`;
}

function changeOfMembers(one, before, after) {
  const joined = after.filter((code) => !before.includes(code)).map(nameOf);
  const left = before.filter((code) => !after.includes(code)).map(nameOf);
  const parts = [joined.length && `${joined.join(", ")} now ${joined.length > 1 ? "take" : "takes"} part`, left.length && `${left.join(", ")} no longer ${left.length > 1 ? "take" : "takes"} part`].filter(Boolean);
  return `${parts.join("; ")} in ${one.instrument}.`;
}

let counted = 0;

function Field({ field, one, arm, place, set, weeks }) {
  const id = useRef(`field-${++counted}`).current;
  const label = WORDS[field.name] ?? capital(field.name.replaceAll("_", " "));
  const given = one[field.name];
  const value = given === undefined ? field.default : given;
  const what = capital(one.instrument);
  const local = misfit(field, value);
  const problem = local?.message ?? problemsAt("arms", arm, "policy", place, field.name)[0]?.message;
  const hint = [field.about, field.unit && field.unit !== "kind" && field.unit !== "yes/no" && field.unit, range(field, weeks), usual(field)].filter(Boolean).join(" · ");
  if (field.kind === "choice") {
    const current = typeof value === "object" && value !== null ? value.kind : value;
    return html`<div class="editor-field"><label for=${id}>${label}</label>
      <select id=${id} value=${String(current)} onChange=${(event) => {
        const next = field.choices.find((one) => String(one) === event.target.value);
        set(field.name, next, `${what}: ${label.toLowerCase()} is now ${CHOICES[next] ?? next}.`);
      }}>${field.choices.map((one) => html`<option value=${String(one)} selected=${one === current}>${CHOICES[one] ?? one}</option>`)}</select>
      <p class="hint">${hint}</p>${problem && html`<p class="error" role="alert">${problem}</p>`}</div>`;
  }
  if (field.kind === "text") {
    const text = Array.isArray(value) ? value.join(", ") : value ?? "";
    return html`<div class="editor-field"><label for=${id}>${label}</label>
      <input id=${id} type="text" value=${text} onChange=${(event) => {
        const words = event.target.value.split(",").map((one) => one.trim()).filter(Boolean);
        set(field.name, words.length ? words : undefined, `${what}: ${label.toLowerCase()} is now ${words.join(", ") || "as usual"}.`);
      }} /><p class="hint">${hint}</p>${problem && html`<p class="error" role="alert">${problem}</p>`}</div>`;
  }
  const put = (text) => {
    const next = text === "" ? (field.optional ? null : undefined) : Number(text);
    set(field.name, next, `${what}: ${label.toLowerCase()} is now ${next === null ? "none" : next === undefined ? `${field.default} again` : number(next, 4)}${next && TIMES.includes(field.name) ? ` weeks (month ${month(next)})` : ""} instead of ${value === null || value === undefined ? "none" : number(value, 4)}.`);
  };
  return html`<div class="editor-field"><label for=${id}>${label}${TIMES.includes(field.name) ? ", week" + (field.name === "start" || field.name === "end" ? "" : "s") : ""}</label>
    <span class="row"><input id=${id} type="number" step=${field.kind === "integer" ? 1 : "any"} min=${field.low ?? undefined} max=${field.high ?? undefined} value=${value ?? ""} placeholder=${field.optional ? "none" : ""}
      aria-describedby=${`${id}-hint`} aria-invalid=${Boolean(problem)} onChange=${(event) => put(event.target.value)} />
      ${(field.name === "start" || field.name === "end") && Number.isFinite(value) ? html`<span class="quiet">month ${month(value)}</span>` : ""}</span>
    <p class="hint" id=${`${id}-hint`}>${hint}</p>
    ${problem && html`<p class="error" role="alert">${problem} ${local && html`<button class="slight" onClick=${() => put(String(local.nearest))}>Use ${number(local.nearest, 6)}</button>`}</p>`}
  </div>`;
}

// What is wrong with a number, and the nearest one that would do.
function misfit(field, value) {
  if (value === null || value === undefined || typeof value !== "number") return null;
  const name = WORDS[field.name] ?? capital(field.name.replaceAll("_", " "));
  const inside = Math.max(field.low ?? -Infinity, Math.min(field.high ?? Infinity, value));
  if (inside !== value) return { message: `${name} must be ${bounds(field)}.`, nearest: inside };
  if (field.kind === "integer" && !Number.isInteger(value)) return { message: `${name} must be a whole number.`, nearest: Math.round(value) };
  return null;
}

const bounds = (field) => (field.low === null ? `at most ${plain(field.high)}` : field.high === null ? `at least ${plain(field.low)}` : `between ${plain(field.low)} and ${plain(field.high)}`);
const plain = (value) => value.toLocaleString("en", { maximumFractionDigits: 6 });

function range(field, weeks) {
  if (field.name === "start" || field.name === "end") return `0 to ${weeks}`;
  if (field.low === null || field.high === null || field.high > 1e9) return "";
  return `${plain(field.low)} to ${plain(field.high)}`;
}

const usual = (field) => (field.plausible ? `plausible ${plain(field.plausible[0])} to ${plain(field.plausible[1])}` : "");
