// What a job is doing, how long it still takes, and a Stop that keeps what is done.
import { Refused } from "../connection.js";
import { html, useState } from "../ui.js";
import { OVER, leftWords, stop } from "./job.js";

export function Progress({ job, problem }) {
  const [refusal, setRefusal] = useState("");
  const [halted, setHalted] = useState("");
  if (!job) return problem ? html`<p class="error" role="alert">${problem.message}</p>` : null;
  const share = job.total ? job.done / job.total : 0;
  const stopping = job.stopping || halted === job.id;
  const halt = () => setHalted(job.id) || stop(job.id).then(() => setRefusal("")).catch((error) => {
    setHalted("");
    if (!(error instanceof Refused)) throw error;
    setRefusal(error.message);
  });
  const words = {
    waiting: "Waiting: something else is finished first.",
    running: `${job.done} of ${job.total} runs${job.seconds_left > 0 ? `, ${leftWords(job.seconds_left)}` : ""}`,
    done: `Done: ${job.replicates} paired runs of each policy.`,
    stopped: `Stopped. ${job.pairs ? `${job.pairs} of ${job.replicates} paired runs are kept.` : "Nothing was finished yet."}`,
    failed: "The study failed.",
  }[job.state];
  return html`<div class="progress">
    ${!OVER.includes(job.state) && html`<progress max="1" value=${share} aria-label="Runs done"></progress>
      <button onClick=${halt} disabled=${stopping}>${stopping ? "Stopping …" : html`Stop <span class="quiet">(keeps what is done)</span>`}</button>`}
    <span class="progress-words" role="status">${words}</span>
    ${job.state === "failed" && html`<p class="error" role="alert">${job.error?.message ?? job.error ?? "The program did not say why."}</p>`}
    ${job.failures?.length > 0 && html`<details><summary>${job.failures.length === 1 ? "1 run failed and is left out" : `${job.failures.length} runs failed and are left out`}</summary>
      <ul>${job.failures.slice(0, 20).map((one) => html`<li>${typeof one === "string" ? one : [one.arm, one.replicate !== undefined && `run ${one.replicate}`, one.error ?? one.message].filter(Boolean).join(": ")}</li>`)}</ul></details>`}
    ${problem && html`<p class="error" role="alert">${problem.message}</p>`}
    ${refusal && html`<p class="error" role="alert">${refusal}</p>`}
  </div>`;
}

// Words over a result that is not whole yet; nothing where it is.
export function Early({ panels, job }) {
  if (!panels?.pairs || panels.pairs >= (panels.of ?? panels.pairs)) return null;
  const over = job && OVER.includes(job.state);
  return html`<p class="early"><strong>${over ? "Kept" : "Early look"}, ${panels.pairs} of ${panels.of} runs.</strong>
    ${panels.pairs < 20 && html` So few runs say little: read the bars, not the marks.`}</p>`;
}
