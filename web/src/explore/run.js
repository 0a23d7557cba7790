// Running the study, and what it gives: an early look first, then the rest; stale once a setting has changed.
import { Course, courseTable } from "../compare/course.js";
import { OVER, aboutOf, leftWords, useResult } from "../compare/job.js";
import { Early, Progress } from "../compare/progress.js";
import { answerTable, armsOf, intervalRows } from "../compare/reading.js";
import { Refused, api } from "../connection.js";
import { fragment, go, say } from "../shell.js";
import { html, signal, useEffect, useRef, useState } from "../ui.js";
import { Intervals, intervalTable } from "../views/intervals.js";
import { Panel, Table } from "../views/panel.js";
import { change, checked, checking, history, ran, remember, stale, study } from "./study.js";

const GHOST = 5000; // milliseconds that the course before stays visible
const COUNTS = [20, 40, 100, 200];

export const looking = signal(0); // counts requests to see what has just changed

export function Run() {
  const [refusal, setRefusal] = useState("");
  const [asking, setAsking] = useState(false);
  const { job, panels, of, problem } = useResult({ job: ran.value?.id }, true);
  const awaited = Boolean(ran.value && panels && of !== ran.value.id);
  const document = study.value;
  const busy = job && !OVER.includes(job.state);
  const problems = checked.value?.problems ?? [];
  const replicates = document.replicates ?? 20;
  const few = Object.keys(document.arms).length < 2;
  const run = async () => {
    setAsking(true);
    setRefusal("");
    try {
      const { id } = await api.post("/api/jobs", { document, replicates });
      ran.value = { id, document, replicates };
      remember();
      say("The runs have begun.");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      setRefusal(error.message);
    } finally {
      setAsking(false);
    }
  };
  const counts = COUNTS.includes(replicates) ? COUNTS : [...COUNTS, replicates].sort((one, other) => one - other);
  const estimate = checked.value?.seconds_estimate;
  const settled = ran.value && !stale.value && job && OVER.includes(job.state);
  const label = !settled ? "Run" : replicates > ran.value.replicates ? `Go on to ${replicates}` : "Run again";
  const button = html`<button class="primary" onClick=${run} disabled=${asking || checking.value || problems.length > 0 || few || (busy && !stale.value)}>${label}</button>`;
  const words = few ? "Add a policy first: there is nothing to compare yet."
    : problems.length ? `${problems.length === 1 ? "One thing" : `${problems.length} things`} to mend first: ${problems[0].message}`
      : checking.value ? "Checking…" : estimate > 0 && !busy && !settled ? leftWords(estimate).replace(" left", " on this machine") : "";
  return html`<div class="run-bar">
      <label class="field">Runs of each policy
        <select aria-label="Runs of each policy" value=${replicates} onChange=${(event) => change({ ...document, replicates: Number(event.target.value) }, `Each policy is now run ${event.target.value} times.`)}>
          ${counts.map((count) => html`<option value=${count} selected=${count === replicates}>${count}${count === 20 ? " (early look)" : ""}</option>`)}</select></label>
      ${button}
      ${ran.value && (busy || job?.state === "failed" || problem) ? html`<${Progress} job=${job} problem=${problem} />` : html`<span class="quiet run-words">${words}</span>`}
    </div>
    <section class="run" aria-label="Results">
    ${refusal && html`<p class="error" role="alert">${refusal}</p>`}
    ${job && !busy && job.state !== "failed" && html`<${Progress} job=${job} />`}
    ${stale.value && html`<p class="stale-words" role="status">Results are for the previous settings. <button class="primary" onClick=${run} disabled=${asking || checking.value || problems.length > 0 || few}>Run</button></p>`}
    ${!stale.value && awaited && html`<p class="stale-words" role="status">These are the results before. The first new runs are on their way.</p>`}
    ${panels?.pairs && ran.value ? html`<${Found} panels=${panels} job=${job} of=${of} old=${stale.value || awaited} />` : html`<${NotYet} begun=${Boolean(busy)} />`}
  </section>`;
}

function Found({ panels, job, of, old }) {
  const { baseline, policies } = armsOf(panels);
  const ghost = useGhost(panels, of);
  const shown = [baseline, ...policies];
  const about = aboutOf(panels);
  const rows = intervalRows(panels, policies);
  return html`<div class=${`found ${old ? "outdated" : ""}`}>
    <${Early} panels=${panels} job=${job?.id === of ? job : null} />
    <h2 class="answer">${panels.title}</h2>
    <div class="panels">
      <${Panel} title="Over time" level=${3} name=${`${panels.name}-over-time`} table=${courseTable(panels.course, shown)} about=${about}>
        <${Course} course=${panels.course} shown=${shown} banded=${policies.length === 1 ? shown.map((one) => one.key) : [baseline.key]} ghost=${ghost} periodWeeks=${panels.periods_weeks} />
        ${ghost && html`<p class="note" role="status">Dotted: the course before the last change.</p>`}
      <//>
      <${Panel} title="Harm avoided" level=${3} name=${`${panels.name}-harm-avoided`} sentence=${panels.sentences?.[0]} table=${intervalTable(rows)} about=${about}>
        <${Intervals} rows=${rows} baseline=${baseline.label} />
      <//>
      <${Panel} title="In numbers" level=${3} name=${`${panels.name}-table`} picture=${false} about=${about} class="wide"><${Table} ...${answerTable(panels, policies)} caption="Each policy against the baseline" />
        <p class="note">${panels.covers}</p><//>
    </div>
    <p class="row"><button onClick=${() => go("compare", { job: ran.value.id })}>Compare in full</button>
      <a href=${fragment("map", { job: ran.value.id })}>Map</a><a href=${fragment("report", { job: ran.value.id })}>Report</a></p>
  </div>`;
}

// The course of the result before this one: for a while after a new result, and when asked what has just changed.
let before = null; // {of, course} of the run before
let latest = null;
function useGhost(panels, of) {
  const [shown, setShown] = useState(null);
  const asked = useRef(looking.value);
  useEffect(() => {
    const fresh = latest && latest.of !== of;
    if (fresh) before = latest;
    latest = { of, course: panels.course };
    const wanted = fresh || asked.current !== looking.value;
    asked.current = looking.value;
    if (!wanted || !before) return undefined;
    setShown(before.course);
    const timer = setTimeout(() => setShown(null), GHOST);
    return () => { clearTimeout(timer); setShown(null); };
  }, [of, looking.value]);
  useEffect(() => {
    if (latest?.of === of) latest.course = panels.course;
  }, [panels]);
  return shown;
}

function NotYet({ begun }) {
  return html`<div class="not-yet"><svg aria-hidden="true" viewBox="0 0 600 180" preserveAspectRatio="none">
      <path d="M20,60C140,50 220,70 340,64S520,58 580,62" /><path d="M20,60C120,60 200,96 320,104S500,112 580,110" /><path d="M20,60C120,64 240,120 360,128S520,140 580,138" /></svg>
    <p>${begun ? "The first runs are on their way: an early look appears after two runs of each policy." : "Not run yet"}</p></div>`;
}

export const lastChange = () => history.value.at(-1)?.said ?? "Nothing has been changed yet.";
