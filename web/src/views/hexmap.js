// Countries as hexagons: counts and dots of operations on top, moves as tapered arrows beneath them.
import { html, useRef } from "../ui.js";

const ROOT = Math.sqrt(3);
const COLUMNS = 7;
const ROWS = 4;

// Where each hexagon lies: [x, y] of its centre and its size (centre to corner), filling width × height.
export function seatsOf(countries, width, height) {
  const xs = countries.map(({ q, r }) => ROOT * (q + r / 2));
  const ys = countries.map(({ r }) => 1.5 * r);
  const wide = Math.max(...xs) - Math.min(...xs) + ROOT;
  const high = Math.max(...ys) - Math.min(...ys) + 2;
  const size = Math.max(10, Math.min((width - 6) / wide, (height - 6) / high));
  const left = (width - size * wide) / 2 + size * (ROOT / 2 - Math.min(...xs));
  const top = (height - size * high) / 2 + size * (1 - Math.min(...ys));
  return { size, at: countries.map((_, country) => [left + size * xs[country], top + size * ys[country]]) };
}

const corners = ([x, y], size) => [0, 1, 2, 3, 4, 5].map((turn) => {
  const angle = (Math.PI / 3) * turn - Math.PI / 2;
  return `${(x + size * Math.cos(angle)).toFixed(1)},${(y + size * Math.sin(angle)).toFixed(1)}`;
}).join(" ");

// The centre of a dot in its country: seats fill the lower half row by row; more than 28 come closer together.
export function dotAt([x, y], size, slot, seats) {
  const columns = seats > COLUMNS * ROWS ? Math.ceil(Math.sqrt(seats * 1.8)) : COLUMNS;
  const pitch = (1.2 * size) / columns;
  const rows = Math.max(ROWS, Math.ceil(seats / columns));
  const fall = Math.min(pitch, (0.62 * size) / rows);
  return [x + ((slot % columns) - (columns - 1) / 2) * pitch, y + 0.14 * size + Math.floor(slot / columns) * fall];
}

// Broad where it begins, pointed where it ends, bent a little so that there and back do not cover each other.
function tapered([x0, y0], [x1, y1], width, free) {
  const long = Math.hypot(x1 - x0, y1 - y0) || 1;
  const [ux, uy] = [(x1 - x0) / long, (y1 - y0) / long];
  const [ax, ay, bx, by] = [x0 + ux * free, y0 + uy * free, x1 - ux * free, y1 - uy * free];
  const bend = 0.12 * long;
  const [mx, my] = [(ax + bx) / 2 + uy * bend, (ay + by) / 2 - ux * bend];
  const way = Math.hypot(bx - mx, by - my) || 1;
  const [vx, vy] = [(bx - mx) / way, (by - my) / way];
  const head = 6 + width * 0.6;
  const [hx, hy] = [bx - vx * head, by - vy * head];
  const [broad, thin] = [width / 2, Math.max(0.8, width / 5)];
  const point = (px, py) => `${px.toFixed(1)} ${py.toFixed(1)}`;
  return `M${point(ax + uy * broad, ay - ux * broad)}Q${point(mx + uy * broad * 0.7, my - ux * broad * 0.7)} ${point(hx + vy * thin, hy - vx * thin)}`
    + `L${point(hx + vy * head * 0.55, hy - vx * head * 0.55)}L${point(bx, by)}L${point(hx - vy * head * 0.55, hy + vx * head * 0.55)}L${point(hx - vy * thin, hy + vx * thin)}`
    + `Q${point(mx - uy * broad * 0.7, my + ux * broad * 0.7)} ${point(ax - uy * broad, ay + ux * broad)}Z`;
}

function Dot({ x, y, r, trade, quiet, held, reach, ...others }) {
  const shape = trade
    ? html`<circle cx=${x} cy=${y} r=${r} />`
    : html`<rect x=${x - 0.9 * r} y=${y - 0.9 * r} width=${1.8 * r} height=${1.8 * r} />`;
  return html`<g class=${`dot${quiet ? " hollow" : ""}${held ? " held" : ""}`} ...${others}>${reach && html`<circle class="reach" cx=${x} cy=${y} r=${reach} />`}${shape}</g>`;
}

const nearestIn = (at, from, [dx, dy]) => {
  let found = from;
  let best = Infinity;
  at.forEach(([x, y], country) => {
    const [px, py] = [x - at[from][0], y - at[from][1]];
    const along = px * dx + py * dy;
    const aside = Math.abs(px * dy - py * dx);
    if (country === from || along <= 1 || aside > 1.8 * along) return;
    if (along + 1.5 * aside < best) [best, found] = [along + 1.5 * aside, country];
  });
  return found;
};

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// operations: [{site, host, trade, status, slot}]; arrows: [{from, to, count, age}]; acting, skipping: countries.
// focus: the country that the Tab key reaches; drag: {site, x, y} while a dot is held.
export function HexMap({ name, label, countries, trades, regions, operations, counts, arrows, fade, still, acting, skipping, actor, width, height, focus, onFocus, onOpen, drag, onHold, over, type = 1 }) {
  const box = useRef();
  const { size, at } = seatsOf(countries, width, height);
  const seats = Math.max(1, ...operations.map((one) => one.slot + 1));
  const r = Math.min(0.062 * size, (1.2 * size) / COLUMNS / 2.5) * (seats > COLUMNS * ROWS ? 0.75 : 1);
  const big = Math.max(15 * type, 0.34 * size);
  const small = Math.max(12 * type, Math.min(15, 0.2 * size));
  const rove = (event) => {
    if (event.key in WAYS) {
      const next = nearestIn(at, focus, WAYS[event.key]);
      onFocus(next);
      box.current.querySelector(`[data-country="${next}"]`)?.focus();
    } else if (event.key === "Enter" || event.key === " ") onOpen(focus);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<svg class=${`hexmap world-${name}`} ref=${box} width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="group" aria-label=${label} onKeyDown=${rove}>
    ${countries.map((country, place) => html`<polygon class=${`land region-${regions.indexOf(country.region)}${over === place ? " over" : ""}`} points=${corners(at[place], size * 0.975)} onClick=${() => onOpen(place)} />`)}
    ${countries.map((country, place) => acting.includes(place)
      ? html`<polygon class="acting" points=${corners(at[place], size * 0.925)} stroke-width=${Math.max(2, size * 0.045)} />`
      : skipping.includes(place) && html`<polygon class="skipping" points=${corners(at[place], size * 0.925)} />`)}
    ${arrows.map(({ from, to, count, age }) => still
      ? html`<g class=${`moves${from === actor ? " ours" : ""}`} key=${`${from}>${to}`}><${Border} from=${at[from]} to=${at[to]} count=${count} size=${size} /></g>`
      : html`<path key=${`${from}>${to}`} class=${`move${from === actor ? " ours" : ""}`} d=${tapered(at[from], at[to], from === actor ? 2 + 2.2 * count + 0.02 * size : 1.5 + 1.6 * count, size * 0.34)} fill-opacity=${((from === actor ? 0.95 : 0.5) * (0.12 + 0.88 * (1 - age / fade))).toFixed(2)} />`)}
    ${operations.map((one) => {
      const held = drag?.site === one.site;
      const [x, y] = held ? [drag.x, drag.y] : dotAt(at[one.host], size, one.slot, seats);
      return !held && html`<${Dot} key=${one.site} x=${x} y=${y} r=${r} trade=${one.trade} quiet=${one.status === 1} data-site=${one.site} reach=${onHold && 2.2 * r}
        onPointerDown=${onHold && ((event) => onHold(event, one, box.current, at, size))} />`;
    })}
    ${countries.map((country, place) => {
      const [x, y] = at[place];
      const { work, quiet } = counts[place];
      const told = `${country.name}, ${country.region}: ${work} at work, ${quiet} quiet${acting.includes(place) ? ", takes part in the policy" : ""}${skipping.includes(place) ? ", skips its share" : ""}`;
      return html`<g class="country" key=${country.code} role="button" tabindex=${focus === place ? 0 : -1} aria-label=${told} data-country=${place}
        onFocus=${() => onFocus(place)} onClick=${() => onOpen(place)}>
        <polygon class="ring" points=${corners(at[place], size * 0.9)} />
        <text class="name" x=${x} y=${y - 0.5 * size} font-size=${small}>${country.name}</text>
        <text class="count" x=${x} y=${y - 0.5 * size + 0.5 * small + big * 0.86} font-size=${big}>${work}</text>
        ${skipping.includes(place) && html`<text class="skips" x=${x} y=${y + 0.78 * size} font-size=${small * 0.9}>skips</text>`}
      </g>`;
    })}
    <${Legend} trades=${trades} x=${2} y=${height - 4} type=${type} />
    ${drag && html`<${Dot} x=${drag.x} y=${drag.y} r=${r * 1.8} trade=${drag.trade} quiet=${drag.status === 1} held />`}
  </svg>`;
}

// For those who want no motion: how many have moved in the last year, on the border that they crossed.
function Border({ from, to, count, size }) {
  const turn = (Math.atan2(to[1] - from[1], to[0] - from[0]) * 180) / Math.PI;
  const r = Math.max(7.5, 0.12 * size);
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const [out, aside] = [0.82 * size, 1.1 * r];
  const [cx, cy] = [from[0] + ux * out + uy * aside, from[1] + uy * out - ux * aside];
  return html`<g transform=${`translate(${cx.toFixed(1)} ${cy.toFixed(1)})`}>
    <path class="pointer" transform=${`rotate(${turn.toFixed(0)})`} d=${`M${0.4 * r} ${-0.85 * r}L${1.7 * r} 0L${0.4 * r} ${0.85 * r}Z`} />
    <circle r=${r} /><text font-size=${r * 1.35} y=${r * 0.47}>${count}</text></g>`;
}

function Legend({ trades, x, y, type }) {
  const rows = [...trades.map((trade, place) => [place, false, trade.name]), [1, true, "hollow: quiet"]];
  return html`<g class="legend">${rows.map(([trade, quiet, text], row) => {
    const down = y - (rows.length - 1 - row) * 17 * type;
    return html`<g><${Dot} x=${x + 6} y=${down - 4} r=${4} trade=${trade} quiet=${quiet} /><text x=${x + 16} y=${down}>${text}</text></g>`;
  })}</g>`;
}

export const mapTable = (countries, trades, counts, extra = []) => ({
  columns: ["country", "region", ...[...trades.map((trade) => trade.name), "at work", "quiet", ...extra.map((one) => one.label)].map((label) => ({ label, number: true }))],
  rows: countries.map((country, place) => [country.name, country.region, ...counts[place].trades, counts[place].work, counts[place].quiet, ...extra.map((one) => one.values[place])]),
});
