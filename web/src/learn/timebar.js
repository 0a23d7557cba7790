// One clock for both worlds: play, step, back, where in time, how fast, and what went wrong.
import { html, useState } from "../ui.js";
import { Dice } from "./levers.js";
import * as session from "./session.js";
import { money } from "./words.js";
import { monthOf, weekOf } from "./world.js";

export function TimeBar() {
  const { weeks } = session.lesson.value;
  const last = monthOf(weeks);
  const week = session.week.value;
  const playing = session.playing.value;
  return html`<section class="clockbar" aria-label="Time" data-week=${week}>
    <button class="primary play" onClick=${session.toggle} disabled=${!playing && week >= weeks}>${playing ? "Pause" : "Play"}</button>
    <button onClick=${() => { session.pause(); session.back(); }} disabled=${week === 0} aria-label="Back one month">Back</button>
    <button onClick=${() => { session.pause(); session.step(); }} disabled=${week >= weeks} aria-label="Step one month">Step</button>
    <b class="clock">Month ${session.month.value}</b>
    <input type="range" aria-label="Month" min="0" max=${last} step="1" value=${monthOf(session.catching.value ? session.aim.value : week)} aria-valuetext=${`Month ${session.month.value}`} class=${session.catching.value ? "catching" : ""}
      onInput=${(event) => { session.pause(); session.jump(weekOf(Number(event.target.value))); }} />
    <span class="quiet last">${last}</span>
    <label class="speed"><span class="sr">Speed</span><select value=${session.speed.value} onChange=${(event) => { session.speed.value = event.target.value; event.target.blur(); }}>
      ${Object.keys(session.SPEEDS).map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
    <${Dice} />
  </section>`;
}

export function Troubles() {
  const trouble = session.trouble.value;
  const [told, setTold] = useState(null);
  const sender = session.sender.value;
  return html`<div class="troubles">
    ${trouble && html`<div class="error" role="alert"><p>${trouble.message}</p>
      <p>${trouble.mistaken ? html`<button onClick=${session.reset}>Reset this scene</button>` : html`<button onClick=${session.again}>Try again</button>`}
        ${trouble.detail && html` <button aria-expanded=${told === trouble} onClick=${() => setTold(told === trouble ? null : trouble)}>Details for your teacher</button>`}</p>
      ${told === trouble && html`<p class="detail">${trouble.detail}</p>`}</div>`}
    ${session.notice.value && html`<p class="note-line" role="status">${session.notice.value}</p>`}
    ${sender && html`<div class="note-line sender" role="status"><p>This link was made with displace ${sender.version}; this is ${session.lesson.value.version}. It opens with today's model, and numbers may differ.
      The sender saw at month ${sender.month}: harm of ${money(sender.a)} in A and ${money(sender.b)} in B.</p><button onClick=${() => (session.sender.value = null)}>Close</button></div>`}
  </div>`;
}

export const Reset = () => html`<span class="reset" role="status">${session.undoable.value
  ? html`<span class="quiet">Reset.</span> <button class="undo" onClick=${session.undo}>Undo</button>`
  : html`<button class="plain" onClick=${session.reset}>Reset scene</button>`}</span>`;
