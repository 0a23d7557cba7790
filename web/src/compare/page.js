// Compare: one result, its policies side by side; pictures, their tables, and one sentence about what the spread covers.
import "./style.css";
import { fragment, header, route, say } from "../shell.js";
import { html, useEffect, useState } from "../ui.js";
import { Intervals, intervalTable } from "../views/intervals.js";
import { Panel, Table, csv, save } from "../views/panel.js";
import { CostHarm, costTable, dominatedHeadline, dominatedWords } from "./cost.js";
import { WhoPays, countriesWords, countryTable } from "./countries.js";
import { Course, courseTable } from "./course.js";
import { aboutOf, seedWords, useResult } from "./job.js";
import { compareWith, useKeys } from "./keys.js";
import { Leakage, leakageTable } from "./leakage.js";
import { Swatch } from "./marks.js";
import { Early, Progress } from "./progress.js";
import { answerTable, armsOf, intervalRows, labelOf, leakageRows } from "./reading.js";
import { Source } from "./source.js";
import { Then, TimeBar, flowTable, thenTable } from "./time.js";

const MOST_COLUMNS = 5; // policies beside each other in a table of countries

export function Page() {
  const { job: id, result, hide = "", order = "file", places = "region" } = route.value.parameters;
  const { job, panels, problem } = useResult({ job: id, result });
  const [shownOf, setShownOf] = useState({ hide: hide ? hide.split("|") : [], order, places });
  const change = (more) => setShownOf((before) => ({ ...before, ...more }));
  const here = id || result;
  const kept = Object.fromEntries(Object.entries({ job: id, result, hide: shownOf.hide.join("|"), order: shownOf.order, places: shownOf.places })
    .filter(([key, value]) => value && !(key === "order" && value === "file") && !(key === "places" && value === "region")));
  useEffect(() => {
    compareWith(() => (here ? kept : {}));
    header.value = {
      world: panels?.name ?? job?.name,
      policy: panels && policyWords(panels, shownOf.hide),
      seeds: panels && seedWords(panels),
      status: panels?.status,
      share: here ? () => fragment("compare", kept) : undefined,
      export: panels ? () => exports(panels, id, result) : undefined,
    };
  }, [panels, job?.name, JSON.stringify(kept)]);
  useEffect(() => {
    if (panels?.title) say(`${panels.pairs} runs: ${panels.title}`);
  }, [panels?.title, panels?.pairs]);
  const targets = panels ? armsOf(panels).policies.map((arm) => ({ kind: "policy", label: arm.label, run: () => change({ hide: shownOf.hide.filter((one) => one !== arm.key) }) })) : [];
  const palette = useKeys(targets);
  return html`<div class="compare">
    ${palette}
    <h1>${panels?.title ?? (here ? "Compare" : "Compare policies under the same luck")}</h1>
    ${!here && html`<p>Each policy is run with the same luck as the baseline, again and again. Choose a result, run a shipped experiment, or put a question together on <a href=${fragment("explore")}>Explore</a>.</p>`}
    ${here ? html`<details class="another"><summary>Another result, or another experiment</summary><${Source} job=${id} result=${result} compact=${true} /></details>` : html`<${Source} />`}
    <${Progress} job=${id && job} problem=${problem} />
    ${here && !panels && !problem && html`<p class="quiet">${job ? "The first runs are on their way: an early look appears after two." : "Reading…"}</p>`}
    ${panels && html`<${Result} panels=${panels} job=${job} links=${{ job: id, result }} choice=${shownOf} change=${change} />`}
  </div>`;
}

const policyWords = (panels, hide) => {
  const shown = armsOf(panels).policies.filter((arm) => !hide.includes(arm.key));
  return shown.length > 2 ? `${shown.length} policies` : shown.map((arm) => arm.label).join(" and ");
};

function Result({ panels, job, links, choice, change }) {
  const { baseline, policies } = armsOf(panels, choice.order);
  const shown = policies.filter((arm) => !choice.hide.includes(arm.key));
  const about = aboutOf(panels);
  const [at, setAt] = useState(null);
  const [close, setClose] = useState(false);
  const [whose, setWhose] = useState(null);
  const arm = shown.find((one) => one.key === whose) ?? shown.at(-1) ?? policies[0];
  const rows = intervalRows(panels, shown);
  const leaks = leakageRows(panels, shown);
  const time = Math.min(at ?? panels.course.weeks.length - 1, panels.course.weeks.length - 1);
  const lines = [baseline, ...shown];
  const few = lines.length <= MOST_COLUMNS ? lines : [baseline, arm].filter(Boolean);
  const name = panels.name;
  const link = Object.fromEntries(Object.entries(links).filter(([, value]) => value));
  const toggle = (key) => change({ hide: choice.hide.includes(key) ? choice.hide.filter((one) => one !== key) : [...choice.hide, key] });
  const dominated = panels.cost ? dominatedWords(panels.cost, (one) => labelOf(panels, one), panels.pairs) : [];
  return html`<div class="result">
    <${Early} panels=${panels} job=${job} />
    <div class="shown">
      <fieldset><legend>Policies shown</legend>
        ${policies.map((one) => html`<label class="check"><input type="checkbox" checked=${!choice.hide.includes(one.key)} onChange=${() => toggle(one.key)} /> <${Swatch} mark=${one.mark} /> ${one.label}</label>`)}
        <span class="check quiet"><${Swatch} mark=${baseline.mark} /> ${baseline.label} (what all are compared with)</span>
      </fieldset>
      <label class="field">Order <select aria-label="Order of policies" value=${choice.order} onChange=${(event) => change({ order: event.target.value })}>
        <option value="file" selected=${choice.order === "file"}>as in the file</option><option value="alphabet" selected=${choice.order === "alphabet"}>by alphabet</option></select></label>
      ${arm && html`<label class="field">In detail <select aria-label="Policy in detail" value=${arm.key} onChange=${(event) => setWhose(event.target.value)}>${shown.map((one) => html`<option value=${one.key} selected=${one.key === arm.key}>${one.label}</option>`)}</select></label>`}
      <p class="links"><a href=${fragment("report", link)}>Report</a><a href=${fragment("map", link)}>Map</a></p>
    </div>
    <div class="panels">
      <${Panel} title="Harm avoided" name=${`${name}-harm-avoided`} sentence=${panels.sentences?.[0]} table=${intervalTable(rows)} about=${about} class="wide">
        <${Intervals} rows=${rows} baseline=${baseline.label} />
        <p class="note">${panels.covers}</p>
      <//>
      <${Panel} title="In numbers" name=${`${name}-table`} about=${about} picture=${false} class="wide"
        more=${[{ label: "Numbers (CSV)", run: () => save(`${name}-table.csv`, csv(answerTable(panels, shown), about), "text/csv") }]}>
        <${Table} ...${answerTable(panels, shown)} caption="Each policy against the baseline" />
        <p class="note">“Left and still active elsewhere”: the part of the harm that ceased in the treated countries and is done from elsewhere.</p>
      <//>
      <${Panel} title="Over time" name=${`${name}-over-time`} table=${courseTable(panels.course, lines)} about=${about} class="wide">
        <${Course} course=${panels.course} shown=${lines} banded=${arm ? [baseline.key, arm.key] : [baseline.key]} at=${time} onAt=${setAt} periodWeeks=${panels.periods_weeks} close=${close} />
        <${TimeBar} weeks=${panels.course.weeks} at=${time} onAt=${setAt} periodWeeks=${panels.periods_weeks} />
        <p><label class="check"><input type="checkbox" checked=${close} onChange=${() => setClose(!close)} /> Close up: medians only, the axis does not begin at 0</label></p>
        <details open=${!narrow()}><summary>What is where then${few.length < lines.length ? `: ${few.map((one) => one.label).join(" and ")}` : ""}</summary><${Then} panels=${panels} shown=${few} at=${time} /></details>
      <//>
      ${panels.cost?.medians?.length > 0 && html`<${Panel} title="Cost against harm" name=${`${name}-cost-harm`} sentence=${dominatedHeadline(dominated, policies.length)} table=${costTable(panels.cost, lines)} about=${about}>
        <${CostHarm} cost=${panels.cost} shown=${lines.map((one) => ({ ...one, sentence: intervalRows(panels, [one])[0]?.sentence ?? one.sentence }))} />
        ${dominated.length > 1 && html`<details><summary>Which, by which, and in how many runs</summary>${dominated.map((one) => html`<p class="note">${one.text}</p>`)}</details>`}
        <p class="note">Small marks: single runs. Large marks: medians. Dotted line: policies that no other one undercuts in both cost and harm. Lower and further left is less of both.</p>
      <//>`}
      <${Panel} title="Leakage" name=${`${name}-leakage`} sentence=${leaks.map((row) => row.sentence).find(Boolean)} table=${leakageTable(leaks)} about=${about}>
        <${Leakage} rows=${leaks.filter((row) => !row.everywhere)} />
        ${leaks.some((row) => row.everywhere) && html`<p class="note">No elsewhere, because every country is treated or none is: ${leaks.filter((row) => row.everywhere).map((row) => row.label).join(", ")}.</p>`}
      <//>
      ${arm && panels.countries?.[arm.key] && html`<${Panel} title=${`Who pays and who gains: ${arm.label}`} name=${`${name}-who-pays`} sentence=${countriesWords(panels.countries[arm.key], arm.label)} table=${countryTable(panels.countries[arm.key], choice.places)} about=${{ ...about, policy: arm.label }} class="wide">
        <div class="row">
          <label class="field">Countries <select aria-label="Order of countries" value=${choice.places} onChange=${(event) => change({ places: event.target.value })}><option value="region" selected=${choice.places === "region"}>by region</option><option value="alphabet" selected=${choice.places === "alphabet"}>by alphabet</option></select></label>
        </div>
        <p class="note">${arm.sentence}</p>
        <${WhoPays} rows=${panels.countries[arm.key]} order=${choice.places} />
        ${panels.gains_rule && html`<p class="note">${panels.gains_rule}</p>`}
      <//>
      <${Panel} title=${`Where operations moved: ${arm.label}`} name=${`${name}-moves`} about=${{ ...about, policy: arm.label }} picture=${false} class="wide" more=${[
          { label: "Moves (CSV)", run: () => save(`${name}-moves.csv`, csv(flowTable(panels, arm.key, Infinity), { ...about, policy: arm.label }), "text/csv") },
          { label: "Operations over time (CSV)", run: () => save(`${name}-operations.csv`, csv(thenTable(panels, lines), about), "text/csv") },
        ]}>
        <${Table} ...${flowTable(panels, arm.key)} caption=${`The ways most used under ${arm.label}`} />
      <//>`}
    </div>
    <${Panel} title="All sentences" name=${`${name}-sentences`} about=${about} picture=${false} class="wide"
      more=${[{ label: "Copy all sentences", run: () => navigator.clipboard.writeText(panels.sentences.join("\n")) }]}>
      <ul class="sentences">${panels.sentences.map((one) => html`<li>${one}</li>`)}</ul>
    <//>
  </div>`;
}

const narrow = () => innerWidth < 800;

// Everything of the page as files: the tables of the result, its scenario and its sentences.
export function exports(panels, id, result) {
  const { policies } = armsOf(panels);
  const about = aboutOf(panels);
  const files = id ? `/api/jobs/${encodeURIComponent(id)}/files` : `/api/results/${encodeURIComponent(result)}/files`;
  const download = (name) => {
    const link = document.createElement("a");
    link.href = `${files}/${name}`;
    link.download = `${panels.name}-${name}`;
    link.click();
  };
  return [
    { label: "The table of this page (CSV)", run: () => save(`${panels.name}-table.csv`, csv(answerTable(panels, policies), about), "text/csv") },
    { label: "All measures (summary.csv)", run: () => download("summary.csv") },
    { label: "Leakage (leakage.csv)", run: () => download("leakage.csv") },
    ...(id ? [{ label: "The study (YAML)", run: () => download("scenario.yaml") }] : []),
    { label: "Copy all sentences", run: () => navigator.clipboard.writeText(panels.sentences.join("\n")) },
    { label: "Print this page", run: () => print() },
  ];
}
