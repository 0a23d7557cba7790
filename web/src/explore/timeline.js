// The cards of a policy on a timeline: who, what, when; moved by drag and by arrow keys.
import { capital, listed, monthTicks, usd, weekWords } from "../compare/words.js";
import { html, useRef, useState } from "../ui.js";
import { colourOf } from "../compare/marks.js";
import { Editor } from "./card.js";
import { marks } from "./policies.js";
import { changeArm, changeCard, checked, checking, instruments, nameOf, problemsAt, scenario, sentencesOf, study } from "./study.js";
import { codesOf } from "./who.js";

export function Timeline({ arm }) {
  const [edited, setEdited] = useState(null);
  const policy = study.value.arms[arm].policy ?? [];
  const weeks = scenario.value?.weeks ?? study.value.window?.to ?? 520;
  const { cards, others } = sentencesOf(arm);
  const beside = others.filter((sentence) => !sentence.startsWith("Common pot"));
  const add = (instrument) => {
    const members = codesOf(policy[0]?.members ?? "all");
    changeArm(arm, { policy: [...policy, { instrument, members, start: study.value.window?.from ?? 0 }] }, `${capital(instrument)} was added.`);
    setEdited(policy.length);
  };
  const remove = (place) => {
    changeArm(arm, { policy: policy.filter((_, at) => at !== place) }, `${capital(policy[place].instrument)} was removed.`);
    setEdited(null);
  };
  return html`<div class="timeline-box">
    ${policy.length > 0 && html`<${Axis} weeks=${weeks} />`}
    <ol class="lanes">${policy.map((one, place) => html`<${Lane} key=${`${arm} ${place}`} arm=${arm} place=${place} one=${one} weeks=${weeks} sentence=${cards[place]}
      open=${edited === place} toggle=${() => setEdited(edited === place ? null : place)} remove=${() => remove(place)} />`)}</ol>
    ${policy.length === 0 && html`<p class="quiet">${arm === study.value.baseline
      ? "Nothing is done beyond what is done anyway. All other policies are compared with this."
      : "No instrument yet: nothing is done beyond what is done anyway."}</p>`}
    ${beside.length > 0 && html`<ul class="sentences">${beside.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}
    <${Beside} arm=${arm} />
    <label class="field">Add an instrument
      <select aria-label="Add an instrument" value="" onChange=${(event) => { if (event.target.value) add(event.target.value); event.target.value = ""; }}>
        <option value="">What should be done?</option>
        ${[["Among countries", true], ["Each by itself", false]].map(([label, together]) => html`<optgroup label=${label}>${Object.values(instruments.value).filter((one) => one.cooperative === together).map((one) => html`<option value=${one.name}>${one.name}</option>`)}</optgroup>`)}
      </select></label>
  </div>`;
}

// What a file may say of a policy besides its cards: which countries leakage takes as treated, and values of its own.
function Beside({ arm }) {
  const { treated, set } = study.value.arms[arm];
  const own = Object.entries(set ?? {});
  return html`
    ${treated && html`<p class="note">Leakage takes as treated: ${listed(codesOf(treated).map(nameOf), 12)}. <button class="slight" onClick=${() => changeArm(arm, { treated: undefined }, "Leakage now takes as treated all countries in which this policy acts.")}>All in which it acts</button></p>`}
    ${own.length > 0 && html`<p class="note">Set under this policy only: ${own.map(([path, value]) => `${path} = ${JSON.stringify(value)}`).join(", ")}.</p>`}`;
}

function Axis({ weeks }) {
  const months = monthTicks(0, (weeks * 12) / 52, 10).filter((value) => value === 0 || (value * 52) / 12 / weeks > 0.16);
  return html`<div class="axis" aria-hidden="true">${months.map((value) => html`<span style=${{ left: `${(100 * value * 52) / 12 / weeks}%` }}>${value === 0 ? "month 0" : value}</span>`)}</div>`;
}

function Lane({ arm, place, one, weeks, sentence, open, toggle, remove }) {
  const track = useRef();
  const [moved, setMoved] = useState(null); // weeks while a bar is dragged
  const kind = instruments.value[one.instrument];
  const setup = one.setup ?? kind?.fields.find((field) => field.name === "setup")?.default ?? 0;
  const now = { start: one.start ?? 0, end: one.end ?? null, ...moved };
  const problems = problemsAt("arms", arm, "policy", place);
  const what = capital(one.instrument);
  const who = codesOf(one.members);
  const put = ({ start, end }) => {
    const said = start !== (one.start ?? 0)
      ? `${what} now starts in ${weekWords(start)} instead of ${weekWords(one.start ?? 0)}.`
      : `${what} now ends ${end === null ? "with the study" : `in ${weekWords(end)}`}.`;
    changeCard(arm, place, { start, ...(end === null ? (one.end === undefined ? {} : { end: null }) : { end }) }, said);
  };
  const slid = (part, by) => {
    if (part === "end") {
      const end = (now.end ?? weeks) + by;
      return { start: now.start, end: end >= weeks ? null : Math.max(now.start + 1, end) };
    }
    const length = now.end === null ? null : now.end - now.start;
    const start = Math.max(0, Math.min(length === null ? weeks - 1 : weeks - length, now.start + by));
    return { start, end: length === null ? null : start + length };
  };
  const drag = (part) => (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    event.currentTarget.focus();
    const wide = track.current.getBoundingClientRect().width;
    const from = event.clientX;
    let last = null;
    const move = (next) => { last = slid(part, Math.round(((next.clientX - from) / wide) * weeks)); setMoved(last); };
    const up = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", up);
      setMoved(null);
      if (last) put(last);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", up);
  };
  const press = (part) => (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 13, PageDown: -13 }[event.key];
    if (by) put(slid(part, event.shiftKey ? by * 13 : by));
    else if (event.key === "Home") put(slid(part, -weeks));
    else if (event.key === "End") put(slid(part, weeks));
    else if (event.key === "Enter" && part === "start") toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const left = (100 * now.start) / weeks;
  const end = now.end ?? weeks;
  const slow = Math.min(end - now.start, setup);
  const ramp = Math.max(0, Math.min(end - now.start - slow, one.ramp ?? kind?.fields.find((field) => field.name === "ramp")?.default ?? 0));
  return html`<li class=${`lane ${problems.length ? "wrong" : ""} ${open ? "opened" : ""}`}>
    <div class="lane-head">
      <span><b>${what}</b> <span class="quiet">${listed(who.map(nameOf), 5)}${amount(one)}</span></span>
      <span class="lane-actions"><button class="slight" aria-expanded=${open} onClick=${toggle}>${open ? "Close" : "Edit"}<span class="sr"> ${what}</span></button><button class="slight" onClick=${remove}>Remove<span class="sr"> ${what}</span></button></span>
    </div>
    <div class="track" ref=${track}>
      <div class="bar" style=${{ backgroundColor: colourOf(marks()[arm]), left: `${left}%`, width: `${Math.max(0.8, (100 * (end - now.start)) / weeks)}%` }} tabindex="0" role="slider" aria-label=${`${what}: start`}
        aria-valuemin="0" aria-valuemax=${weeks} aria-valuenow=${now.start} aria-valuetext=${`from ${weekWords(now.start)} ${now.end === null ? "to the end" : `to ${weekWords(now.end)}`}`}
        onPointerDown=${drag("start")} onKeyDown=${press("start")} title="Drag, or use the arrow keys (Shift: a quarter)">
        ${slow > 0 && html`<span class="setting-up" style=${{ width: `${(100 * slow) / (end - now.start)}%` }}></span>`}
        ${ramp > 0 && html`<span class="ramping" style=${{ width: `${(100 * ramp) / (end - now.start)}%` }}></span>`}
        <span class="bar-words">${slow > 0 && slow / weeks > 0.12 ? "being set up" : ""}</span>
      </div>
      <div class="bar-end" style=${{ left: `${(100 * end) / weeks}%` }} tabindex="0" role="slider" aria-label=${`${what}: end`} aria-valuemin="0" aria-valuemax=${weeks} aria-valuenow=${end}
        aria-valuetext=${now.end === null ? "to the end of the study" : `ends in ${weekWords(now.end)}`} onPointerDown=${drag("end")} onKeyDown=${press("end")}></div>
      ${moved && html`<span class="moving" style=${{ left: `${Math.min(70, left)}%` }}>${weekWords(now.start)}${now.end === null ? "" : ` to ${now.end}`}</span>`}
    </div>
    <p class=${`card-sentence ${checking.value || checked.value?.problems?.length ? "waiting" : ""}`}>${problems.length ? "" : sentence}</p>
    ${problems.map((problem) => html`<p class="error" role="alert">${fieldOf(problem)}${problem.message}${problem.nearest && !/did you mean/.test(problem.message) ? ` Did you mean ${problem.nearest}?` : ""}</p>`)}
    ${open && html`<${Editor} arm=${arm} place=${place} one=${one} weeks=${weeks} />`}
  </li>`;
}

const fieldOf = ({ path, message }) => (typeof path?.[4] === "string" && !message.includes(`'${path[4]}'`) ? `${path[4]}: ` : "");

// How much, in a few words: money that it has of its own, or less than its full strength.
function amount(one) {
  const parts = [];
  if (one.usd_per_year !== null && one.usd_per_year !== undefined) parts.push(`${usd(one.usd_per_year)} USD a year`);
  if (one.intensity !== undefined && one.intensity !== 1) parts.push(`${Math.round(100 * one.intensity)} % of full effect`);
  if (one.setup) parts.push(`${one.setup} weeks to set up`);
  return parts.length ? ` · ${parts.join(" · ")}` : "";
}

// What a policy costs a year beside its budget; hatched, with words, where the budget does not pay for it.
export function Budget({ name }) {
  const arm = study.value.arms[name];
  const found = checked.value?.arms?.[name];
  const problems = problemsAt("arms", name, "budget");
  const money = arm.budget?.usd_per_year;
  const known = !checking.value && !checked.value?.problems?.length; // else what was said is of other settings
  const cost = known || problems.length === 0 ? found?.usd_per_year : undefined;
  const exceeded = problems.some((one) => /do not pay/.test(one.message)) || (known && money > 0 && cost > money * 1.005);
  const kind = arm.budget ? (arm.budget.teams !== null && arm.budget.teams !== undefined ? "teams" : "money") : "none";
  const set = (kind, value) => {
    const budget = { none: null, money: { usd_per_year: value ?? 5e6 }, teams: { teams: value ?? 20 } }[kind];
    const timed = budget && arm.budget ? Object.fromEntries(["start", "end"].filter((key) => arm.budget[key] !== undefined && arm.budget[key] !== null).map((key) => [key, arm.budget[key]])) : {};
    changeArm(name, { budget: budget ? { ...budget, ...timed } : undefined },
      budget ? `The budget is now ${kind === "teams" ? `${budget.teams} teams` : `${usd(budget.usd_per_year)} USD a year`}.` : "There is no common budget any more.");
  };
  return html`<div class="budget" role="group" aria-label="Cost and budget">
    <p class="running-cost"><b>${cost === undefined ? "–" : usd(cost)}</b> USD a year <span class="quiet">planned, mean of the window</span></p>
    <div class="row">
      <label class="field">Budget <select value=${kind} onChange=${(event) => set(event.target.value)}>
        <option value="none" selected=${kind === "none"}>none</option><option value="money" selected=${kind === "money"}>money</option><option value="teams" selected=${kind === "teams"}>teams</option></select></label>
      ${kind === "money" && html`<label class="field">Million USD a year <input type="number" min="0" step="0.5" value=${money / 1e6} onChange=${(event) => set("money", Math.max(0, Number(event.target.value)) * 1e6)} /></label>`}
      ${kind === "teams" && html`<label class="field">Teams <input type="number" min="0" step="1" value=${arm.budget.teams} onChange=${(event) => set("teams", Math.max(0, Number(event.target.value)))} /></label>`}
    </div>
    ${kind === "money" && html`<div class=${`budget-bar ${exceeded ? "exceeded" : ""}`} role="img" aria-label=${exceeded ? "The budget is exceeded" : `${Math.round((100 * (cost ?? 0)) / (money || 1))} % of the budget is planned`}>
      <span style=${{ width: `${Math.min(100, exceeded ? 100 : (100 * (cost ?? 0)) / (money || 1))}%` }}></span></div>
      <p class="budget-words">${exceeded
        ? html`<strong>Exceeded.</strong> ${problems[0]?.message ?? `${usd(cost)} of ${usd(money)} USD a year: give more, or take something out.`}`
        : `${usd(cost)} of ${usd(money)} USD a year are planned. What links and campaigns leave buys teams.`}</p>`}
    ${found && sentencesOf(name).others.filter((sentence) => sentence.startsWith("Common pot")).map((sentence) => html`<p class="budget-words quiet">${sentence}</p>`)}
    ${!exceeded && problems.map((one) => html`<p class="error" role="alert">${one.message}</p>`)}
  </div>`;
}
