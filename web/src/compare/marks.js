// How each policy is told from the others everywhere: colour, shape and dash together, never one alone.
import { html } from "../ui.js";

const COLOURS = ["--blue", "--orange", "--green", "--plum"];
const DASHES = ["", "7 4", "2 3", "10 3 2 3"];
const SHAPES = {
  circle: (s) => `M${-s},0a${s},${s} 0 1,0 ${2 * s},0a${s},${s} 0 1,0 ${-2 * s},0Z`,
  square: (s) => `M${-0.88 * s},${-0.88 * s}h${1.76 * s}v${1.76 * s}h${-1.76 * s}Z`,
  triangle: (s) => `M0,${-1.15 * s}L${1.1 * s},${0.8 * s}H${-1.1 * s}Z`,
  diamond: (s) => `M0,${-1.25 * s}L${1.25 * s},0L0,${1.25 * s}L${-1.25 * s},0Z`,
  down: (s) => `M0,${1.15 * s}L${1.1 * s},${-0.8 * s}H${-1.1 * s}Z`,
  plus: (s) => `M${-0.4 * s},${-1.2 * s}h${0.8 * s}v${0.8 * s}h${0.8 * s}v${0.8 * s}h${-0.8 * s}v${0.8 * s}h${-0.8 * s}v${-0.8 * s}h${-0.8 * s}v${-0.8 * s}h${0.8 * s}Z`,
};
const NAMES = Object.keys(SHAPES);
const BASE = { colour: "--muted", shape: "circle", hollow: true, dash: "5 4", base: true };

// Marks by the name of a policy, in the order of the file; the baseline is always the grey, hollow, dashed one.
export function marksOf(arms, baseline) {
  const found = {};
  let place = 0;
  for (const arm of arms) {
    if (arm === baseline) found[arm] = BASE;
    else {
      found[arm] = {
        colour: COLOURS[place % 4],
        shape: NAMES[place % 6],
        hollow: place >= 6,
        dash: DASHES[(place + Math.floor(place / 4)) % 4],
      };
      place += 1;
    }
  }
  return found;
}

export const colourOf = (mark) => `var(${mark.colour})`;

export function Mark({ mark, x = 0, y = 0, size = 6 }) {
  return html`<path class=${`mark ink${mark.colour}`} transform=${`translate(${x},${y})`} d=${SHAPES[mark.shape](size)}
    fill=${mark.hollow ? "#fff" : colourOf(mark)} stroke=${colourOf(mark)} stroke-width=${mark.hollow ? 2.5 : 1.5} stroke-linejoin="round" />`;
}

// The mark as a small picture within a line of text.
export const Swatch = ({ mark, line = false }) => html`<svg class="swatch" aria-hidden="true" width=${line ? 34 : 16} height="16" viewBox=${line ? "-17 -8 34 16" : "-8 -8 16 16"}>
  ${line && html`<path d="M-17,0H17" fill="none" stroke=${colourOf(mark)} stroke-width="2.5" stroke-dasharray=${mark.dash} />`}
  ${(!line || mark.hollow) && html`<${Mark} mark=${mark} size=${5.5} />`}</svg>`;
