// The two worlds: a heading, the map, the country card and the table twin of each.
import { projector } from "../shell.js";
import { effect, html, signal, useEffect, useRef, useState } from "../ui.js";
import { HexMap, mapTable, seatsOf } from "../views/hexmap.js";
import { Table } from "../views/panel.js";
import * as session from "./session.js";
import { useSize } from "../views/size.js";
import { money, policyWords } from "./words.js";
import { FADE, actingIn, arrowsOf, byCountry, countsOf, leversAt, ledgerOf } from "./world.js";

const motion = matchMedia("(prefers-reduced-motion: reduce)");
export const still = signal(motion.matches);
motion.addEventListener("change", () => (still.value = motion.matches));

const facts = () => {
  const { countries, trades } = session.lesson.value.world;
  return { countries, trades, regions: [...new Set(countries.map((one) => one.region))] };
};
const nameOf = (place) => facts().countries[place].name;

// Which country the Tab key reaches on each map, and whose card is open: {which, country}.
export const focus = signal({ a: null, b: null });
export const card = signal(null);
effect(() => {
  session.run.value; // a card of other worlds closes
  card.value = null;
});

export const focusMap = (which) => {
  const at = session.single.value ? "a" : which;
  document.querySelector(`.world-${at} .country[tabindex="0"]`)?.focus();
};

export function fates(which) {
  const { start, frames } = session.tape.value;
  const since = session.squeeze.value;
  if (!start || since === null || session.week.value < since) return null;
  return ledgerOf(start, frames, which, session.codes.value.indexOf(session.actor.value), since, session.week.value);
}

export function World({ which }) {
  const { countries, trades, regions } = facts();
  const [box, size] = useSize([220, 180]);
  const [drag, setDrag] = useState(null);
  const state = session.worlds[which].value;
  const timeline = session.run.value[which];
  const codes = session.codes.value;
  const at = session.actor.value;
  const home = codes.indexOf(at);
  const dragging = session.scene.value.does === "drag";
  const week = session.week.value;
  const counts = state ? countsOf(state, countries.length, trades.length) : null;
  const now = leversAt(timeline, week);
  const acting = actingIn(timeline, at, week).map((code) => codes.indexOf(code));
  const skipping = now.pressure > 0 ? now.skips.map((code) => codes.indexOf(code)) : [];
  const words = policyWords(timeline, session.names.value, at);
  const fate = fates(which);
  const title = session.single.value ? "The world" : words.charAt(0).toUpperCase() + words.slice(1);
  const open = (country) => {
    const same = card.value?.which === which && card.value.country === country;
    card.value = same ? null : { which, country };
  };

  const hold = (event, one, svg, seats, hexagon) => {
    if (event.button) return;
    event.preventDefault();
    session.pause();
    const bounds = svg.getBoundingClientRect();
    const over = (x, y) => {
      let found = -1;
      let best = 0.93 * hexagon;
      seats.forEach(([px, py], country) => {
        const far = Math.hypot(px - x, py - y);
        if (far < best) [best, found] = [far, country];
      });
      return found;
    };
    const move = (to) => {
      const [x, y] = [to.clientX - bounds.left, to.clientY - bounds.top];
      setDrag({ ...one, x, y, over: over(x, y) });
    };
    const drop = (to) => {
      end();
      const country = over(to.clientX - bounds.left, to.clientY - bounds.top);
      if (country >= 0 && country !== one.host) session.ask(which, one.site, codes[country]);
    };
    const end = () => {
      setDrag(null);
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", drop);
      removeEventListener("pointercancel", end);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", drop);
    addEventListener("pointercancel", end);
    move(event);
  };

  const label = `${session.single.value ? "The world" : `World ${which.toUpperCase()}, ${words}`}: map of twelve countries. Arrow keys go from country to country, Enter opens its card.`;
  return html`<section class=${`world ${which}`} aria-label=${session.single.value ? "The world" : `World ${which.toUpperCase()}`}>
    <div class="world-head">
      ${!session.single.value && html`<span class=${`badge ${which}`} aria-hidden="true">${which.toUpperCase()}</span>`}
      <h2>${!session.single.value && html`<span class="sr">World ${which.toUpperCase()}: </span>`}${title}</h2>
    </div>
    ${!session.single.value && html`<p class="fate">${fate && html`Of ${fate.total} in ${nameOf(home)}: <b>${fate.there + fate.trade}</b> at work there, <b>${fate.active}</b> elsewhere`}</p>`}
    <div class="map-box" ref=${box}>
      ${size && state && html`<${HexMap} name=${which} label=${label} countries=${countries} trades=${trades} regions=${regions}
        operations=${[...state.operations.values()]} counts=${counts} arrows=${arrowsOf(state)} fade=${FADE} still=${still.value}
        acting=${acting} skipping=${skipping} actor=${home} width=${size[0]} height=${size[1]} key="map"
        focus=${focus.value[which] ?? home} onFocus=${(country) => (focus.value = { ...focus.value, [which]: country })} onOpen=${open}
        type=${projector.value ? 1.25 : 1} drag=${drag} over=${drag?.over} onHold=${dragging ? hold : null} />`}
      ${!state && html`<p class="waiting quiet">The world is being made ready …</p>`}
      ${size && counts && card.value?.which === which && html`<${Card} which=${which} country=${card.value.country} counts=${counts[card.value.country]} size=${size} />`}
      ${counts && html`<details class="twin"><summary>As a table</summary><${Table} ...${twin(which)} caption=${`${title}, month ${session.month.value}`} /></details>`}
    </div>
  </section>`;
}

export function twin(which) {
  const { countries, trades } = facts();
  const state = session.worlds[which].value;
  const moved = (end) => countries.map((_, place) => state.moves.filter((one) => one[end] === place).length);
  return mapTable(countries, trades, countsOf(state, countries.length, trades.length), [
    { label: "moved away so far", values: moved("from") },
    { label: "moved here so far", values: moved("to") },
  ]);
}

function Card({ which, country, counts, size }) {
  const { countries, trades } = facts();
  const box = useRef();
  const { frames } = session.tape.value;
  const week = session.week.value;
  const since = Math.max(0, week - 52);
  const year = (key) => byCountry(frames, which, key, since, week)[country] ?? 0;
  const raids = byCountry(frames, which, "r", 0, week)[country] ?? 0;
  const seats = seatsOf(countries, ...size).at;
  const left = seats[country][0] > size[0] / 2;
  useEffect(() => box.current.querySelector("select, button")?.focus({ preventScroll: true }), [country]);
  const close = () => {
    card.value = null;
    document.querySelector(`.world-${which} [data-country="${country}"]`)?.focus({ preventScroll: true });
  };
  return html`<div class=${`card ${left ? "at-left" : "at-right"}`} ref=${box} role="dialog" aria-label=${countries[country].name} onKeyDown=${(event) => event.key === "Escape" && close()}>
    <div class="card-head"><h3>${countries[country].name}</h3><span class="quiet">${countries[country].region}</span></div>
    <dl>
      <dt>At work</dt><dd>${counts.work} (${trades.map((trade, place) => `${trade.name} ${counts.trades[place]}`).join(", ")})</dd>
      <dt>Quiet</dt><dd>${counts.quiet}</dd>
      <dt>Raids so far</dt><dd>${raids}</dd>
      ${week > 0 && !session.covered.value && html`<dt>Harm to its people, last ${week < 52 ? `${week} weeks` : "12 months"}</dt><dd>${money(year("h"))}</dd>
      <dt>Its public cost, same time</dt><dd>${money(year("p"))}</dd>`}
    </dl>
    ${session.scene.value.does === "drag" && html`<${WhatIf} which=${which} country=${country} />`}
    <button onClick=${close}>Close</button>
  </div>`;
}

// The drag for the keyboard: which operation, and where to.
function WhatIf({ which, country }) {
  const { countries, trades } = facts();
  const mine = [...session.worlds[which].value.operations.values()].filter((one) => one.host === country).sort((one, other) => one.site - other.site);
  const [site, setSite] = useState(null);
  const [to, setTo] = useState(null);
  if (!mine.length) return html`<p>Nothing is at work here that could be moved.</p>`;
  const chosen = mine.some((one) => one.site === site) ? site : mine[0].site;
  const others = countries.filter((_, place) => place !== country);
  const target = others.some((one) => one.code === to) ? to : others[0].code;
  const go = (event) => {
    event.preventDefault();
    session.ask(which, chosen, target);
    card.value = null;
    document.querySelector(".answer")?.focus({ preventScroll: true });
  };
  return html`<form class="what-if" onSubmit=${go}>
    <label>Operation <select value=${chosen} onChange=${(event) => setSite(Number(event.target.value))}>
      ${mine.map((one, place) => html`<option value=${one.site}>${place + 1}: ${trades[one.trade].name}${one.status === 1 ? ", quiet" : ""}</option>`)}</select></label>
    <label>What if it moved to <select value=${target} onChange=${(event) => setTo(event.target.value)}>
      ${others.map((one) => html`<option value=${one.code}>${one.name}</option>`)}</select></label>
    <button class="primary">Ask the model</button>
  </form>`;
}
