// From where (rows) to where (columns): moves a year, or their rise against the baseline.
import { LEAST, cut, number, readableOn, shade, signed, widthOf } from "../map/words.js";
import { html } from "../ui.js";

const EMPTY = 0.05; // what is less leaves a cell empty

export function Matrix({ width, matrix, change, top, title }) {
  const { cells, heads, others } = matrix;
  const names = Math.min(150, 14 + Math.max(40, ...heads.map((head) => widthOf(head.name, 12.5))));
  const size = Math.max(30, Math.min(46, (width - names) / heads.length));
  const high = Math.min(size, 34);
  const up = 46;
  const w = names + size * heads.length + 2;
  const h = up + high * heads.length + 2;
  const gap = (place) => place > 0 && heads[place].region !== heads[place - 1].region;
  const tell = (value) => (change ? signed(tenth(value)) : number(tenth(value)));
  return html`<div class="scrolls" tabindex="0" role="region" aria-label=${`${title}: drawing`}><svg class="matrix" role="img" aria-label=${title} viewBox=${`0 0 ${w} ${h}`} width=${w} height=${h}>
    <text x="2" y="14" font-size="12" fill="#52606d">from ▼</text>
    <text x=${names} y="14" font-size="12" fill="#52606d">to ▶</text>
    ${heads.map((head, place) => html`<text x=${names + size * (place + 0.5)} y=${up - 8} text-anchor="middle" font-size="11.5" fill="#1f2933">${short(head, size)}<title>${head.name}</title></text>
      <text x="2" y=${up + high * (place + 0.5)} dominant-baseline="central" font-size="12.5" fill="#1f2933">${cut(head.name, names - 10, 12.5)}</text>`)}
    ${cells.flatMap((row, origin) => row.map((value, destination) => {
      const same = origin === destination && !(others && origin === heads.length - 1);
      const told = Math.abs(value) >= EMPTY;
      const colour = same ? "#e4e7eb" : told ? shade(value, top, change) : "#fff";
      const [x, y] = [names + size * destination, up + high * origin];
      return html`<g class="cell" data-from=${heads[origin].code} data-to=${heads[destination].code} data-value=${value}>
        <rect x=${x} y=${y} width=${size - 1} height=${high - 1} fill=${colour} stroke="#e4e7eb" stroke-width="0.5">
          <title>${`${heads[origin].name} to ${heads[destination].name}: ${same ? "none" : tell(value)} operations a year`}</title></rect>
        ${!same && told && html`<text x=${x + size / 2} y=${y + high / 2} text-anchor="middle" dominant-baseline="central" font-size="11" fill=${Math.abs(value) < LEAST ? "#1f2933" : readableOn(colour)} pointer-events="none">${tell(value)}</text>`}
      </g>`;
    }))}
    ${heads.map((_, place) => gap(place) && html`<line x1=${names + size * place - 0.5} x2=${names + size * place - 0.5} y1=${up} y2=${h - 2} stroke="#6b7785" />
      <line y1=${up + high * place - 0.5} y2=${up + high * place - 0.5} x1=${names} x2=${w - 2} stroke="#6b7785" />`)}
  </svg></div>`;
}

const tenth = (value) => (Math.abs(value) < 10 ? Math.round(value * 10) / 10 : value);
const short = ({ code, name }, size) => (code === "others" ? "oth." : code.length <= 3 ? code : cut(name, size - 2, 11.5));
