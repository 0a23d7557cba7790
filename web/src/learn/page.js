// Learn: The balloon. Seven scenes about two imagined worlds under the same luck.
import "./learn.css";
import { api } from "../connection.js";
import { header, route, say, version } from "../shell.js";
import { html, useEffect, useState } from "../ui.js";
import { csv, save } from "../views/panel.js";
import { Answer } from "./answer.js";
import { Total, chartTable, gap } from "./chart.js";
import { png } from "./export.js";
import { Guess } from "./guess.js";
import { Help, help, useKeys } from "./keys.js";
import { Ledger, SoFar, ledgerTable } from "./ledger.js";
import { Dice, Levers, SameDice, both } from "./levers.js";
import { World, fates, twin } from "./maps.js";
import { Pays, paysTable } from "./pays.js";
import * as session from "./session.js";
import { TeacherNotes, notes } from "./teacher.js";
import { Reset, TimeBar, Troubles } from "./timebar.js";
import { capital, change, operations } from "./words.js";

export function Page() {
  const [refused, setRefused] = useState(null);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let end = () => {};
    let gone = false;
    setRefused(null);
    api.get("/api/lesson").then((facts) => {
      if (gone) return;
      end = session.begin(facts);
      if (!session.follow(route.value.parameters)) session.resume();
    }, setRefused);
    addEventListener("pagehide", session.keep);
    return () => {
      gone = true;
      removeEventListener("pagehide", session.keep);
      end();
    };
  }, [asked]);
  useEffect(() => {
    if (session.lesson.value && route.value.place === "learn") session.follow(route.value.parameters);
  }, [route.value]);
  if (refused) return html`<h1>The balloon</h1><p class="error">The lesson could not be opened. ${refused.message}</p><p><button onClick=${() => setAsked(asked + 1)}>Try again</button></p>`;
  if (!session.lesson.value || !session.run.value) return html`<h1>The balloon</h1><p class="quiet">The lesson is being opened …</p>`;
  return html`<${Lesson} />`;
}

function Lesson() {
  useKeys();
  useHeader();
  useSpoken();
  const { does } = session.scene.value;
  const single = session.single.value;
  const side = { play: SoFar, drag: Answer, skip: Pays }[does] ?? Ledger;
  const Side = single || does === "skip" ? side : Ledger;
  return html`<div class=${`learn ${single ? "one-world" : "two-worlds"} scene-${session.scene.value.id}`}>
    <${Story} />
    <div class="stage">
      <${Troubles} />
      <div class="worlds"><${World} key="a" which="a" />${single ? html`<${Side} />` : html`<${World} key="b" which="b" />`}</div>
      <${TimeBar} />
      ${does !== "drag" && html`<div class="below"><${Total} />${!single && html`<${Side} />`}</div>`}
    </div>
    <${Help} /><${TeacherNotes} />
  </div>`;
}

function Story() {
  const { scenes } = session.lesson.value;
  const number = session.place.value;
  const { title, text, action, notice, does } = session.scene.value;
  const go = (to) => {
    session.visit(to);
    document.querySelector(".story h1")?.focus({ preventScroll: true });
    say(`Scene ${to + 1} of ${scenes.length}: ${scenes[to].title}. ${scenes[to].action}`);
  };
  return html`<section class="story" aria-label="Story">
    <div class="story-head"><span class="quiet">Scene ${number + 1} of ${scenes.length}</span><${Reset} /></div>
    <h1 tabindex="-1">${title}</h1>
    <p class="side-text">${text}</p>
    <p class="action">${action}</p>
    <${Levers} />
    ${does === "guess" && html`<${Guess} />`}
    <div class="narrow-dice"><${Dice} /></div>
    ${does === "compare" && html`<${SameDice} />`}
    <p class="notice">${notice}</p>
    <div class="story-end">
      <button onClick=${() => go(number - 1)} disabled=${number === 0}>Back</button>
      <button class=${number === scenes.length - 1 ? "" : "next"} onClick=${() => go(number + 1)} disabled=${number === scenes.length - 1}>Next</button>
      <span class="asides">${session.lesson.value.teacher_notes?.length > 0 && html`<button class="plain" onClick=${() => (notes.value = true)}>Teacher</button>`}
        <button class="plain" onClick=${() => (help.value = true)}>Keys</button></span>
    </div>
  </section>`;
}

// ---- header ----------------------------------------------------------------------------------------------

const about = () => {
  const [a, b] = both();
  const { seed } = session.run.value;
  return {
    lesson: "The balloon", status: "imagined world", scene: session.scene.value.title, A: a, B: b, seed, month: session.month.value,
    version: version.value || session.lesson.value.version,
  };
};

function useHeader() {
  const [a, b] = both();
  const single = session.single.value;
  const { seed } = session.run.value;
  const covered = session.covered.value;
  useEffect(() => {
    const table = (name, of) => ({ label: `${name} (CSV)`, run: () => save(`balloon-${name.toLowerCase().replaceAll(" ", "-")}.csv`, csv(of(), about()), "text/csv") });
    const picture = (name, selector) => ({ label: `${name} (PNG)`, run: () => png(document.querySelector(selector), `balloon-${name.toLowerCase().replaceAll(" ", "-")}`, about()) });
    header.value = {
      world: "The balloon", policy: single ? capital(a) : `A: ${a} · B: ${b}`, seeds: `Seed ${seed}`, status: "imagined", share: session.link,
      export: () => [
        picture("Map A", ".hexmap.world-a"), !single && picture("Map B", ".hexmap.world-b"), !covered && picture("Chart", ".total svg"),
        table("Map A", () => twin("a")), !single && table("Map B", () => twin("b")), !covered && table("Chart", chartTable),
        !single && fates("a") && table("Where did they go", ledgerTable), !single && session.scene.value.does === "skip" && table("Who pays", paysTable),
      ].filter(Boolean),
    };
  }, [a, b, single, seed, covered, session.scene.value]);
}

// ---- for screen readers ----------------------------------------------------------------------------------

const QUIET_FOR = 5000; // ms between two sentences while playing
let latest = 0;

function spoken() {
  const month = `Month ${session.month.value}.`;
  if (!session.tape.value.start) return "";
  if (session.week.value === 0) return "Nothing has moved yet. Press Play or the right arrow.";
  const home = session.names.value[session.actor.value];
  if (session.single.value) {
    const { moved, opened, stopped } = session.worlds.a.value.happened;
    return `${month} In the model ${operations(opened)} opened so far, ${stopped} stopped and ${moved} moved.`;
  }
  const [a, b] = [fates("a"), fates("b")];
  if (!a) return `${month} In the model nobody presses yet.`;
  const share = gap("b", "a");
  const total = session.covered.value || share === null || session.scene.value.does === "squeeze" ? "" : ` All harm in B against A: ${change(share)}.`;
  return `${month} In the model, of ${a.total} operations in ${home}, ${a.there + a.trade} are still at work there in A and ${b.there + b.trade} in B.${total}`;
}

function useSpoken() {
  const week = session.week.value;
  const playing = session.playing.value;
  useEffect(() => {
    const now = performance.now();
    if (playing) {
      if (now - latest > QUIET_FOR) {
        latest = now;
        say(spoken());
      }
      return undefined;
    }
    const timer = setTimeout(() => {
      latest = performance.now();
      say(spoken());
    }, 400);
    return () => clearTimeout(timer);
  }, [week, playing]);
}
