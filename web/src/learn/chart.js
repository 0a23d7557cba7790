// The picture over time: all harm in the world; where that would tell too much, the operations in one country.
import { html } from "../ui.js";
import { Lines, lineTable } from "../views/line.js";
import { Table } from "../views/panel.js";
import { SeedTable, SeedWords, Seeds, shown, stale, trial, trySeeds, OF } from "./seeds.js";
import { projector } from "../shell.js";
import * as session from "./session.js";
import { useSize } from "../views/size.js";
import { change, money, two } from "./words.js";
import { MONTH, byMonth, monthOf, workByMonth } from "./world.js";

const millions = (value) => two(value / 1e6);

// How much more or less harm A (or B) has than the other since the pressure began; null before.
export function gap(of, against) {
  const since = session.squeeze.value;
  const week = session.week.value;
  if (since === null || week <= since) return null;
  const of_ = session.totals.value[of];
  const base = session.totals.value[against];
  return (of_[week] - of_[since]) / (base[week] - base[since]) - 1;
}

export function series() {
  const both = session.single.value ? ["a"] : ["a", "b"];
  const home = session.codes.value.indexOf(session.actor.value);
  const { start, frames } = session.tape.value;
  if (session.scene.value.does === "squeeze") {
    return {
      first: 0, zero: true, format: String, unit: "operations at work", title: `At work in ${session.names.value[session.actor.value]}`,
      lines: both.map((which) => ({ key: which, label: which.toUpperCase(), values: start ? workByMonth(start, frames, which, home, session.week.value) : [] })),
    };
  }
  return {
    first: 1, zero: false, format: millions, unit: "million USD a month", title: "Harm in the whole world",
    lines: both.map((which) => ({ key: which, label: session.single.value ? "world" : which.toUpperCase(), values: byMonth(session.totals.value[which]) })),
  };
}

function sentence() {
  if (session.scene.value.does === "squeeze") return "";
  const found = gap("b", "a");
  if (found === null) return "";
  const { does } = session.scene.value;
  if (does === "guess") return `In the model A has ${signedWords(gap("a", "b"))} than B so far.`;
  return `In the model B has ${signedWords(found)} than A so far.`;
}

const signedWords = (share) => (Math.abs(share) < 0.0005 ? "hardly more or less harm" : `${change(Math.abs(share)).slice(1)} ${share < 0 ? "less" : "more"} harm`);

export function Total() {
  const [box, size] = useSize([240, 110]);
  const found = series();
  const since = session.squeeze.value;
  const many = shown.value === "seeds" && trial.value && !session.covered.value;
  const offers = ["compare", "skip", "free"].includes(session.scene.value.does) || (session.scene.value.does === "guess" && !session.covered.value);
  const marks = since === null || session.single.value ? [] : [{ month: since / MONTH, label: "pressure begins" }];
  const words = sentence();
  return html`<section class="panel total" aria-label=${many ? `${OF} seeds` : found.title}>
    <div class="panel-head">
      <h2>${many ? "Other luck" : found.title}</h2>
      ${offers && html`<span class="choices">
        ${trial.value && html`<button aria-pressed=${!many} onClick=${() => (shown.value = "run")}>This run</button>
          <button aria-pressed=${Boolean(many)} onClick=${() => (shown.value = "seeds")}>${OF} seeds</button>`}
        ${!trial.value && html`<button onClick=${trySeeds}>Try ${OF} seeds</button>`}
      </span>`}
    </div>
    ${!many && !session.covered.value && words && html`<p class="sentence">${words}</p>`}
    ${many && html`<${SeedWords} />`}
    <div class="chart-box" ref=${box}>
      ${session.covered.value
        ? html`<div class="cover"><p><b>Covered until you guess.</b></p><p>Does all harm together fall, only move, or rise?</p></div>`
        : size && (many
          ? html`<div class=${stale() ? "stale" : ""}><${Seeds} width=${size[0]} height=${size[1]} type=${projector.value ? 1.25 : 1} /></div>`
          : html`<${Lines} series=${found.lines} first=${found.first} to=${monthOf(session.lesson.value.weeks)} unit=${found.unit} zero=${found.zero} marks=${marks}
              width=${size[0]} height=${size[1]} format=${found.format} type=${projector.value ? 1.25 : 1} empty="Nothing has moved yet. Press Play or the right arrow." label=${`${found.title}. ${words || `Month ${session.month.value}.`}`} />`)}
    </div>
    ${many && html`<${SeedTable} />`}
    ${!session.covered.value && !many && html`<details><summary>As a table</summary><${Table} ...${chartTable()} caption=${found.title} /></details>`}
  </section>`;
}

export function chartTable() {
  const found = series();
  return lineTable(found.lines, found.first, found.unit, found.format);
}

export const sums = () => ({ a: money(session.totals.value.a.at(-1)), b: money(session.totals.value.b.at(-1)) });
