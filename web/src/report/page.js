// A front door to the static report of a result: question, answer, what was compared, who bears it, limits, settings, checksum.
import "./report.css";
import { Refused, api } from "../connection.js";
import { Picker, addressOf, aboutOf, runsOf, seedsOf, usePanels } from "../map/source.js";
import { number } from "../map/words.js";
import { fragment, header, route } from "../shell.js";
import { html, useEffect, useState } from "../ui.js";
import { Table, csv, save } from "../views/panel.js";

const FILES = [
  ["summary.csv", "every measure of every policy, by country and in total"],
  ["leakage.csv", "what came back elsewhere"],
  ["spillover.csv", "what untreated countries gained and lost"],
  ["concentration.csv", "how widely operations are spread"],
  ["anticipation.csv", "what an announcement did before the start"],
  ["manifest.json", "settings, seeds, versions and checksums"],
];
const STUDY = ["scenario.yaml", "the study, as the command displace compare runs it"];

export function Page() {
  const { parameters } = route.value;
  const { panels, problem, state, ready } = usePanels(parameters);
  const address = addressOf(parameters);
  if (!address) return html`<h1>Report</h1><p>The page to pass on: it opens without this program, prints, and names its assumptions. Choose a result.</p><${Picker} place="report" />`;
  if (!panels) return problem ? html`<h1>Report</h1><${Picker} place="report" problem=${problem} />` : html`<h1>Report</h1><p class="quiet" role="status">Reading the result …</p>`;
  if (!panels.pairs) return html`<h1>Report</h1><p role="status">Nothing is finished yet: the report follows when the study is done.</p>`;
  return html`<${Door} key=${address} address=${address} panels=${panels} parameters=${parameters} state=${state} ready=${ready} problem=${problem} />`;
}

function Door({ address, panels, parameters, state, ready, problem }) {
  const about = useOnce("/api/about");
  const manifest = useOnce(`${address}/files/manifest.json`, panels.pairs);
  const running = state === "running" || state === "waiting";
  const others = panels.sentences.slice(1);
  const [all, setAll] = useState(false);
  const shown = all ? others : others.slice(0, 5);
  useEffect(() => {
    header.value = {
      world: panels.name, policy: `${panels.arms.length} policies`, seeds: `${seedsOf(panels)}, ${runsOf(panels)}`, status: panels.status,
      share: () => fragment("report", parameters),
      export: () => [
        { label: "Answer (CSV)", run: () => save("answer.csv", csv(panels.table, aboutOf(panels)), "text/csv") },
        { label: "Copy the answer", run: () => navigator.clipboard.writeText([panels.question, ...panels.sentences, panels.covers].filter(Boolean).join("\n")) },
      ],
    };
  }, [panels]);
  const link = (name) => `${address}/files/${name}`;
  return html`<article class="door">
    <header>
      <h1>Report: ${panels.name}</h1>
      ${problem && html`<p class="error" role="alert">${problem.message} What was read before is kept.</p>`}
      <div class="caveats">
        <p>${about?.statuses?.[panels.status] ?? ""}</p>
        <p>${panels.covers}</p>
      </div>
      <p class="doors">
        ${ready ? html`<a class="button primary" href=${`${address}/report`} target="_blank" rel="noopener">Open the report</a>` : html`<button class="primary" disabled>Open the report</button>`}
        <span class="quiet" role="status">${running ? `An early look: ${runsOf(panels)}. The report is written when the study has finished.`
          : ready ? "In a new tab: all figures, who bears it, every setting. It can be saved, printed and mailed." : "The figures are being drawn; the report opens in a moment."}</span>
      </p>
    </header>
    <section><h2>Question</h2><p>${panels.question}</p></section>
    <section><h2>Answer</h2>
      <p class="first">${panels.sentences[0] ?? "These runs say nothing yet."}</p>
      ${shown.length > 0 && html`<ul>${shown.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}
      ${others.length > 5 && html`<button aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? "Fewer sentences" : others.length === 6 ? "1 more sentence" : `${others.length - 5} more sentences`}</button>`}
      <${Table} ...${panels.table} caption="Each policy against the baseline, in the order of the study, not of any rank" />
    </section>
    <section><h2>What was compared</h2>
      <p>${runsOf(panels)} of each policy over the same countries. In each pair the luck is the same, so that a difference comes from the policy.</p>
      ${panels.arms.map((arm) => html`<details><summary>${arm.label}${arm.name === panels.baseline ? " (baseline)" : ""}</summary>${arm.about && html`<p>${arm.about}</p>`}<p>${arm.sentence}</p></details>`)}
    </section>
    <section><h2>Who bears it</h2>
      <${Table} ...${bearers(panels)} caption="Countries by policy" />
      <p class="quiet">Clear: nine runs in ten on one side of zero. Country by country, by region and name, it stands in the report and on <a href=${fragment("compare", parameters)}>Compare</a>; on the <a href=${fragment("map", parameters)}>map</a> is where operations went.</p>
    </section>
    <section><h2>Limits</h2>
      <ul>${(about?.limits ?? []).map((limit) => html`<li>${limit}</li>`)}</ul>
      ${panels.failures?.length > 0 && html`<p><b>${panels.failures.length} runs failed and are left out.</b> The manifest lists them.</p>`}
      <p>Why the numbers are what they are: <a href=${fragment("about")}>About the model</a>.</p>
    </section>
    <section><h2>Settings</h2>
      ${manifest ? html`<${Table} columns=${["Setting", "Value"]} rows=${settings(manifest)} caption="Settings" />` : html`<p class="quiet">Read from the manifest of the result.</p>`}
      <h3>Files</h3>
      <ul class="files">${[...(parameters.job ? [STUDY] : []), ...FILES].map(([name, words]) => html`<li><a href=${link(name)} download=${`${panels.name}-${name}`}>${name}</a> <span class="quiet">${words}</span></li>`)}</ul>
    </section>
    <section><h2>Checksum</h2>
      <p>Equal settings give equal files. <code>displace replay</code> repeats the study and says whether the numbers are the same.</p>
      ${manifest && html`<${Table} columns=${["File", "SHA-256"]} rows=${digests(manifest)} caption="Checksums" />`}
    </section>
  </article>`;
}

const settings = (manifest) => [
  ["Runs of each policy", manifest.replicates], ["Seed", manifest.seed], ["Window", `weeks ${manifest.window[0]} to ${manifest.window[1]} after burn-in`],
  ["Countries", manifest.codes.join(", ")], ["Crimes", manifest.crimes.map((name) => name.replaceAll("_", " ")).join(", ")],
  ["Numbers drawn by every run", Object.keys(manifest.design).join(", ") || "none: luck only"],
  ["Versions", Object.entries(manifest.versions).map(([name, version]) => `${name} ${version}`).join(", ")],
  ["Command", html`<code>${manifest.command}</code>`], ["Digest of the code", html`<code>${manifest.source}</code>`],
];
const digests = (manifest) => Object.entries(manifest.files).filter(([name]) => name !== "report.html" && !name.startsWith("figures/"))
  .sort(([one], [other]) => one.localeCompare(other)).map(([name, digest]) => [name, html`<code>${digest}</code>`]);

// How many countries pay more, and whose people are harmed less or more, under each policy.
function bearers(panels) {
  const clear = (band, sign) => (sign > 0 ? band.lo90 > 0 : band.hi90 < 0);
  const label = (arm) => panels.arms.find((one) => one.name === arm)?.label ?? arm;
  const money = (value) => (Math.abs(value) < 1 ? "none" : `${value < 0 ? "−" : ""}USD ${Math.abs(value) >= 1e9 ? `${number(Math.abs(value) / 1e9)} billion` : Math.abs(value) >= 1e6 ? `${number(Math.abs(value) / 1e6)} million` : number(Math.abs(value))}`);
  return {
    columns: ["Policy", { label: "Countries that clearly pay more", number: true }, { label: "Extra public cost a year (sum of medians)", number: true },
      { label: "Residents clearly harmed less in", number: true }, { label: "clearly more in", number: true }, "Gain without paying, in this scenario"],
    rows: Object.entries(panels.countries).map(([arm, all]) => [
      label(arm), all.filter((one) => clear(one.cost, 1)).length, money(all.reduce((sum, one) => sum + one.cost.median, 0)),
      all.filter((one) => clear(one.harm, -1)).length, all.filter((one) => clear(one.harm, 1)).length,
      all.filter((one) => one.gains_without_paying).map((one) => one.name).sort().join(", ") || "none",
    ]),
  };
}

// What an address answers, or null while it does not; asked again when `again` changes.
function useOnce(address, again) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    let over = false;
    api.get(address).then((answer) => over || setFound(answer)).catch((error) => {
      if (!(error instanceof Refused)) throw error;
    });
    return () => (over = true);
  }, [address, again]);
  return found;
}
