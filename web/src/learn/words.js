// Numbers with at most two significant digits, policies and what has happened, in words.
import { leversAt } from "./world.js";

const COUNT = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
export const inWords = (count) => COUNT[count] ?? String(count);
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export const two = (value) => Number(Math.abs(value).toPrecision(2)).toLocaleString("en-GB", { maximumFractionDigits: 3 });
const signed = (value, text) => (value < 0 ? `−${text}` : text);

export function money(usd) {
  const size = Math.abs(usd);
  const [unit, word] = size >= 0.995e9 ? [1e9, " billion"] : size >= 0.995e6 ? [1e6, " million"] : size >= 995 ? [1e3, " thousand"] : [1, ""];
  return signed(usd, `${two(usd / unit)}${word} USD`);
}

// A share as a change in per cent with its sign; what rounds to nothing is said so.
export function change(share) {
  const value = 100 * share;
  if (Math.abs(value) < 0.05) return "less than 0.1 %";
  const digits = Math.abs(value) < 9.95 ? 1 : 0;
  return `${value < 0 ? "−" : "+"}${two(Number(Math.abs(value).toFixed(digits)))} %`;
}

export const months = (count) => `${count} month${count === 1 ? "" : "s"}`;
export const operations = (count) => `${count} operation${count === 1 ? "" : "s"}`;

// A policy in a few words: "nothing done", "Varda alone", "five together, Kelbor skips".
export function policyWords(timeline, names, actor, { sharing = false } = {}) {
  const last = timeline.reduce((now, entry) => ({ ...now, ...entry }), leversAt([], 0));
  const ever = timeline.some((entry) => entry.pressure > 0);
  if (!ever) return "nothing done";
  if (last.pressure === 0) return "pressure ended";
  const part = last.pressure < 1 ? ` at ${Math.round(100 * last.pressure)} %` : "";
  if (!last.partners.length) return `${names[actor]} alone${part}`;
  const skips = last.skips.filter((code) => last.partners.includes(code)).map((code) => names[code]);
  return [
    `${inWords(last.partners.length + 1)} together${part}`,
    skips.length && `${skips.join(" and ")} skip${skips.length === 1 ? "s" : ""}`,
    last.delay > 0 && `${months(Math.round(last.delay / (52 / 12)))} late`,
    sharing && last.sharing > 0 && `${Math.round(100 * last.sharing)} % shared`,
  ].filter(Boolean).join(", ");
}

export const list = (parts) => (parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`);
