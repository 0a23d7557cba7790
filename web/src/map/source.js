// Which result a page shows: a job of this program or a stored folder, named in the address; else a list to choose from.
import { Refused, api } from "../connection.js";
import { fragment } from "../shell.js";
import { html, useEffect, useState } from "../ui.js";

const AGAIN = 2500; // milliseconds between two looks at a job that runs

export const addressOf = ({ job, result }) =>
  job ? `/api/jobs/${encodeURIComponent(job)}` : result ? `/api/results/${encodeURIComponent(result)}` : "";

// {panels, state, ready, problem}: a job is looked at until its report is written; what was there stays when a look fails.
export function usePanels(parameters) {
  const address = addressOf(parameters);
  const [found, setFound] = useState({});
  useEffect(() => {
    let timer;
    let over = false;
    let pairs = -1;
    setFound({});
    const look = async () => {
      try {
        const { state = "done", pairs: now = 0, report: ready = true, error } = parameters.job ? await api.get(address) : {};
        if (over) return;
        if (pairs < 0 || now !== pairs) {
          const panels = await api.get(`${address}/panels`);
          if (over) return;
          pairs = now;
          setFound({ panels, state, ready });
        } else {
          setFound((before) => (before.state === state && before.ready === ready && !before.problem ? before : { panels: before.panels, state, ready }));
        }
        if (state === "running" || state === "waiting" || (!ready && !error && now > 0)) timer = setTimeout(look, AGAIN);
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
        if (over) return;
        setFound((before) => ({ ...before, problem }));
        if (problem.status === 0) timer = setTimeout(look, AGAIN);
      }
    };
    if (address) look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [address]);
  return found;
}

// Lists of what there is to show on a page ("map", "report").
export function Picker({ place, problem }) {
  const [lists, setLists] = useState(null);
  useEffect(() => {
    const list = (path, key) => api.get(path).then((found) => (Array.isArray(found) ? found : found[key] ?? [])).catch(() => []);
    Promise.all([list("/api/jobs", "jobs"), list("/api/results", "results")]).then(([jobs, results]) =>
      setLists({ jobs: jobs.filter((job) => job.kind !== "seeds"), results }));
  }, []);
  return html`<div class="picker">
    ${problem && html`<p class="error" role="alert">${problem.message}</p>`}
    ${lists && !lists.jobs.length && !lists.results.length && html`<p class="quiet">
      Nothing has been run yet. Put a question together on <a href=${fragment("explore")}>Explore</a>, or run
      <code> displace compare two-countries</code> in a terminal and reload this page.</p>`}
    ${lists?.jobs.length > 0 && html`<h2>Studies of this session</h2><ul class="choices">${lists.jobs.map((job) => html`<li>
      <a href=${fragment(place, { job: job.id })}>${job.name || job.id}</a> <span class="quiet">${stateOf(job)}</span></li>`)}</ul>`}
    ${lists?.results.length > 0 && html`<h2>Stored results</h2><ul class="choices">${lists.results.map((one) => html`<li>
      <a href=${fragment(place, { result: one.id })}>${one.id}</a> <span class="quiet">${one.status}, ${one.pairs} paired run${one.pairs === 1 ? "" : "s"}</span>
      ${one.about && html`<span class="what">${one.about}</span>`}</li>`)}</ul>`}
  </div>`;
}

const stateOf = (job) => ({
  waiting: "waits for its turn", running: `runs: ${job.pairs ?? 0} of ${job.replicates} paired runs`, done: `${job.replicates} paired runs`,
  stopped: `stopped after ${job.pairs ?? 0} paired runs`, failed: "failed",
})[job.state] ?? job.state;

// What every export says of itself.
export const aboutOf = (panels, more = {}) => ({
  status: panels.status, experiment: panels.name, seeds: seedsOf(panels), "paired runs": panels.pairs, version: panels.version, ...more,
});

export const runsOf = (panels) => `${panels.pairs}${panels.of && panels.of !== panels.pairs ? ` of ${panels.of}` : ""} paired run${panels.pairs === 1 ? "" : "s"}`;

export function seedsOf(panels) {
  const seeds = panels.seeds;
  if (!Array.isArray(seeds)) return seeds ?? "";
  const inARow = seeds.every((seed, place) => place === 0 || seed === seeds[place - 1] + 1);
  return seeds.length > 2 && inARow ? `${seeds[0]} to ${seeds.at(-1)}` : seeds.length > 4 ? `${seeds.slice(0, 3).join(", ")} …` : seeds.join(", ");
}
