// Follows a job of the program: its state twice a second while it runs, its panels whenever more pairs are published.
import { Refused, api } from "../connection.js";
import { useEffect, useState } from "../ui.js";

const PACE = { waiting: 1200, running: 600 };
const LOST = 1500;
export const OVER = ["done", "stopped", "failed"];

// `source` is {job} or {result}; gives {job, panels, of, problem}, panels of the job `of`. What was there stays when a
// question fails; with `keep` also until another job has something to show.
export function useResult({ job: id, result }, keep = false) {
  const [found, setFound] = useState({});
  useEffect(() => {
    setFound((before) => (keep && id ? { panels: before.panels, of: before.of } : {}));
    let timer;
    let left = false;
    let shown = null; // pairs of the panels shown, and whether they were asked for after the end
    const put = (more) => left || setFound((before) => ({ ...before, ...more }));
    const again = (after) => left || (timer = setTimeout(look, after));
    async function look() {
      try {
        if (result) {
          put({ panels: await api.get(`/api/results/${encodeURIComponent(result)}/panels`), problem: null });
          return;
        }
        const job = await api.get(`/api/jobs/${encodeURIComponent(id)}`);
        const stage = `${job.pairs} ${OVER.includes(job.state)}`;
        put({ job, problem: null });
        if (stage !== shown && job.pairs > 0) {
          const panels = await api.get(`/api/jobs/${encodeURIComponent(id)}/panels`);
          shown = stage;
          if (panels.pairs > 0) put({ panels, of: id });
        }
        if (!OVER.includes(job.state)) again(PACE[job.state] ?? 1000);
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
        put({ problem });
        if (problem.status === 0 || problem.status >= 500) again(LOST);
      }
    }
    if (id || result) look();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [id, result]);
  return found;
}

export const stop = (id) => api.post(`/api/jobs/${encodeURIComponent(id)}/stop`);

export function leftWords(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 8) return "a few seconds left";
  if (seconds < 90) return `about ${Math.round(seconds / 10) * 10} seconds left`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} minutes left`;
  return `about ${Math.round(seconds / 3600)} hours left`;
}

export const seedWords = ({ seeds, pairs }) => `${seedsOf(seeds)}, ${pairs} paired ${pairs === 1 ? "run" : "runs"}`;

const seedsOf = (seeds) => (Array.isArray(seeds) ? `seeds ${seeds[0]} to ${seeds.at(-1)}` : `${seeds ?? "seed unknown"}`);

// The lines that head every export.
export const aboutOf = (panels) => ({
  scenario: panels.name,
  seeds: seedsOf(panels.seeds),
  version: `displace ${panels.version}`,
  status: panels.status,
  runs: `${panels.pairs} of ${panels.of ?? panels.pairs} paired runs against “${panels.baseline}”`,
});
