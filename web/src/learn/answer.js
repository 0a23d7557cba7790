// The model's answer to "what if it moved there?": what speaks for staying and what for moving.
import { html, useEffect } from "../ui.js";
import { Table } from "../views/panel.js";
import { say } from "../shell.js";
import * as session from "./session.js";
import { two } from "./words.js";

const PARTS = [
  ["profit", "Profit", "what it can earn"],
  ["pressure", "Pressure", "what it fears of the police"],
  ["distance", "Distance", "the way and the trouble of moving"],
  ["other", "Other", "ties, company, known ground"],
];
const CHANCES = [["stay", "stay"], ["there", null], ["elsewhere", "move elsewhere"], ["quiet", "go quiet"], ["close", "close"], ["other", "change otherwise"]];

const inHundred = (chance) => (chance < 0.005 ? "less than 1" : chance > 0.995 ? "more than 99" : String(Math.round(100 * chance)));

export function Answer() {
  const answer = session.answer.value;
  const names = session.names.value;
  useEffect(() => {
    if (answer?.sentence) say(`${answer.sentence} The world has not changed.`);
  }, [answer?.sentence]);
  if (!answer?.sentence) {
    return html`<section class="panel answer" aria-label="Why stay, why move?" tabindex="-1"><h2>Why stay, why move?</h2>
      <p>${answer?.waits ? "The model weighs it …" : "Drag a dot to another country. The model answers here with what speaks for staying and what for moving."}</p>
      <p class="quiet side-text">With the keyboard: Tab to the map, arrow keys to a country, Enter for its card, then choose an operation and where it might go.</p>
      <p class="quiet side-text">The dot returns to its place: you only ask. The world is unchanged.</p></section>`;
  }
  const [here, there] = [names[answer.from], names[answer.to]];
  const reach = Math.max(0.1, ...PARTS.map(([key]) => Math.abs(answer.difference[key])));
  const chances = CHANCES.map(([key, word]) => [word ?? `move to ${there}`, inHundred(answer.chance[key])]);
  const table = {
    columns: ["what counts", { label: `stay in ${here}`, number: true }, { label: `move to ${there}`, number: true }, { label: "difference", number: true }],
    rows: PARTS.map(([key, word]) => [word, ...[answer.stay[key], answer.move[key], answer.difference[key]].map((value) => `${value < -0.005 ? "−" : ""}${two(Math.abs(value) < 0.005 ? 0 : value)}`)]),
  };
  return html`<section class="panel answer" aria-label="Why stay, why move?" tabindex="-1">
    <h2>Why stay in ${here}, why move to ${there}?</h2>
    <p class="sentence">${answer.sentence}</p>
    <div class="weighing">
      <span></span><span class="sides"><span>← for ${there}</span><span>for ${here} →</span></span>
      ${PARTS.map(([key, word, about]) => {
        const value = answer.difference[key];
        const size = Math.max(0.6, (50 * Math.abs(value)) / reach);
        return html`<span class="bar-label"><b>${word}</b><span class="quiet side-text">${about}</span></span>
          <span class="sided" aria-hidden="true"><span class=${`side-bar ${value < 0 ? "move" : "stay"}`} style=${{ width: `${size}%`, left: `${value < 0 ? 50 - size : 50}%` }}></span></span>`;
      })}
    </div>
    <p>Of 100 like it: ${chances.filter(([, text], place) => place < 2 || text !== "less than 1").map(([word, text]) => html`<span class="chance"><b>${text}</b> ${word}</span> `)}</p>
    <p class="unchanged">The dot is back in ${here}. You only asked: the world is unchanged.</p>
    <details><summary>As a table</summary><${Table} ...${table} caption="What speaks for staying and for moving, in the model's own units" /></details>
  </section>`;
}
