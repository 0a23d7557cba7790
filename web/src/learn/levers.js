// The levers of a scene, the dice, and what "same dice" means.
import { html, signal, useState } from "../ui.js";
import * as session from "./session.js";
import { months, policyWords } from "./words.js";
import { MONTH, leversAt, holdsFrom } from "./world.js";

// Whose levers these are: "a", "b", or both worlds at once ("ab").
const chosen = signal("b");
export const target = () => ({ squeeze: "a", guess: "a", compare: "b", skip: "ab" })[session.scene.value.does] ?? chosen.value;

const percent = (value) => `${Math.round(100 * value)} %`;

function shownAs(lever, value) {
  if (lever.id === "partners") return value === 0 ? "none" : String(value);
  if (lever.id === "delay") return value === 0 ? "none" : months(Math.round(value / MONTH));
  return percent(value);
}

function Lever({ lever, which, value, brief }) {
  const [held, setHeld] = useState(null);
  const shown = held ?? value;
  const order = session.preset.value.order ?? lever.order;
  const pull = (event) => {
    const next = Number(event.target.value);
    setHeld(null);
    if (next !== value) session.pull(which, lever.id, lever.id === "partners" ? order.slice(0, next) : next);
  };
  const id = `lever-${lever.id}`;
  return html`<div class="lever">
    <label for=${id}>${lever.label}</label>
    <input id=${id} type="range" min=${lever.min} max=${lever.max} step=${lever.step} value=${shown} aria-valuetext=${shownAs(lever, shown)} aria-describedby=${`${id}-about`}
      onInput=${(event) => setHeld(Number(event.target.value))} onChange=${pull} />
    <output for=${id}>${shownAs(lever, shown)}</output>
    <p id=${`${id}-about`} class=${brief ? "sr" : "side-text quiet"}>${lever.id === "partners" && shown > 0 ? `With ${order.slice(0, shown).map((code) => session.names.value[code]).join(", ")}. ` : ""}${lever.about}</p>
  </div>`;
}

export function Levers() {
  const { levers, does } = session.scene.value;
  if (!levers.length) return null;
  const which = target();
  const timeline = session.run.value[which[0]];
  const now = leversAt(timeline, session.week.value);
  const all = session.lesson.value.levers.filter((lever) => levers.includes(lever.id));
  const from = timeline.length ? holdsFrom(timeline, session.week.value) : 0;
  const later = from > session.week.value ? `, which begin in month ${Math.floor(from / MONTH + 1e-9)}` : "";
  return html`<div class="levers">
    ${does === "free" && html`<div class="presets">
      <label>Setting <select value=${session.run.value.preset} onChange=${(event) => session.choose(event.target.value)}>
        ${session.lesson.value.presets.map((one) => html`<option value=${one.id}>${one.label}</option>`)}</select></label>
      <p class="quiet">${session.preset.value.about}</p></div>
      <div class="which" role="group" aria-label="Whose levers">${["a", "b"].map((one) => html`<button class=${one} aria-pressed=${which === one} onClick=${() => (chosen.value = one)}>Levers of ${one.toUpperCase()}</button>`)}</div>`}
    ${does !== "free" && html`<p class="whose">${{ a: "Levers of A", b: "Levers of B", ab: "Levers of both worlds" }[which]}${later}</p>`}
    ${all.map((lever) => {
      const raw = now[lever.id];
      return html`<${Lever} key=${`${which}${lever.id}`} lever=${lever} brief=${all.length > 2 || does === "guess"} which=${which} value=${Array.isArray(raw) ? raw.length : raw} />`;
    })}
  </div>`;
}

export function Dice() {
  const { seed } = session.run.value;
  const set = (event) => {
    const next = Math.floor(Number(event.target.value));
    if (Number.isFinite(next) && next >= 0 && next <= 9_999_999 && next !== seed) session.reseed(next);
    else event.target.value = seed;
  };
  return html`<div class="dice"><label>Seed <input type="number" min="0" max="9999999" value=${seed} onChange=${set} /></label>
    <button onClick=${() => session.reseed(seed + 1)}>Next seed</button></div>`;
}

// Two rows of coins that fall alike, but for those that a policy touches.
const COINS = "HTTHHTHTTTHHTH";
export function SameDice() {
  const row = (word, other) => html`<div class="coins"><span>${word}</span>${[...COINS].map((side, place) => {
    const differs = other && (place === 5 || place === 11);
    return html`<span class=${`coin${differs ? " differs" : ""}`}>${differs ? (side === "H" ? "T" : "H") : side}</span>`;
  })}</div>`;
  return html`<details class="same-dice"><summary>What is “same dice”?</summary>
    <div role="img" aria-label="Two rows of fourteen coins. They fall alike, but for two that the policy touches.">${row("A", false)}${row("B", true)}</div>
    <p>Each chance event has a coin of its own, and the coin falls alike in both worlds. Only where the policy changes the question may the answer differ. So what differs between A and B comes from the policy, not from luck.</p></details>`;
}

export const both = () => ["a", "b"].map((which) => policyWords(session.run.value[which], session.names.value, session.actor.value, { sharing: session.scene.value.does === "free" }));
