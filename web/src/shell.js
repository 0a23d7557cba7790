// What stands on every page: the six places, what is shown, its status word, Share and Export.
import { connected } from "./connection.js";
import { effect, html, signal, useEffect, useRef, useState } from "./ui.js";

export const PLACES = [
  ["learn", "Learn"],
  ["explore", "Explore"],
  ["compare", "Compare"],
  ["map", "Map"],
  ["report", "Report"],
  ["about", "About the model"],
];

// A page fills this in: {world, policy, seeds, status, share: () => fragment, export: () => [{label, run}]}.
export const header = signal({});
export const version = signal("");

// Where letters and Space are typed: keys of a page do nothing there. A slider or a box takes less.
export const FIELDS = "input:not([type=range], [type=checkbox], [type=radio]), select, textarea, [contenteditable]";

const ENLARGED = "displace.projector";
export const projector = signal(enlarged());

// The address behind the #: a place and its parameters. It never reaches the program.
export const route = signal(read());

function read() {
  const [place, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const known = PLACES.some(([name]) => name === place);
  return { place: known ? place : "learn", parameters: Object.fromEntries(new URLSearchParams(query)), unknown: place !== "" && !known };
}
addEventListener("hashchange", () => (route.value = read()));

export const fragment = (place, parameters = {}) => {
  const query = new URLSearchParams(parameters).toString();
  return `#/${place}${query ? `?${query}` : ""}`;
};
export const go = (place, parameters) => (location.hash = fragment(place, parameters));

// One polite sentence for screen readers; the same sentence twice is said once.
export const said = signal("");
export const say = (sentence) => (said.value = sentence);

function enlarged() {
  try {
    return sessionStorage.getItem(ENLARGED) === "on";
  } catch {
    return false;
  }
}
effect(() => {
  document.documentElement.classList.toggle("projector", projector.value);
  try {
    sessionStorage.setItem(ENLARGED, projector.value ? "on" : "off");
  } catch {
    // It holds until the page is closed.
  }
});

const STATUS = { imagined: "Imagined", stylised: "Stylised", calibrated: "Calibrated" };
const STATUS_MEANS = {
  imagined: "Countries and numbers are invented. Nothing here says anything about a real place.",
  stylised: "Real countries, public numbers and assumptions; not calibrated. Read signs and differences, not levels.",
  calibrated: "Fitted to public data and checked on data held back. Not a forecast.",
};

const BANNERS = {
  lost: "The program does not answer. Your picture is kept; it goes on by itself when the program is back.",
  closed: "The program was started anew, or has closed this page's connection. Your picture is kept. Open the link that it printed when it started; this page then goes on.",
  full: "Too many pages are open at once. Your picture is kept. Close one of the others; this page then goes on by itself.",
};

export function Shell({ children }) {
  const shown = header.value;
  const status = shown.status ?? "stylised";
  return html`
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.getElementById("main").focus(); }}>Skip to the page</a>
    <header class="top">
      <nav aria-label="Places">
        ${PLACES.map(([name, label]) => html`<a href=${fragment(name)} aria-current=${route.value.place === name ? "page" : undefined}>${label}</a>`)}
      </nav>
      <div class="facts">
        <span class=${`status ${status}`} title=${STATUS_MEANS[status]}>${STATUS[status]}</span>
        ${shown.world && html`<span>${shown.world}</span>`}
        ${shown.policy && html`<span class="policy" title=${shown.policy}>${shown.policy}</span>`}
        ${shown.seeds && html`<span>${shown.seeds}</span>`}
        <span class="quiet" title="version of displace">v${version.value}</span>
      </div>
      <div class="actions">
        <${Share} share=${shown.share} />
        <${Menu} label="Export" entries=${shown.export?.() ?? []} />
        <button aria-pressed=${projector.value} onClick=${() => (projector.value = !projector.value)}>Projector</button>
      </div>
    </header>
    ${connected.value !== "here" && html`<p class="banner" role="alert">${BANNERS[connected.value]}</p>`}
    <main id="main" tabindex="-1">${children}</main>
    <div class="sr" aria-live="polite">${said.value}</div>
  `;
}

function Share({ share }) {
  const [copied, setCopied] = useState("");
  const copy = async () => {
    const address = `${location.origin}/${share()}`;
    history.replaceState(null, "", share());
    try {
      await navigator.clipboard.writeText(address);
      setCopied("Copied. It opens on this machine while the program runs.");
    } catch {
      setCopied("The link now stands in the address bar.");
    }
    setTimeout(() => setCopied(""), 4000);
  };
  if (!share) return null;
  return html`<span class="holds"><button id="share" onClick=${copy}>Share</button>${copied && html`<span class="pop" role="status">${copied}</span>`}</span>`;
}

// A button that opens a list of things to do; closes on Escape, on a choice and on a click elsewhere.
export function Menu({ label, entries }) {
  const [open, setOpen] = useState(false);
  const box = useRef();
  useEffect(() => {
    if (!open) return;
    const away = (event) => box.current?.contains(event.target) || setOpen(false);
    addEventListener("pointerdown", away);
    return () => removeEventListener("pointerdown", away);
  }, [open]);
  if (!entries.length) return null;
  const close = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    setOpen(false);
    box.current.querySelector("button").focus();
  };
  return html`<span class="holds" ref=${box} onKeyDown=${close}>
    <button aria-expanded=${open} onClick=${() => setOpen(!open)}>${label}</button>
    ${open && html`<ul class="menu">${entries.map((entry) => html`<li><button onClick=${() => { setOpen(false); entry.run(); }}>${entry.label}</button></li>`)}</ul>`}
  </span>`;
}
