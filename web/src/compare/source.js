// Choosing what Compare shows: a study of this session, a stored result, or a shipped experiment that is run now.
import { Refused, api } from "../connection.js";
import { go } from "../shell.js";
import { html, useEffect, useState } from "../ui.js";

const STATES = { waiting: "waits", running: "runs", done: "done", stopped: "stopped, kept", failed: "failed" };

export function Source({ job, result, compact = false }) {
  const [lists, setLists] = useState(null);
  const [facts, setFacts] = useState(null);
  const [chosen, setChosen] = useState("two-countries");
  const [pairs, setPairs] = useState(20);
  const [refusal, setRefusal] = useState("");
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    const rows = (path, key) => api.get(path).then((found) => (Array.isArray(found) ? found : found?.[key] ?? [])).catch(() => []);
    Promise.all([rows("/api/jobs", "jobs"), rows("/api/results", "results")]).then(([jobs, results]) =>
      setLists({ jobs: jobs.filter((one) => one.kind !== "seeds"), results }));
    api.get("/api/app").then(setFacts).catch(() => {});
  }, [job]);
  const run = async (event) => {
    event.preventDefault();
    setAsking(true);
    setRefusal("");
    try {
      const { document: study } = await api.get(`/api/experiments/${encodeURIComponent(chosen)}`);
      const { id } = await api.post("/api/jobs", { document: { ...study, replicates: pairs }, replicates: pairs });
      go("compare", { job: id });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      setRefusal(error.message);
    } finally {
      setAsking(false);
    }
  };
  const experiments = facts?.experiments ?? [];
  const about = experiments.find((one) => one.id === chosen);
  return html`<div class=${`source ${compact ? "compact" : ""}`}>
    ${lists && (lists.jobs.length > 0 || lists.results.length > 0) && html`<label class="field">Result
      <select aria-label="Result shown" value=${job ? `job ${job}` : result ? `result ${result}` : ""} onChange=${(event) => {
        const [kind, ...rest] = event.target.value.split(" ");
        go("compare", kind ? { [kind]: rest.join(" ") } : {});
      }}>
        <option value="">Choose a result</option>
        ${lists.jobs.length > 0 && html`<optgroup label="Studies of this session">${lists.jobs.map((one) => html`<option value=${`job ${one.id}`} selected=${job === one.id}>${one.name} (${one.replicates} runs, ${STATES[one.state] ?? one.state})</option>`)}</optgroup>`}
        ${lists.results.length > 0 && html`<optgroup label="Stored results">${lists.results.map((one) => html`<option value=${`result ${one.id}`} selected=${result === one.id}>${one.name ?? one.id}${one.pairs ? ` (${one.pairs} runs)` : ""}</option>`)}</optgroup>`}
      </select></label>`}
    <form class="row" onSubmit=${run}>
      <label class="field">Or run an experiment
        <select aria-label="Experiment to run" value=${chosen} onChange=${(event) => setChosen(event.target.value)}>
          ${[["Imagined worlds", false], ["Real countries", true]].map(([label, real]) => html`<optgroup label=${label}>${experiments.filter((one) => one.real === real).map((one) =>
            html`<option value=${one.id} selected=${one.id === chosen}>${one.id}</option>`)}</optgroup>`)}
        </select></label>
      <label class="field">Runs of each policy
        <select aria-label="Runs of each policy" value=${pairs} onChange=${(event) => setPairs(Number(event.target.value))}>
          ${[20, 40, 100, 200].map((count) => html`<option value=${count} selected=${count === pairs}>${count}</option>`)}
        </select></label>
      <button class=${job || result ? "" : "primary"} disabled=${asking || !facts}>Run</button>
    </form>
    ${about && !compact && html`<p class="quiet">${about.about}${about.real ? " Real countries, public numbers and assumptions: read signs and differences, not levels." : ""}</p>`}
    ${refusal && html`<p class="error" role="alert">${refusal}</p>`}
  </div>`;
}
