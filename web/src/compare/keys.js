// Keys of Explore and Compare: C to Compare, E to Export, / to a list of everything that one can go to.
import { FIELDS, fragment, go, PLACES } from "../shell.js";
import { html, useEffect, useMemo, useRef, useState } from "../ui.js";

// `targets` are {label, kind, run}: what the palette offers besides the places.
export function useKeys(targets) {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const press = (event) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.target.closest?.(FIELDS) || document.querySelector("dialog[open]")) return;
      if (event.key === "/") setOpen(true);
      else if (event.key === "c" || event.key === "C") go("compare", comparing());
      else if (event.key === "e" || event.key === "E") openExport();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  return open ? html`<${Palette} targets=${targets} close=${() => setOpen(false)} />` : null;
}

// What Compare is opened with from another page; Explore puts its job here.
let comparing = () => ({});
export const compareWith = (give) => (comparing = give);

// The Export of the panel that has the focus, else the one of the page.
function openExport() {
  const near = document.activeElement?.closest?.(".panel") ?? document.querySelector("header.top .actions");
  const button = [...near.querySelectorAll("button[aria-expanded]")].find((one) => one.textContent === "Export");
  if (button?.getAttribute("aria-expanded") === "false") button.click();
  button?.focus();
}

export const panelTargets = () => [...document.querySelectorAll("main .panel[aria-label]")].map((panel) => ({
  kind: "panel",
  label: panel.getAttribute("aria-label"),
  run: () => {
    panel.setAttribute("tabindex", "-1");
    panel.scrollIntoView({ block: "start" });
    panel.focus({ preventScroll: true });
  },
}));

function Palette({ targets, close }) {
  const box = useRef();
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const all = useMemo(() => [
    ...PLACES.map(([name, label]) => ({ kind: "place", label, run: () => (location.hash = fragment(name, name === "compare" ? comparing() : {})) })),
    ...(targets ?? []),
    ...panelTargets(),
  ], []);
  const sought = words.trim().toLowerCase();
  const found = all.filter((one) => `${one.label} ${one.kind}`.toLowerCase().includes(sought))
    .sort((one, other) => other.label.toLowerCase().startsWith(sought) - one.label.toLowerCase().startsWith(sought)).slice(0, 12);
  useEffect(() => {
    const from = document.activeElement;
    box.current.showModal();
    return () => from?.isConnected && from.focus({ preventScroll: true });
  }, []);
  const choose = (one) => {
    box.current.close();
    close();
    setTimeout(() => one.run());
  };
  const press = (event) => {
    if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter" && found[at]) choose(found[at]);
    else return;
    event.preventDefault();
  };
  return html`<dialog class="palette" ref=${box} aria-label="Go to" onClose=${close} onClick=${(event) => event.target === box.current && box.current.close()}>
    <input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${found[at] ? `palette-${at}` : undefined}
      aria-label="A place, a policy or a panel" placeholder="A place, a policy or a panel" value=${words} autofocus
      onInput=${(event) => { setWords(event.target.value); setAt(0); }} onKeyDown=${press} />
    <ul id="palette-list" role="listbox" aria-label="Places, policies and panels">
      ${found.map((one, place) => html`<li id=${`palette-${place}`} role="option" aria-selected=${place === at} onClick=${() => choose(one)}>${one.label} <span class="quiet">${one.kind}</span></li>`)}
    </ul>
    ${!found.length && html`<p class="quiet">Nothing is called so.</p>`}
  </dialog>`;
}
