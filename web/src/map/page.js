// The map of a result, the matrix and the Sankey diagram of the same ways, one time for all of them.
import "./map.css";
import { Matrix } from "../views/matrix.js";
import { Panel, csv, save } from "../views/panel.js";
import { Sankey } from "../views/sankey.js";
import { WorldMap, outlinesOf } from "../views/worldmap.js";
import { api } from "../connection.js";
import { fragment, header, projector, route } from "../shell.js";
import { html, useEffect, useMemo, useState } from "../ui.js";
import { useWidth } from "../views/size.js";
import {
  countryTable, important, labelOf, largest, mapSentence, mapTitle, matrixOf, numberOf, reading, timeWords, tops, wayTable, waysSentence,
} from "./reading.js";
import { Picker, aboutOf, addressOf, runsOf, seedsOf, usePanels } from "./source.js";
import { TimeBar } from "./timebar.js";
import { number, signed } from "./words.js";

const WAYS = 15; // shown at first
const MOST_WAYS = 60;

export function Page() {
  const { parameters } = route.value;
  const { panels, problem } = usePanels(parameters);
  if (!addressOf(parameters)) return html`<h1>Map</h1><p>Where operations are in the model, and where they went. Choose a result.</p><${Picker} place="map" />`;
  if (!panels) return problem ? html`<h1>Map</h1><${Picker} place="map" problem=${problem} />` : html`<h1>Map</h1><p class="quiet" role="status">Reading the result …</p>`;
  if (!panels.pairs || !panels.map) {
    return html`<h1>Map</h1><p role="status">Nothing is finished yet: the map appears with the first paired runs.</p>`;
  }
  return html`<${Shown} key=${JSON.stringify(parameters)} panels=${panels} parameters=${parameters} problem=${problem} />`;
}

function Shown({ panels, parameters, problem }) {
  const found = panels.map;
  const arms = Object.keys(found.operations);
  const policies = arms.filter((arm) => arm !== panels.baseline);
  const known = (arm) => (arms.includes(arm) ? arm : policies[0] ?? panels.baseline);
  const [arm, setArm] = useState(known(parameters.arm));
  const [wish, setWish] = useState(parameters.show !== "level");
  const [period, setPeriod] = useState(/^\d+$/.test(parameters.period ?? "") && Number(parameters.period) < found.weeks.length ? Number(parameters.period) : null);
  const [most, setMost] = useState(Math.min(MOST_WAYS, Math.max(0, Number(parameters.ways ?? WAYS) || 0)));
  const [whole, setWhole] = useState(parameters.world === "1");
  const [chosen, setChosen] = useState(null);
  const [playing, setPlaying] = useState(false);
  const [shapes, shapesProblem] = useShapes(found.imagined);
  const change = wish && arm !== panels.baseline;

  const read = useMemo(() => reading(panels, { arm, change, period }), [panels, arm, change, period]);
  const top = useMemo(() => tops(panels, change), [panels, change]);
  const frame = useMemo(() => important(panels), [panels]);
  const ways = useMemo(() => largest(read, most), [read, most]);
  const tables = useMemo(() => ({ countries: countryTable(panels, read), ways: wayTable(panels, read) }), [panels, read]);
  const when = timeWords(panels, period);
  const title = mapTitle(panels, read);
  const about = aboutOf(panels, { policy: labelOf(panels, arm), time: when, ...(change ? { against: labelOf(panels, panels.baseline) } : {}) });
  const bandsSentence = `${ways.length} ways hold ${shareOf(ways, read)} of ${change ? "the rises of moves" : "all moves"} in the model (${when}).`;
  const flows = change ? "Moves that rise most" : "Moves between countries";
  const share = () => fragment("map", {
    ...(parameters.job ? { job: parameters.job } : { result: parameters.result }), arm, show: change || wish ? "change" : "level",
    ...(period === null ? {} : { period }), ...(most === WAYS ? {} : { ways: most }), ...(whole ? { world: 1 } : {}),
  });

  useEffect(() => {
    header.value = {
      world: panels.name, policy: labelOf(panels, arm), seeds: `${seedsOf(panels)}, ${runsOf(panels)}`, status: panels.status, share,
      export: () => [
        { label: "Countries (CSV)", run: () => save("map.csv", csv(tables.countries, about), "text/csv") },
        { label: "Moves (CSV)", run: () => save("moves.csv", csv(tables.ways, about), "text/csv") },
      ],
    };
  }, [panels, arm, change, period, most, whole]);

  const zoom = projector.value ? 1.25 : 1; // drawings grow with the letters: see map.css
  const [box, across] = useWidth(0, 0);
  const width = Math.floor(across / zoom);
  const tallest = Math.max(300, innerHeight / zoom - 372); // title, map and time bar are seen at once
  const [pair, pairAcross] = useWidth(0, 0);
  const pairWidth = Math.floor(pairAcross / zoom);
  const matrix = useMemo(() => matrixOf(panels, read, pairWidth < 460 ? 6 : 11), [panels, read, pairWidth]);
  const matrixTop = useMemo(() => Math.max(top.way[period === null ? "window" : "period"], 1), [top, period]);

  return html`
    <h1 class="sr">Map: where operations are, and where they went</h1>
    ${problem && html`<p class="error" role="alert">${problem.message} What was read before is kept.</p>`}
    <div class="map-controls">
      <label>Policy <select id="arm" value=${arm} onChange=${(event) => setArm(event.target.value)}>
        ${arms.map((one) => html`<option value=${one} selected=${one === arm}>${labelOf(panels, one)}${one === panels.baseline ? " (baseline)" : ""}</option>`)}
      </select></label>
      <span class="segments" role="group" aria-label="Shown">
        <button aria-pressed=${change} disabled=${arm === panels.baseline} onClick=${() => setWish(true)}>Difference from the baseline</button>
        <button aria-pressed=${!change} onClick=${() => setWish(false)}>Operations</button>
      </span>
      <label class="ways">Ways shown <input type="range" id="ways" min="0" max=${MOST_WAYS} value=${most} aria-valuetext=${`the ${most} largest`} onInput=${(event) => setMost(Number(event.target.value))} /> <output for="ways">${most}</output></label>
      ${!found.imagined && html`<button aria-pressed=${whole} onClick=${() => setWhole(!whole)}>Whole world</button>`}
      <a class="another" href=${fragment("map")}>Another result</a>
    </div>
    <div class="map-top">
      <${Panel} title=${title} name="map" sentence=${mapSentence(panels, read)} table=${tables.countries} about=${about} class="map-panel">
        <div ref=${box} class="fills">
          ${shapesProblem && html`<p class="error">${shapesProblem}</p>`}
          ${!found.imagined && !shapes && !shapesProblem && html`<p class="quiet" role="status">Drawing the outlines …</p>`}
          ${width > 0 && (found.imagined || shapes) && html`<${WorldMap} width=${width} tallest=${tallest} panels=${panels} read=${read} top=${top} most=${most} whole=${whole} frame=${frame}
            atlas=${shapes?.atlas} outlines=${shapes?.outlines} chosen=${chosen} onChoose=${setChosen} title=${`${title}, ${when}`} />`}
        </div>
      <//>
      <${Card} panels=${panels} read=${read} chosen=${chosen} onChoose=${setChosen} />
    </div>
    <${TimeBar} panels=${panels} arm=${arm} period=${period} playing=${playing} onTime=${setPeriod} onPlay=${setPlaying} />
    <div class="map-pair">
      <${Panel} title=${`${flows}: from where to where`} name="moves" sentence=${waysSentence(panels, read)} table=${tables.ways} about=${about}>
        <div ref=${pair} class="fills">${pairWidth > 0 && html`<${Matrix} width=${pairWidth} matrix=${matrix} change=${change} top=${matrixTop} title="Matrix of moves, operations a year" />`}</div>
        <p class="quiet small">Operations a year. Countries stand by region and name; lines part regions.${matrix.others ? " Those with few moves are taken together." : ""}</p>
      <//>
      <${Panel} title=${`${flows}: the ${ways.length} largest as bands`} name="bands" sentence=${bandsSentence} table=${tables.ways} about=${about}>
        <div class="fills">${pairWidth > 0 && html`<${Sankey} width=${pairWidth} ways=${ways} places=${found.places} change=${change} title="Bands of moves, operations a year" />`}</div>
        <p class="quiet small">Operations a year${change ? " more than under the baseline" : ""}. A country stands on the left if operations leave it, on the right if they arrive.</p>
      <//>
    </div>
    <p class="quiet side-text">${panels.covers} The time bar moves all three pictures; ← and → move it too. The lines above it: all operations under the policy (solid) and the baseline (dashed). A label that would cover that of a larger number is left out; the tables hold every country and every way.</p>`;
}

function shareOf(ways, read) {
  const all = read.ways.reduce((sum, way) => sum + Math.max(0, way.size), 0);
  return all > 0 ? `${Math.round((100 * ways.reduce((sum, way) => sum + way.size, 0)) / all)} %` : "none";
}

// One country: chosen on the map or in the list; its ways alone are then drawn.
function Card({ panels, read, chosen, onChoose }) {
  const { places, values, change, ways } = read;
  const order = [...places.keys()].sort((a, b) => places[a].name.localeCompare(places[b].name));
  const value = chosen === null ? null : values[chosen];
  const list = (from, to) => ways.filter((way) => way[from] === chosen && (change ? Math.abs(way.size) : way.size) >= 0.05)
    .sort((a, b) => Math.abs(b.size) - Math.abs(a.size)).slice(0, 4)
    .map((way) => html`<li>${places[way[to]].name} <b>${change ? signed(way.size) : number(way.size)}</b></li>`);
  const part = (heading, entries) => html`<h3>${heading}</h3>${entries.length ? html`<ul>${entries}</ul>` : html`<p class="quiet">None.</p>`}`;
  return html`<aside class="panel country-card" aria-label="One country">
    <label>Look at one country
      <select id="country" value=${chosen ?? ""} onChange=${(event) => onChoose(event.target.value === "" ? null : Number(event.target.value))}>
        <option value="" selected=${chosen === null}>All countries</option>
        ${order.map((country) => html`<option value=${country} selected=${country === chosen}>${places[country].name}</option>`)}
      </select></label>
    ${value === null ? html`<p class="quiet small">Or choose one on the map: its numbers, and its ways alone.</p><${Totals} panels=${panels} read=${read} />` : html`
      <dl>
        <dt>Region</dt><dd>${places[chosen].region || "–"}</dd>
        <dt>Operations, baseline</dt><dd>${number(value.before)}</dd>
        ${read.arm !== panels.baseline && html`<dt>Operations, policy</dt><dd>${number(value.now)}</dd>`}
        ${change && html`<dt>Difference</dt><dd>${numberOf(value, true)}${value.low !== null && html` <span class="quiet">(${signed(value.low)} to ${signed(value.high)})</span>`}</dd>`}
        ${read.arm !== panels.baseline && html`<dt>Treated</dt><dd>${value.treated ? "yes" : "no"}</dd>`}
      </dl>
      ${part(change ? "Leave for (difference)" : "Leave for", list("origin", "destination"))}
      ${part(change ? "Come from (difference)" : "Come from", list("destination", "origin"))}
      <p class="quiet small">Operations a year, in the model.</p>`}
  </aside>`;
}

// All countries together.
function Totals({ panels, read }) {
  const sum = (list, key) => list.reduce((total, one) => total + (one[key] ?? 0), 0);
  const policy = read.arm !== panels.baseline;
  const rows = (list, before, now) => html`<dt>Baseline</dt><dd>${number(sum(list, before), 3)}</dd>${policy && html`<dt>Policy</dt><dd>${number(sum(list, now), 3)}</dd>`}`;
  return html`<h3>All operations</h3><dl>${rows(read.values, "before", "now")}</dl>
    <h3>Moves to another country</h3><dl>${rows(read.ways, "before", "now")}</dl>
    <p class="quiet small">Means over ${panels.pairs} paired runs; moves a year.${panels.pairs < 20 ? " So few runs say little: colours and outlines may change with more." : ""}</p>`;
}

// Outlines are read once, and only for a world that has any.
let kept;
function useShapes(imagined) {
  const [found, setFound] = useState(kept ?? null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (imagined || kept) return;
    Promise.all([api.get("/api/atlas"), api.get("/static/world.json")]).then(([atlas, world]) => {
      kept = { atlas, outlines: outlinesOf(world, atlas) };
      setFound(kept);
    }).catch((error) => setProblem(`The outlines cannot be read: ${error.message} The tables below hold every number.`));
  }, [imagined]);
  return [found, problem];
}
