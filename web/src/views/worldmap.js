// The map: real countries in equal area, or the tiles of an imagined world; arrows under labels, its key beneath it.
import { geoEqualEarth, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import { clear, largest, numberOf, sureness } from "../map/reading.js";
import { LEAST, number, place, shade, signed, steps, widthOf } from "../map/words.js";
import { html, useMemo } from "../ui.js";

const LABELS = { wide: 14, narrow: 8 };
const NARROW = 620; // pixels
const TINY = 60; // square pixels: a smaller country is a ringed dot
const FAINTEST = 0.05; // share of the broadest arrow below which none is drawn
const LINE = 17;
const NEAR = 4; // labels lead away from so many neighbours
const HEX = 0.56; // radius of a tile whose neighbours are one apart
const MOST_ZOOM = 2.4; // widths of the picture: a few near places do not fill the Earth

// Outlines by our codes, those of nobody in our tables, and those that are disputed.
export function outlinesOf(world, atlas) {
  const codes = new Map(atlas.countries.map(({ shape, code }) => [shape, code]));
  const disputed = new Set(atlas.disputed);
  return feature(world, world.objects.countries).features.filter((one) => one.properties.name !== "Antarctica").map((one) => ({
    shape: one, name: one.properties.name, code: codes.get(one.id) ?? codes.get(one.properties.name), disputed: disputed.has(one.properties.name),
  }));
}

export function WorldMap({ width, tallest, panels, read, top, most, whole, frame, atlas, outlines, chosen, onChoose, title }) {
  const imagined = panels.map.imagined;
  const narrow = width < NARROW;
  const height = Math.round(Math.min(tallest, width * (imagined ? 0.8 : whole ? 0.49 : narrow ? 0.85 : 0.47)));
  const ground = useMemo(() => (imagined ? tilesIn(panels.map, width, height) : landIn(panels.map, outlines, atlas, frame, whole, width, height)),
    [panels.map, outlines, atlas, frame, whole, width, height]);
  const { where, areas } = ground;
  const inside = where.map(([x, y]) => x >= 0 && x <= width && y >= 0 && y <= height);
  const seen = ground.shown ?? inside;
  const { values, places, change } = read;
  const fill = (country) => (values[country].mean === null ? "url(#no-data)" : shade(values[country].mean, top.value, change));
  const words = (country) => {
    const { mean, low, high, treated } = values[country];
    const range = mean === null || low === null ? "" : change ? ` (90 % interval ${signed(low)} to ${signed(high)})` : ` (90 % of runs ${number(low)} to ${number(high)})`;
    return `${places[country].name}: ${numberOf(values[country], change)}${range}${treated ? ", treated by this policy" : ""}`;
  };
  const kept = largest(read, Infinity).filter((way) => chosen === null || way.origin === chosen || way.destination === chosen).slice(0, most);
  const broadest = top.way[read.period === null ? "window" : "period"];
  const drawn = kept.filter((way) => inside[way.origin] && inside[way.destination]);
  const arrows = drawn.filter((way) => way.size >= FAINTEST * broadest);
  const labels = placed(values, where, seen, places, change, imagined, width, height, narrow ? LABELS.narrow : LABELS.wide);
  const outside = values.map((_, country) => country).filter((country) => !seen[country] && Math.abs(values[country].mean ?? 0) >= LEAST)
    .sort((a, b) => places[a].name.localeCompare(places[b].name));
  const key = keyOf({ panels, read, top, width, height, imagined, atlas, outside, places, values, drawn: arrows.length, kept: kept.length });
  const outline = (country) => ({
    stroke: "#1f2933", "stroke-opacity": (0.12 + 0.78 * sureness(values[country], change)).toFixed(2), "stroke-width": chosen === country ? 3 : 1.3,
  });
  const act = (country) => ({ onClick: () => onChoose(chosen === country ? null : country), class: "country", "data-code": places[country].code });

  return html`<svg class="worldmap" role="img" aria-label=${title} viewBox=${`0 0 ${width} ${height + key.height}`} width=${width} height=${height + key.height}>
    <defs><pattern id="no-data" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="6" height="6" fill="#fff" /><line x1="0" y1="0" x2="0" y2="6" stroke="#6b7785" stroke-width="2" /></pattern></defs>
    <rect width=${width} height=${height} fill=${imagined ? "#fff" : "#f7f9fb"} />
    ${!imagined && ground.others.map(({ path, disputed }) => html`<path d=${path} fill="#dfe3e8" stroke=${disputed ? "#6b7785" : "#fff"} stroke-width=${disputed ? 0.8 : 0.6} stroke-dasharray=${disputed ? "2 2" : undefined} />`)}
    ${ground.shapes.map(({ country, path }) => html`<path d=${path} fill=${fill(country)} ...${outline(country)} ...${act(country)}><title>${words(country)}</title></path>`)}
    ${where.map(([x, y], country) => !imagined && areas[country] < TINY && inside[country] && html`<circle cx=${x} cy=${y} r=${Math.abs(values[country].mean ?? 0) >= LEAST ? 6 : 4.5}
      fill=${fill(country)} ...${outline(country)} stroke-opacity="0.9" ...${act(country)}><title>${words(country)}</title></circle>`)}
    ${arrows.map((way) => html`<path class="way" d=${tapered(where[way.origin], where[way.destination], Math.max(1.5, (14 * way.size) / broadest), imagined ? 16 : 10)}
      fill="#1f2933" fill-opacity="0.72" stroke="#fff" stroke-width="0.8"><title>${`${places[way.origin].name} to ${places[way.destination].name}: ${change ? signed(way.size) : number(way.size)} operations a year`}</title></path>`)}
    ${imagined && places.map(({ name }, country) => html`<text class="tile-name" x=${where[country][0]} y=${where[country][1] - ground.size * 0.27} text-anchor="middle" font-size="12.5"
      fill="#1f2933" stroke="#fff" stroke-width="3.5" stroke-opacity="0.85" stroke-linejoin="round" paint-order="stroke">${name}</text>`)}
    ${labels.map(({ x, y, from }) => from && html`<line x1=${from[0]} y1=${from[1]} x2=${x} y2=${y} stroke="#1f2933" stroke-width="0.8" /><circle cx=${from[0]} cy=${from[1]} r="2" fill="#1f2933" />`)}
    ${labels.map(({ x, y, w, text }) => html`<g class="label">
      <rect x=${x - w / 2} y=${y - LINE / 2} width=${w} height=${LINE} rx="3" fill="#fff" fill-opacity="0.86" />
      <text x=${x} y=${y} text-anchor="middle" dominant-baseline="central" font-size="12.5" font-weight="600" fill="#1f2933">${text}</text></g>`)}
    ${key.marks}
  </svg>`;
}

// ---- the ground -----------------------------------------------------------------------------------

function middle(longitudes) {
  const radians = longitudes.map((one) => (one * Math.PI) / 180);
  return (Math.atan2(radians.reduce((sum, one) => sum + Math.sin(one), 0), radians.reduce((sum, one) => sum + Math.cos(one), 0)) * 180) / Math.PI;
}

function landIn(found, outlines, atlas, frame, whole, width, height) {
  const facts = new Map(atlas.countries.map((one) => [one.code, one]));
  const held = found.places.filter((_, country) => frame[country]).flatMap((one) => [one.capital, facts.get(one.code)?.centroid ?? one.capital]);
  const centre = whole ? 11 : middle(held.map(([longitude]) => longitude));
  const corners = whole ? [[centre - 179.9, 0], [centre + 179.9, 0], [centre, 79], [centre, -55]] : held;
  const edge = whole ? 2 : Math.min(width, height) * 0.1;
  const projection = geoEqualEarth().rotate([-centre, 0]).fitExtent([[edge, edge], [width - edge, height - edge]], { type: "MultiPoint", coordinates: corners });
  if (!(projection.scale() < MOST_ZOOM * width)) {
    const [x, y] = [held.reduce((sum, one) => sum + one[0], 0) / held.length, held.reduce((sum, one) => sum + one[1], 0) / held.length];
    projection.scale(MOST_ZOOM * width).translate([0, 0]);
    const [px, py] = projection([x, y]);
    projection.translate([width / 2 - px, height / 2 - py]);
  }
  const seats = new Map(found.codes.map((code, country) => [code, country]));
  const areas = found.codes.map(() => 0);
  for (const { shape, code } of outlines) if (seats.has(code)) areas[seats.get(code)] += geoPath(projection).area(shape);
  const path = geoPath(projection.clipExtent([[0, 0], [width, height]])).digits(1);
  const shapes = [];
  const others = [];
  for (const { shape, code, disputed } of outlines) {
    const drawn = path(shape);
    const country = seats.get(code);
    if (!drawn) continue;
    if (country === undefined) others.push({ path: drawn, disputed });
    else shapes.push({ country, path: drawn });
  }
  return { shapes, others, areas, where: found.places.map((one) => projection(one.capital) ?? [-1, -1]) };
}

function tilesIn(found, width, height) {
  const xs = found.tiles.map(([x]) => x);
  const ys = found.tiles.map(([, y]) => -y);
  const [left, up] = [Math.min(...xs) - 0.7, Math.min(...ys) - 0.7];
  const size = Math.min(width / (Math.max(...xs) + 0.7 - left), height / (Math.max(...ys) + 0.7 - up), 190);
  const shift = [(width - size * (Math.max(...xs) + 0.7 - left)) / 2, (height - size * (Math.max(...ys) + 0.7 - up)) / 2];
  const where = xs.map((x, country) => [shift[0] + size * (x - left), shift[1] + size * (ys[country] - up)]);
  const corner = (x, y, turn) => `${(x + HEX * size * Math.sin((turn * Math.PI) / 3)).toFixed(1)},${(y - HEX * size * Math.cos((turn * Math.PI) / 3)).toFixed(1)}`;
  const shapes = where.map(([x, y], country) => ({ country, path: `M${[0, 1, 2, 3, 4, 5].map((turn) => corner(x, y, turn)).join("L")}Z` }));
  return { shapes, where, size, others: [], areas: where.map(() => Infinity), shown: where.map(() => true) };
}

// ---- arrows and labels -------------------------------------------------------------------------------

// A bent arrow, broad where it begins and pointed where it ends (sim/figures/arrows.py).
function tapered([x0, y0], [x1, y1], width, free) {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const bend = [(x0 + x1) / 2 + ((y1 - y0) / length) * length * 0.16, (y0 + y1) / 2 - ((x1 - x0) / length) * length * 0.16];
  const off = Math.min(0.3, free / length);
  const head = Math.max(width * 1.9, 7);
  const many = 24;
  const body = Math.max(2, Math.floor(many * Math.max(0.4, 1 - head / length)));
  const left = [];
  const right = [];
  let tip = "";
  for (let step = 0; step < many; step += 1) {
    const t = off + ((1 - 2 * off) * step) / (many - 1);
    const at = [0, 1].map((axis) => (1 - t) ** 2 * [x0, y0][axis] + 2 * t * (1 - t) * bend[axis] + t ** 2 * [x1, y1][axis]);
    const way = [0, 1].map((axis) => 2 * (1 - t) * (bend[axis] - [x0, y0][axis]) + 2 * t * ([x1, y1][axis] - bend[axis]));
    const along = Math.hypot(...way) || 1;
    const side = [-way[1] / along, way[0] / along];
    const half = step < body ? (width * (1 - (0.55 * step) / (body - 1))) / 2 : 0;
    const point = (by) => `${(at[0] + side[0] * by).toFixed(1)},${(at[1] + side[1] * by).toFixed(1)}`;
    if (step < body) {
      left.push(point(half));
      right.unshift(point(-half));
    }
    if (step === body - 1) {
      const barb = Math.max(width * 0.85, head * 0.42);
      left.push(point(barb));
      right.unshift(point(-barb));
    }
    if (step === many - 1) tip = point(0);
  }
  return `M${left.join("L")}L${tip}L${right.join("L")}Z`;
}

// The largest numbers first, each at the free place near its country that leads away from the others and covers no
// other place; one that finds none is left out.
function placed(values, where, seen, places, change, imagined, width, height, most) {
  const label = (country) => `${values[country].treated ? "◆ " : ""}${imagined ? "" : `${places[country].name} `}${numberOf(values[country], change)}`;
  const wide = (text) => widthOf(text, 12.5, 600) + 9;
  if (imagined) return where.map(([x, y], country) => ({ x, y: y + 4, w: wide(label(country)), text: label(country) }));
  const largestValue = Math.max(...values.map((value) => Math.abs(value.mean ?? 0)));
  const order = values.map((_, country) => country)
    .filter((country) => seen[country] && Math.abs(values[country].mean ?? 0) >= Math.max(LEAST, 0.004 * largestValue))
    .sort((a, b) => Math.abs(values[b].mean) - Math.abs(values[a].mean) || a - b).slice(0, most);
  const found = [];
  for (const country of order) {
    const text = label(country);
    const w = wide(text);
    const [px, py] = where[country];
    const near = order.filter((other) => other !== country)
      .sort((a, b) => Math.hypot(where[a][0] - px, where[a][1] - py) - Math.hypot(where[b][0] - px, where[b][1] - py)).slice(0, NEAR);
    const centre = [0, 1].map((axis) => near.reduce((sum, other) => sum + where[other][axis], 0) / (near.length || 1));
    const away = near.length ? Math.atan2(py - centre[1], px - centre[0]) : -Math.PI / 2;
    const tries = [];
    for (const far of [0, 16, 34, 56]) {
      for (let turn = 0; turn < 12; turn += 1) {
        const angle = (turn * Math.PI) / 6;
        const x = px + Math.cos(angle) * (w / 2 + 8 + far);
        const y = py + Math.sin(angle) * (LINE / 2 + 7 + far);
        const box = { x, y, w };
        if (x - w / 2 < 1 || x + w / 2 > width - 1 || y < LINE / 2 || y > height - LINE / 2) continue;
        if (found.some((other) => Math.abs(other.x - x) < (other.w + w) / 2 + 2 && Math.abs(other.y - y) < LINE + 1)) continue;
        const covered = order.filter((other) => other !== country && Math.abs(where[other][0] - x) < w / 2 && Math.abs(where[other][1] - y) < LINE / 2 + 2).length;
        tries.push({ ...box, cost: far + 14 * (1 - Math.cos(angle - away)) + 40 * covered, from: [px, py] });
      }
    }
    const cheapest = tries.sort((a, b) => a.cost - b.cost)[0];
    if (cheapest) found.push({ ...cheapest, text });
  }
  return found;
}

// ---- the key: part of the drawing, so that it stays with every export ----------------------------------

function keyOf({ panels, read, top, width, height, imagined, atlas, outside, places, values, drawn, kept }) {
  const { change } = read;
  const marks = [];
  const bar = Math.min(330, width - 20);
  const ticks = change ? [...steps(top.value).map((step) => -step).reverse(), 0, ...steps(top.value)] : [0, ...steps(top.value)];
  const stops = Array.from({ length: 21 }, (_, step) => step / 20);
  const colour = (share) => {
    const root = change ? 2 * share - 1 : share;
    return shade(Math.sign(root) * Math.max(root ** 2 * top.value, LEAST), top.value, change);
  };
  let y = height + 22;
  marks.push(html`<text x="2" y=${y - 6} font-size="12" fill="#52606d">${change ? "◀ fewer\u2003operations against the baseline\u2003more ▶" : "◀ few\u2003operations\u2003many ▶"}</text>`);
  marks.push(html`<defs><linearGradient id="shades">${stops.map((share) => html`<stop offset=${share} stop-color=${colour(share)} />`)}</linearGradient></defs>`);
  marks.push(html`<rect x="2" y=${y} width=${bar} height="10" fill="url(#shades)" stroke="#6b7785" stroke-width="0.5" />`);
  let right = -20;
  for (const step of ticks) {
    const x = 2 + bar * place(step, top.value, change);
    const text = change ? signed(step) : number(step);
    const half = widthOf(text, 11.5) / 2;
    marks.push(html`<line x1=${x} x2=${x} y1=${y + 10} y2=${y + 14} stroke="#52606d" />`);
    if (x - half < right + 4) continue;
    right = x + half;
    marks.push(html`<text x=${Math.max(half, x)} y=${y + 26} text-anchor="middle" font-size="11.5" fill="#52606d">${text}</text>`);
  }
  const items = [
    ["sure", change ? "strong outline: the 90 % interval keeps to one side of zero; faint (“?”): it holds zero" : "strong outline: the runs agree; faint: they differ"],
    ["way", `${change ? "moves that rise most" : "moves"} (${drawn} of ${kept} shown): broad end = origin, width = operations a year`],
    ...(values.some((value) => value.treated) ? [["treated", "treated by this policy"]] : []),
    ...(values.some((value) => value.mean === null) ? [["hatched", "no data"]] : []),
    ...(imagined ? [] : [["grey", "not part of this scenario, or disputed (dashed)"], ["dot", "small state"]]),
  ];
  let x = width > 700 ? bar + 36 : 2;
  y = width > 700 ? height + 16 : y + 46;
  const start = x;
  for (const [kind, text] of items) {
    const long = 28 + widthOf(text, 12);
    for (const [row, line] of wrapped(text, width - start - 30, 12).entries()) {
      if (row === 0 && x > start && x + long > width) {
        x = start;
        y += 18;
      }
      if (row > 0) y += 15;
      if (row === 0) marks.push(sample(kind, x, y));
      marks.push(html`<text x=${x + 26} y=${y} dominant-baseline="central" font-size="12" fill="#1f2933">${line}</text>`);
    }
    x += long + 14;
  }
  y = Math.max(y + 26, height + 74);
  const notes = [
    ...(outside.length ? [`Outside the picture: ${outside.map((country) => `${places[country].name} ${numberOf(values[country], change)}`).join(", ")}.`] : []),
    imagined ? "Imagined. Countries and numbers are invented." : atlas.disclaimer,
  ];
  for (const [which, note] of notes.entries()) {
    const last = which === notes.length - 1;
    for (const line of wrapped(note, width - 6, 11.5)) {
      marks.push(html`<text class=${last ? (imagined ? "imagined-word" : "disclaimer") : ""} x="2" y=${y} font-size="11.5" fill="#52606d" font-weight=${imagined && last ? 600 : 400}>${line}</text>`);
      y += 15;
    }
  }
  return { marks, height: y - height - 4 };
}

function sample(kind, x, y) {
  if (kind === "sure") return html`<g><rect x=${x} y=${y - 5} width="10" height="10" fill="#f4f4f2" stroke="#1f2933" stroke-width="1.3" stroke-opacity="0.9" />
    <rect x=${x + 12} y=${y - 5} width="10" height="10" fill="#f4f4f2" stroke="#1f2933" stroke-width="1.3" stroke-opacity="0.15" /></g>`;
  if (kind === "way") return html`<path d=${tapered([x - 2, y + 2], [x + 24, y + 2], 6, 1)} fill="#1f2933" fill-opacity="0.72" />`;
  if (kind === "treated") return html`<text x=${x + 11} y=${y} text-anchor="middle" dominant-baseline="central" font-size="13" fill="#1f2933">◆</text>`;
  if (kind === "dot") return html`<circle cx=${x + 11} cy=${y} r="5" fill="#f4f4f2" stroke="#1f2933" stroke-width="1.3" />`;
  return html`<rect x=${x + 3} y=${y - 6} width="16" height="12" fill=${kind === "hatched" ? "url(#no-data)" : "#dfe3e8"} stroke=${kind === "hatched" ? "#6b7785" : "#fff"} />`;
}

function wrapped(text, width, size) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lines.at(-1) && widthOf(longer, size) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
