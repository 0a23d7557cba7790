// What the lesson shows and how it goes on: signals, the socket of the live worlds, the clock.
// All that is shown follows from (preset, seed, timelines a and b): whatever is lost is asked for again.
import { live } from "../connection.js";
import { fragment, version } from "../shell.js";
import { batch, computed, signal } from "../ui.js";
import { allHarm, holdsFrom, monthOf, moved, running, sameTimeline, squeezeOf, weekOf, worldAt } from "./world.js";

const AHEAD = 39; // weeks that are asked for before they are shown
const CHUNK = 13;
const UNDO = 10_000; // ms
const KEPT = "displace.learn";
const MOST_ENTRIES = 60;
export const SPEEDS = { slow: 4, normal: 10, fast: 26 }; // weeks a second
const GUESS_AT = 104; // the scene with the guess opens where there is something to guess about

export const lesson = signal(null);
export const place = signal(0); // of the scene
export const run = signal(null); // {preset, seed, a, b}
export const tape = signal({ start: null, frames: [] });
export const week = signal(0);
export const aim = signal(0); // the week to be shown, as soon as it is there
export const playing = signal(false);
export const speed = signal("normal");
export const trouble = signal(null); // {message, detail, week}
export const answer = signal(null); // to the drag
export const undoable = signal(null);
export const guess = signal({ choice: null, revealed: false, class: false, counts: { falls: 0, moves: 0, rises: 0 }, results: [] });
export const sender = signal(null); // what the sender of a link saw
export const notice = signal(null); // one sentence beside the time bar

export const scene = computed(() => lesson.value?.scenes[place.value]);
export const preset = computed(() => lesson.value?.presets.find((one) => one.id === run.value?.preset));
export const names = computed(() => Object.fromEntries(lesson.value?.world.countries.map((one) => [one.code, one.name]) ?? []));
export const codes = computed(() => lesson.value?.world.countries.map((one) => one.code) ?? []);
export const actor = computed(() => preset.value?.actor ?? "");
export const twins = computed(() => run.value && sameTimeline(run.value.a, run.value.b));
export const single = computed(() => twins.value && !scene.value?.levers.length);
export const covered = computed(() => Boolean(scene.value?.covered) && !guess.value.revealed);
export const squeeze = computed(() => (run.value ? squeezeOf(run.value.a, run.value.b) : null));
export const catching = computed(() => !playing.value && aim.value > week.value);
export const month = computed(() => monthOf(week.value));
const worldOf = (which) => computed(() => (tape.value.start ? worldAt(tape.value.start, tape.value.frames, which, week.value) : null));
export const worlds = { a: worldOf("a"), b: worldOf("b") };
export const totals = computed(() => Object.fromEntries(["a", "b"].map((which) => [which, running(tape.value.frames, which, week.value, allHarm)])));

let socket;
let id = 0;
let asked = 0; // weeks that have been asked for
let reaches = 0; // the clock, in parts of weeks
let last = null; // of the animation
let turn = null;
const visited = new Map();

// ---- the socket ------------------------------------------------------------------------------------------

function open() {
  id += 1;
  asked = tape.value.frames.length;
  socket?.send({ do: "open", id, ...run.value });
  ahead();
}

function ahead() {
  const wanted = Math.min(lesson.value.weeks, Math.max(aim.value, week.value) + AHEAD);
  if (asked >= wanted) return;
  const upto = Math.min(lesson.value.weeks, Math.max(wanted, asked + CHUNK), asked + 260);
  socket?.send({ do: "want", id, from: asked, upto });
  asked = upto;
}

function hear(message) {
  if (message.is === "error" && (message.id === undefined || message.id === id)) {
    pause();
    trouble.value = { message: `These settings are not understood: ${message.message}`, mistaken: true };
    return;
  }
  if (message.id !== id) return;
  if (message.is === "opened") {
    tape.value = { ...tape.value, start: message.start, scenario: message.scenario };
  } else if (message.is === "frames") {
    const have = tape.value.frames.length;
    const fresh = message.frames.filter((frame) => frame.w > have);
    if (fresh.length && fresh[0].w === have + 1) {
      tape.value = { ...tape.value, frames: tape.value.frames.concat(fresh) };
      if (!playing.value) show();
    }
  } else if (message.is === "answer") answer.value = { ...answer.value, ...message, waits: false };
  else if (message.is === "stopped") {
    pause();
    trouble.value = { message: `The model stopped at month ${monthOf(message.week)}. Your picture is kept.`, detail: `${message.message} ${message.detail ?? ""}`.trim() };
  }
}

export function begin(facts) {
  lesson.value = facts;
  socket = live(hear, () => run.value && open());
  return () => {
    pause();
    keep();
    socket.close();
    socket = undefined;
  };
}

export function again() {
  trouble.value = null;
  open();
}

// ---- the clock -------------------------------------------------------------------------------------------

function show() {
  week.value = Math.min(Math.floor(aim.value), tape.value.frames.length);
}

export function jump(to) {
  aim.value = Math.max(0, Math.min(lesson.value.weeks, to));
  reaches = aim.value;
  ahead();
  show();
  touched();
}

export const step = () => jump(weekOf(monthOf(Math.max(aim.value, week.value)) + 1));
export const back = () => jump(weekOf(monthOf(week.value) - (week.value > weekOf(monthOf(week.value)) ? 0 : 1)));

export function play() {
  if (playing.value || week.value >= lesson.value.weeks) return;
  playing.value = true;
  reaches = week.value;
  last = null;
  touched();
  turn = requestAnimationFrame(tick);
}

function tick(now) {
  if (!playing.value) return;
  if (last !== null) {
    const due = reaches + (Math.min(now - last, 250) / 1000) * SPEEDS[speed.value];
    reaches = Math.min(due, tape.value.frames.length); // the clock waits for the model
    aim.value = Math.floor(reaches);
    if (aim.value !== week.value) show();
    ahead();
  }
  last = now;
  if (week.value >= lesson.value.weeks) pause();
  else turn = requestAnimationFrame(tick);
}

export function pause() {
  if (!playing.value) return;
  playing.value = false;
  cancelAnimationFrame(turn);
  aim.value = week.value;
  keep();
}

export const toggle = () => (playing.value ? pause() : play());

// ---- worlds ----------------------------------------------------------------------------------------------

const definition = (number) => {
  const { preset: name, seed, a, b, does, week: at } = lesson.value.scenes[number];
  return { run: { preset: name, seed, a, b }, week: at ?? (does === "guess" ? GUESS_AT : 0) };
};

// Shows a pair of worlds at a week; `frames` are those that are known already. A seed always begins in the same way.
function stage(next, at, frames = []) {
  pause();
  trouble.value = null;
  answer.value = null;
  notice.value = null;
  const same = run.value && run.value.preset === next.preset && run.value.seed === next.seed;
  batch(() => {
    run.value = next;
    tape.value = { start: same ? tape.value.start : null, frames };
    aim.value = Math.min(at, lesson.value.weeks);
    reaches = aim.value;
    week.value = Math.min(aim.value, frames.length);
  });
  open();
}

export function visit(number) {
  if (number < 0 || number >= lesson.value.scenes.length) return;
  remember();
  undoable.value = null;
  place.value = number;
  sender.value = null;
  const { run: next, week: at } = visited.get(lesson.value.scenes[number].id) ?? definition(number);
  stage(next, at);
  touched();
}

const remember = () => run.value && scene.value && visited.set(scene.value.id, { run: run.value, week: Math.max(aim.value, week.value) });

export function reset() {
  const before = { run: run.value, frames: tape.value.frames, week: week.value, guess: guess.value };
  const { run: next, week: at } = definition(place.value);
  stage(next, at);
  touched();
  if (scene.value.covered) guess.value = { ...guess.value, choice: null, revealed: false, results: [] };
  undoable.value = before;
  setTimeout(() => undoable.value === before && (undoable.value = null), UNDO);
}

export function undo() {
  const before = undoable.value;
  if (!before) return;
  undoable.value = null;
  guess.value = before.guess;
  stage(before.run, before.week, before.frames);
  touched();
}

// Moves a lever in world "a", "b" or in both ("ab"): it holds from now on, and the weeks before stay as they were.
export function pull(which, lever, value) {
  const now = week.value;
  if (now >= lesson.value.weeks) {
    notice.value = "The model's time is over. Reset the scene, or go back to an earlier month to change something.";
    return;
  }
  const went = playing.value;
  const next = { ...run.value };
  let from = lesson.value.weeks;
  for (const world of which) {
    next[world] = moved(run.value[world], now, lever, value);
    from = Math.min(from, holdsFrom(run.value[world], now));
  }
  if (next.a.length > MOST_ENTRIES || next.b.length > MOST_ENTRIES) {
    notice.value = "The levers were moved very often in this run. Reset the scene to go on.";
    return;
  }
  stage(next, now, tape.value.frames.slice(0, from));
  touched();
  if (went) play();
}

export function reseed(seed) {
  stage({ ...run.value, seed }, Math.max(aim.value, week.value));
  touched();
}

export function choose(name) {
  const { a, b } = lesson.value.presets.find((one) => one.id === name);
  stage({ preset: name, seed: run.value.seed, a, b }, 0);
  touched();
}

export function ask(which, site, to) {
  pause();
  answer.value = { which, site, to, week: week.value, waits: true };
  socket?.send({ do: "ask", id, world: which, week: week.value, site, to });
}

// ---- links and reloads -----------------------------------------------------------------------------------

const now = () => ({ scene: scene.value.id, ...run.value, week: Math.max(aim.value, week.value) });

export function link() {
  const { a, b, ...others } = now();
  const seen = totals.value;
  return fragment("learn", {
    v: version.value || lesson.value.version, ...others, a: JSON.stringify(a), b: JSON.stringify(b),
    month: month.value, sa: Math.round(seen.a.at(-1)), sb: Math.round(seen.b.at(-1)),
  });
}

// Opens what a link describes; returns whether it was one.
export function follow(parameters) {
  if (!parameters.scene) return false;
  const number = lesson.value.scenes.findIndex((one) => one.id === parameters.scene);
  const usual = definition(Math.max(0, number));
  const timeline = (text, other) => {
    try {
      const found = JSON.parse(text);
      return Array.isArray(found) ? found : other;
    } catch {
      return other;
    }
  };
  const whole = (text, other) => (/^\d{1,15}$/.test(text ?? "") ? Number(text) : other);
  const known = lesson.value.presets.some((one) => one.id === parameters.preset);
  const others = lesson.value.presets.find((one) => one.id === parameters.preset);
  place.value = Math.max(0, number);
  const seen = parameters.v && { version: parameters.v, month: whole(parameters.month, 0), a: whole(parameters.sa, 0), b: whole(parameters.sb, 0) };
  sender.value = seen && seen.version !== lesson.value.version ? seen : null;
  stage({
    preset: known ? parameters.preset : usual.run.preset,
    seed: whole(parameters.seed, usual.run.seed),
    a: timeline(parameters.a, known ? others.a : usual.run.a),
    b: timeline(parameters.b, known ? others.b : usual.run.b),
  }, whole(parameters.week, parameters.month ? weekOf(whole(parameters.month, 0)) : usual.week));
  const odd = [number < 0 && "scene", parameters.preset && !known && "setting", whole(parameters.seed ?? "1", -1) < 0 && "seed"].filter(Boolean);
  if (odd.length) notice.value = `This link names no ${odd.join(" and no ")} that is here: the usual one is shown.`;
  return true;
}

export function resume() {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    kept = null;
  }
  if (kept?.version !== lesson.value.version) {
    visit(0);
    return;
  }
  for (const [name, value] of kept.visited) visited.set(name, value);
  guess.value = kept.guess;
  place.value = Math.max(0, lesson.value.scenes.findIndex((one) => one.id === kept.now.scene));
  const { scene: _, week: at, ...next } = kept.now;
  stage(next, at);
}

export function keep() {
  if (!run.value || !scene.value) return;
  remember();
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ version: lesson.value.version, now: now(), visited: [...visited], guess: guess.value }));
  } catch {
    // A browser that keeps nothing: a reload begins anew.
  }
}

// After something has been done by hand the address no longer describes what is shown: a reload resumes instead.
let soon;
export function touched() {
  if (location.hash.includes("scene=")) history.replaceState(null, "", fragment("learn"));
  clearTimeout(soon);
  soon = setTimeout(keep, 200);
}
