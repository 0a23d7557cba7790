// The study that is being put together: its document, what has been changed, what the program says of it.
import { Refused, api } from "../connection.js";
import { say } from "../shell.js";
import { computed, signal } from "../ui.js";

const KEPT = "displace study";
const PAUSE = 250; // milliseconds after a change before the program is asked
const MOST_UNDO = 100;
export const LARGEST_FILE = 256 * 1024;
export const LARGEST_LINK = 8 * 1024;

export const facts = signal(null); // what may be chosen from (/api/app)
export const study = signal(null); // the document
export const history = signal([]); // {before, said} of every change, the last at the end
export const chosen = signal(""); // the policy whose cards are shown
export const checked = signal(null); // what the program says of the document
export const checking = signal(false);
export const refusal = signal(null); // why nothing could be opened
export const ran = signal(null); // {id, document, replicates} of the run whose result is shown
export const linkable = signal({ code: "", size: 0 }); // the document as it fits into a link

export const scenario = computed(() => facts.value?.scenarios.find((one) => one.id === study.value?.scenario));
export const instruments = computed(() => Object.fromEntries((facts.value?.instruments ?? []).map((one) => [one.name, one])));
export const countries = computed(() => [...(scenario.value?.countries ?? [])].sort((one, other) => one.name.localeCompare(other.name, "en")));
export const nameOf = (code) => countries.value.find((one) => one.code === code)?.name ?? code;

// How many runs does not make a result out of date: it is only more or less of it.
const settings = (document) => JSON.stringify({ ...document, replicates: 0, demo_replicates: 0 });
export const stale = computed(() => Boolean(ran.value && study.value && settings(ran.value.document) !== settings(study.value)));

export const loadFacts = async () => {
  if (!facts.value) facts.value = await api.get("/api/app");
};

// ---- changing ----

// Every change goes through here: the next document, and a sentence about what has changed.
export function change(next, said) {
  if (JSON.stringify(next) === JSON.stringify(study.value)) return;
  history.value = [...history.value, { before: study.value, chosen: chosen.value, said }].slice(-MOST_UNDO);
  put(next);
  say(said);
}

export function undo() {
  const last = history.value.at(-1);
  if (!last) return;
  history.value = history.value.slice(0, -1);
  chosen.value = last.chosen;
  put(last.before);
  say(`Undone: ${last.said}`);
}

export function open(given, arm) {
  const document = { ...given, arms: Object.fromEntries(Object.entries(given.arms).map(([name, one]) => [name, whole(one)])) };
  history.value = [];
  refusal.value = null;
  ran.value = null;
  chosen.value = arm ?? Object.keys(document.arms ?? {}).find((name) => name !== document.baseline) ?? document.baseline;
  put(document);
}

// An arm as the cards expect it, whatever a link has brought.
function whole(arm) {
  const found = { ...(arm && typeof arm === "object" ? arm : {}) };
  if (found.policy !== undefined && !Array.isArray(found.policy)) delete found.policy;
  if (found.policy) found.policy = found.policy.filter((one) => one && typeof one === "object");
  return found;
}

export function close() {
  study.value = null;
  ran.value = null;
  history.value = [];
  sessionStorage.removeItem(KEPT);
}

export function remember() {
  if (study.value) sessionStorage.setItem(KEPT, JSON.stringify({ document: study.value, ran: ran.value, chosen: chosen.value }));
}

export function recall() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    if (!kept?.document?.arms) return false;
    open(kept.document, kept.chosen);
    ran.value = kept.ran;
    return true;
  } catch {
    return false;
  }
}

function put(document) {
  study.value = document;
  if (!document.arms[chosen.value]) chosen.value = document.baseline;
  remember();
  ask();
  encode(document).then((code) => document === study.value && (linkable.value = { code, size: code.length }));
}

let timer;
let asked = 0;
function ask() {
  clearTimeout(timer);
  checking.value = true;
  timer = setTimeout(async () => {
    const turn = ++asked;
    const document = study.value;
    try {
      const found = await api.post("/api/study/check", { document });
      if (turn === asked && document === study.value) {
        // What was said before stays, washed out, while something is wrong.
        checked.value = { ...found, arms: Object.keys(found.arms).length ? found.arms : checked.value?.arms ?? {} };
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (turn === asked) checked.value = { ...(checked.value ?? {}), problems: [{ message: error.message, ...error.error }], arms: checked.value?.arms ?? {} };
    } finally {
      if (turn === asked && document === study.value) checking.value = false;
    }
  }, PAUSE);
}

// ---- arms ----

export const labelOf = (name, document = study.value) => document?.arms?.[name]?.label || name;

export function changeArm(name, more, said) {
  const { arms } = study.value;
  const next = Object.fromEntries(Object.entries({ ...arms[name], ...more }).filter(([, value]) => value !== undefined));
  change({ ...study.value, arms: { ...arms, [name]: next } }, said);
}

export function changeCard(name, place, more, said) {
  const policy = study.value.arms[name].policy.map((one, at) =>
    at === place ? Object.fromEntries(Object.entries({ ...one, ...more }).filter(([, value]) => value !== undefined)) : one);
  changeArm(name, { policy }, said);
}

const freeName = (wish) => {
  let name = wish;
  for (let more = 2; study.value.arms[name]; more++) name = `${wish} ${more}`;
  return name;
};

export function addArm(wish, arm, said) {
  const name = freeName(wish);
  const label = arm.label ? (name === wish ? arm.label : name) : undefined;
  const arms = { ...study.value.arms, [name]: { ...arm, ...(label ? { label } : {}) } };
  change({ ...study.value, arms }, said(labelOf(name, { arms })));
  chosen.value = name;
  remember();
}

export function removeArm(name) {
  const { [name]: gone, ...arms } = study.value.arms;
  const contrasts = (study.value.contrasts ?? []).filter((one) => one.of !== name && one.minus !== name);
  change({ ...study.value, arms, contrasts }, `“${gone.label || name}” was removed.`);
}

// A new name: where it is mentioned it changes too, and its label with it.
export function renameArm(name, wish) {
  const next = wish.trim().replace(/[/\\\u0000-\u001f]/g, " ");
  if (!next || next === name || study.value.arms[next]) return;
  const rename = (one) => (one === name ? next : one);
  const arms = Object.fromEntries(Object.entries(study.value.arms).map(([key, arm]) => (key === name ? [next, { ...arm, label: next }] : [key, arm])));
  const contrasts = (study.value.contrasts ?? []).map((one) => ({ ...one, of: rename(one.of), minus: rename(one.minus) }));
  change({ ...study.value, arms, contrasts, baseline: rename(study.value.baseline) }, `“${name}” is now called “${next}”.`);
  chosen.value = next;
  remember();
}

// ---- what the program says of a place in the document ----

export const problemsAt = (...path) => (checked.value?.problems ?? []).filter((one) => path.every((step, place) => `${one.path?.[place]}` === `${step}`));

// The sentences of a policy's cards, in the order of the cards; what belongs to none comes last.
export function sentencesOf(name) {
  const policy = study.value.arms[name]?.policy ?? [];
  const left = [...(checked.value?.arms?.[name]?.sentences ?? [])];
  const cards = policy.map((one) => {
    const at = left.findIndex((sentence) => sentence.includes(`: ${one.instrument} from week `));
    return at < 0 ? "" : left.splice(at, 1)[0];
  });
  return { cards, others: left };
}

// ---- a study within a link ----

const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

async function through(stream, bytes, most = Infinity) {
  const writer = stream.writable.getWriter();
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  const parts = [];
  let size = 0;
  for (const reader = stream.readable.getReader(); ;) {
    const { value, done } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) throw new RangeError("too large");
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

export const encode = async (document) => base64(await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(JSON.stringify(document))));

export async function decode(code) {
  const bytes = Uint8Array.from(atob(code.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const document = JSON.parse(new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), bytes, LARGEST_FILE)));
  if (typeof document?.scenario !== "string" || typeof document?.arms !== "object" || !Object.keys(document.arms).length) throw new TypeError("no study");
  return document;
}
