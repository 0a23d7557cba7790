// The guess before the total is uncovered: by one person, or by hands counted in a class. It is not scored.
import { html, useEffect, useRef } from "../ui.js";
import { say } from "../shell.js";
import { gap } from "./chart.js";
import * as session from "./session.js";
import { change, inWords, list } from "./words.js";
import { monthOf } from "./world.js";

export const CHOICES = [["falls", "It falls"], ["moves", "It only moves"], ["rises", "It rises"]];
const LONG = { falls: "falls", moves: "only moves", rises: "rises" };

const set = (changes) => {
  session.guess.value = { ...session.guess.value, ...changes };
  session.touched();
};

// "falls", "moves" or "rises" by how the total came out; close to nothing is "only moves".
const kindOf = (share) => (Math.abs(share) < 0.005 ? "hardly changed" : share < 0 ? "fell" : "rose");

export function outcome() {
  const { counts, choice, class: together } = session.guess.value;
  const share = gap("a", "b");
  const guessed = together
    ? `${counts.falls} guessed it falls, ${counts.moves} moves, ${counts.rises} rises.`
    : `You guessed that it ${LONG[choice]}.`;
  if (session.catching.value) return `${guessed} The model is on its way to month ${monthOf(session.aim.value)} …`;
  if (share === null) return `${guessed} The pressure has only begun: press Play to see what becomes of it.`;
  return `${guessed} In the model the world total ${kindOf(share)} in this run: ${change(share)} against the same world without pressure.`;
}

export function Guess() {
  const { choice, revealed, class: together, counts, results } = session.guess.value;
  const box = useRef();
  const all = counts.falls + counts.moves + counts.rises;
  const ready = together ? all > 0 : Boolean(choice);
  const reveal = () => {
    set({ revealed: true });
    setTimeout(() => say(outcome()), 600);
    box.current?.querySelector("h3")?.focus({ preventScroll: true });
  };
  const share = gap("a", "b");
  const { seed } = session.run.value;
  useEffect(() => {
    if (!revealed || share === null || session.playing.value || session.catching.value) return;
    const kept = session.guess.value.results.filter((one) => one.seed !== seed);
    set({ results: [...kept, { seed, share, month: session.month.value }] });
  }, [revealed, share, seed, session.playing.value, session.catching.value]);

  if (revealed) {
    const tried = results.filter((one) => one.month === session.month.value && one.seed !== seed).slice(-4);
    return html`<div class="guess" ref=${box}><h3 tabindex="-1">What came of it</h3>
      ${together && html`<${Counts} counts=${counts} />`}
      <p class="outcome">${outcome()}</p>
      ${!session.catching.value && share !== null && (tried.length < 3
        ? html`<p>Try ${inWords(3 - tried.length)} more seed${tried.length === 2 ? "" : "s"} before you decide.</p>`
        : html`<p>What do the four seeds say together?</p>`)}
      ${tried.length > 0 && html`<p class="quiet">${list([...tried, { seed, share }].filter((one) => one.share !== null).map((one) => `seed ${one.seed}: ${change(one.share)}`))}.</p>`}
      <p><button onClick=${() => session.reseed(seed + 1)}>Another seed</button> <button class="plain" onClick=${() => set({ revealed: false, choice: null, results: [] })}>Guess again</button></p>
    </div>`;
  }
  return html`<form class="guess" ref=${box} onSubmit=${(event) => { event.preventDefault(); if (ready) reveal(); }}>
    <fieldset><legend>${together ? "Count the hands" : "Your guess"}</legend>
      ${CHOICES.map(([key, word]) => (together
        ? html`<div class="hands"><label for=${`hands-${key}`}>${word}</label>
            <button type="button" aria-label=${`${word}: one less`} onClick=${() => set({ counts: { ...counts, [key]: Math.max(0, counts[key] - 1) } })}>−</button>
            <input id=${`hands-${key}`} type="number" min="0" max="999" value=${counts[key]} onInput=${(event) => set({ counts: { ...counts, [key]: Math.max(0, Math.min(999, Math.floor(Number(event.target.value) || 0))) } })} />
            <button type="button" aria-label=${`${word}: one more`} onClick=${() => set({ counts: { ...counts, [key]: Math.min(999, counts[key] + 1) } })}>+</button>
            <span class="bar none" style=${{ width: `${(100 * counts[key]) / Math.max(1, counts.falls, counts.moves, counts.rises)}%` }}></span></div>`
        : html`<label class="choice"><input type="radio" name="guess" value=${key} checked=${choice === key} onChange=${() => set({ choice: key })} /> ${word}</label>`))}
    </fieldset>
    <p class="guess-end"><button class="primary" disabled=${!ready}>Reveal</button>
      <label><input type="checkbox" checked=${together} onChange=${(event) => set({ class: event.target.checked })} /> Count hands of a class</label></p>
    ${!together && html`<p class="quiet side-text">No guess is right or wrong here, and no name is kept.</p>`}
  </form>`;
}

const Counts = ({ counts }) => {
  const most = Math.max(1, ...Object.values(counts));
  return html`<div class="tally" role="img" aria-label=${CHOICES.map(([key]) => `${counts[key]} guessed it ${LONG[key]}`).join(", ")}>
    ${CHOICES.map(([key, word]) => html`<span>${word}</span><span class="bar-row"><span class="bar none" style=${{ width: `${(70 * counts[key]) / most}%` }}></span><span class="bar-words"><b>${counts[key]}</b></span></span>`)}</div>`;
};

export const focusGuess = () => document.querySelector(".guess input, .guess h3")?.focus();
