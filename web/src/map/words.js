// Numbers as words and colours as numbers, as in the report (sim/figures/look.py).
import { scaleLinear } from "d3-scale";

export const LEAST = 0.05; // operations, or moves a year: less is not told
const FEW_MANY = scaleLinear([0, 0.4, 0.6, 0.8, 1], ["#fcfaf0", "#ecd556", "#868379", "#45506c", "#00224e"]).clamp(true);
const FEWER_MORE = scaleLinear([-1, -0.5, 0, 0.5, 1], ["#004c78", "#0072b2", "#f4f4f2", "#d2691e", "#803300"]).clamp(true);
export const NOTHING = "#f4f4f2";

// A count with at most so many significant figures.
export function number(value, figures = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "undefined";
  if (value === 0) return "0";
  const digits = figures - 1 - Math.floor(Math.log10(Math.abs(value)));
  const factor = 10 ** digits;
  const rounded = Math.round(value * factor) / factor;
  return rounded.toLocaleString("en", { maximumFractionDigits: Math.max(0, digits) }).replace("-", "−");
}

// A change with its sign.
export const signed = (value, figures = 2) => (value > 0 ? `+${number(value, figures)}` : number(value, figures));

// Tables tell tenths: what is smaller than that is noise.
export const tenths = (value) => (value === null || value === undefined ? "–" : value.toFixed(1).replace("-", "−").replace(/^−0\.0$/, "0.0"));
export const signedTenths = (value) => (value === null || value === undefined ? "–" : `${value >= 0.05 ? "+" : ""}${tenths(value)}`);

// Small values are not white: the scale is one of roots.
const root = (value, top) => Math.sign(value) * Math.sqrt(Math.min(1, Math.abs(value) / top));
export const shade = (value, top, change) => (Math.abs(value) < LEAST ? NOTHING : (change ? FEWER_MORE : FEW_MANY)(root(value, top)));
export const place = (value, top, change) => (change ? (1 + root(value, top)) / 2 : root(value, top));

// Round numbers up to the top, evenly seen on a scale of roots.
export function steps(top) {
  const down = (value) => {
    const power = 10 ** Math.floor(Math.log10(value));
    return power * Math.max(...[1, 2, 5].filter((step) => step * power <= value * (1 + 1e-9)));
  };
  return [...new Set([0.06, 0.3, 1].map((share) => down(top * share)))];
}

// Black or white, whichever reads better on a colour.
export function readableOn(colour) {
  const parts = colour.match(/^#(..)(..)(..)$/)?.slice(1).map((pair) => parseInt(pair, 16)) ?? colour.match(/[\d.]+/g).map(Number);
  const [r, g, b] = parts.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

// How many pixels words take in a drawing.
let ruler;
export function widthOf(words, size, weight = 400) {
  ruler ??= document.createElement("canvas").getContext("2d");
  ruler.font = `${weight} ${size}px ${getComputedStyle(document.documentElement).fontFamily}`;
  return ruler.measureText(words).width;
}

// Words that fit a width; what is cut ends in a point.
export function cut(words, width, size) {
  if (widthOf(words, size) <= width) return words;
  let kept = words;
  while (kept.length > 1 && widthOf(`${kept}.`, size) > width) kept = kept.slice(0, -1).trimEnd();
  return `${kept}.`;
}
