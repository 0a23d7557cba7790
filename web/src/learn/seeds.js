// "Try 20 seeds": both policies under twenty lucks, as thin lines and a count.
import { api } from "../connection.js";
import { effect, html, signal } from "../ui.js";
import { Table } from "../views/panel.js";
import { Threads } from "../views/line.js";
import { say } from "../shell.js";
import * as session from "./session.js";
import { money, two } from "./words.js";
import { sameTimeline } from "./world.js";

export const OF = 20;
// {run, id, state: "asked" | "waiting" | "running" | "done" | "stopped" | "failed", answer, message}
export const trial = signal(null);
export const shown = signal("run"); // which picture the panel of the chart holds: "run" or "seeds"

// What was tried in one scene is out of sight in the next.
effect(() => {
  session.place.value;
  shown.value = "run";
});

export const stale = () => trial.value && session.run.value
  && !(trial.value.run.preset === session.run.value.preset && ["a", "b"].every((which) => sameTimeline(trial.value.run[which], session.run.value[which])));
const going = (state) => ["asked", "waiting", "running"].includes(state);
export const busy = () => going(trial.value?.state);

export async function trySeeds() {
  // One at a time: what runs for other settings is stopped.
  const run = session.run.value;
  session.pause();
  if (busy()) await stop();
  const mine = { run, state: "asked" };
  trial.value = mine;
  shown.value = "seeds";
  try {
    const { id } = await api.post("/api/seeds", { ...run, seeds: OF });
    if (trial.value !== mine) {
      await api.post(`/api/jobs/${id}/stop`);
      return;
    }
    trial.value = { run, id, state: "waiting" };
    await watch(id);
  } catch (refused) {
    if (trial.value?.run === run) trial.value = { ...trial.value, state: "failed", message: refused.message };
  }
}

async function watch(id) {
  for (let lost = 0; trial.value?.id === id && going(trial.value.state);) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    if (trial.value?.id !== id) return;
    let job;
    try {
      job = await api.get(`/api/jobs/${id}`);
      lost = 0;
    } catch (refused) {
      lost += 1;
      if (refused.status || lost > 30) throw refused;
      continue;
    }
    if (trial.value?.id !== id) return;
    trial.value = { ...trial.value, state: job.state, answer: job.answer ?? trial.value.answer, message: job.error?.message ?? job.error };
    if (job.state === "done" && job.answer) say(job.answer.sentence);
  }
}

export async function stop() {
  const { id } = trial.value ?? {};
  if (!id) return;
  trial.value = { ...trial.value, stopping: true };
  try {
    await api.post(`/api/jobs/${id}/stop`);
  } catch {
    // It had ended by itself.
  }
}

export function counted() {
  const answer = trial.value?.answer;
  if (!answer?.done) return "";
  return `B lower in ${answer.lower} of ${answer.done}`;
}

export const seedsTable = () => ({
  columns: ["seed", ...["harm in A", "harm in B", "B lower"].map((label) => ({ label, number: true }))],
  rows: (trial.value?.answer?.seeds ?? []).map((one) => [one.seed, money(one.a_total), money(one.b_total), one.b_total < one.a_total ? "yes" : one.b_total > one.a_total ? "no" : "the same"]),
});

const lineOf = ({ a, b }) => {
  let gap = 0;
  return a.map((value, place) => (gap += (b[place] - value) / 1e6));
};

export function Seeds({ width, height, type }) {
  const { answer, state, message } = trial.value ?? {};
  if (state === "failed") return html`<p class="error">The ${OF} seeds could not be run. ${message} <button onClick=${trySeeds}>Try again</button></p>`;
  if (!answer?.seeds?.length) return html`<p class="quiet">The first seeds are being run …</p>`;
  const lines = answer.seeds.map(lineOf);
  return html`<${Threads} type=${type} lines=${lines} to=${Math.max(...lines.map((line) => line.length))} width=${width} height=${height}
    unit="B less A, all harm so far, million USD" above="B has more" below="B has less" label=${`${answer.done} seeds: ${answer.sentence}`} format=${(value) => `${value < 0 ? "−" : ""}${two(value)}`} />`;
}

export function SeedWords() {
  const { answer, state } = trial.value ?? {};
  if (!trial.value) return null;
  return html`<div class=${`seed-words${stale() ? " old" : ""}`}>
    ${answer?.done > 0 && html`<p><b class="counted">${counted()}.</b> ${answer.sentence}</p>`}
    ${stale() && html`<p>This is for the previous settings. <button onClick=${trySeeds}>Try ${OF} seeds</button></p>`}
    ${busy() && html`<p class="quiet" role="status">${answer?.done ?? 0} of ${OF} seeds are done. <button onClick=${stop} disabled=${trial.value.stopping}>${trial.value.stopping ? "Stopping …" : "Stop"}</button></p>`}
    ${state === "stopped" && html`<p class="quiet">Stopped; what was done is kept. ${!stale() && html`<button onClick=${trySeeds}>Try ${OF} seeds</button>`}</p>`}
  </div>`;
}

export const SeedTable = () => trial.value?.answer?.seeds?.length > 0
  && html`<details><summary>As a table</summary><${Table} ...${seedsTable()} caption="Harm in A and B by seed" /></details>`;
