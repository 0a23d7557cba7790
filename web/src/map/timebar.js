// One time for all views: a slider over the periods, play, and the whole window.
import { html, useEffect, useRef } from "../ui.js";
import { labelOf, timeWords } from "./reading.js";

const PACE = 700; // milliseconds a period

export function TimeBar({ panels, arm, period, playing, onTime, onPlay }) {
  const last = panels.map.weeks.length - 1;
  const step = useRef();
  step.current = (by) => onTime(Math.max(0, Math.min(last, period === null ? (by > 0 ? 0 : last) : period + by)));
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setInterval(() => step.current(1), PACE);
    return () => clearInterval(timer);
  }, [playing]);
  useEffect(() => {
    if (playing && period === last) onPlay(false);
  }, [playing, period]);
  useEffect(() => {
    const press = (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest?.("input, select, textarea, [role=region], .menu")) return;
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      step.current(by);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  const words = timeWords(panels, period);
  const play = () => {
    if (!playing && (period === null || period === last)) onTime(0);
    onPlay(!playing);
  };
  return html`<div class="timebar" role="group" aria-label="Time">
    <button onClick=${play} aria-pressed=${playing}>${playing ? "Pause" : "Play"}</button>
    <span class="small quiet lines">All operations<br />Time</span>
    <div class=${period === null ? "timeline idle" : "timeline"}>
      <${Course} panels=${panels} arm=${arm} period=${period} />
      <input type="range" id="period" min="0" max=${last} step="1" value=${period ?? last} aria-label="Time" aria-valuetext=${words}
        onInput=${(event) => { onPlay(false); onTime(Number(event.target.value)); }} />
    </div>
    <output for="period" class="when">${words[0].toUpperCase() + words.slice(1)}</output>
    <button aria-pressed=${period === null} onClick=${() => { onPlay(false); onTime(null); }}>Whole window</button>
  </div>`;
}

// All operations over time: the chosen policy solid, the baseline dashed; what the window leaves out is washed.
function Course({ panels, arm, period }) {
  const { operations, weeks, window } = panels.map;
  const sums = (name) => weeks.map((_, time) => operations[name].mean.reduce((sum, country) => sum + (country[time] ?? 0), 0));
  const lines = [...new Set([panels.baseline, arm])].map((name) => [name, sums(name)]);
  const top = Math.max(1e-9, ...lines.flatMap(([, values]) => values));
  const x = (time) => (weeks.length > 1 ? (100 * time) / (weeks.length - 1) : 50);
  const y = (value) => 22 - (20 * value) / top;
  const path = (values) => values.map((value, time) => `${time ? "L" : "M"}${x(time).toFixed(2)},${y(value).toFixed(2)}`).join("");
  return html`<svg class="course" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
    <title>${`All operations: ${lines.map(([name]) => labelOf(panels, name)).join(" and ")}`}</title>
    <rect x=${x(window[0])} width=${Math.max(0, x(window[1] - 1) - x(window[0]))} y="0" height="24" class="window" />
    ${lines.map(([name, values]) => html`<path d=${path(values)} class=${name === panels.baseline ? "base" : "chosen"} />`)}
    ${period !== null && html`<line x1=${x(period)} x2=${x(period)} y1="0" y2="24" class="now" />`}
  </svg>`;
}
