// Choosing countries: all, whole regions, or one by one.
import { html } from "../ui.js";
import { countries } from "./study.js";

// What members mean in codes: "all", names of regions, and codes.
export function codesOf(members) {
  const all = countries.value.map((one) => one.code);
  if (members === "all") return all;
  const given = Array.isArray(members) ? members : members ? [members] : [];
  if (given.includes("all")) return all;
  return [...new Set(given.flatMap((one) => {
    const region = countries.value.filter((other) => other.region === one).map((other) => other.code);
    return region.length ? region : [one];
  }))];
}

export function Who({ label, members, onChange, problem }) {
  const chosen = codesOf(members);
  const known = countries.value;
  const regions = [...new Set(known.map((one) => one.region))].sort((one, other) => one.localeCompare(other, "en"));
  const put = (codes) => onChange(known.map((one) => one.code).filter((code) => codes.includes(code)));
  const toggle = (code) => put(chosen.includes(code) ? chosen.filter((one) => one !== code) : [...chosen, code]);
  const region = (name) => known.filter((one) => one.region === name).map((one) => one.code);
  const unknown = chosen.filter((code) => !known.some((one) => one.code === code));
  return html`<fieldset class="who plain"><legend>${label} <span class="quiet">${chosen.length} of ${known.length}</span></legend>
    <div class="quick">
      <button type="button" onClick=${() => put(known.map((one) => one.code))}>All</button>
      <button type="button" onClick=${() => onChange([])}>None</button>
      ${regions.length > 1 && regions.map((name) => html`<button type="button" onClick=${() => {
        const codes = region(name);
        put(codes.every((code) => chosen.includes(code)) ? chosen.filter((code) => !codes.includes(code)) : [...chosen, ...codes]);
      }}>${name}</button>`)}
    </div>
    <div class="countries-box">${known.map((one) => html`<label class="check"><input type="checkbox" checked=${chosen.includes(one.code)} onChange=${() => toggle(one.code)} /> ${one.name}</label>`)}</div>
    ${unknown.length > 0 && html`<p class="error">Not in this world: ${unknown.join(", ")}.</p>`}
    ${problem && html`<p class="error" role="alert">${problem}</p>`}
  </fieldset>`;
}
