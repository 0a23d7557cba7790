// The whole lesson by keyboard. Single letters can be switched off; nothing happens inside a field.
import { FIELDS } from "../shell.js";
import { html, signal, useEffect, useRef } from "../ui.js";
import { focusGuess } from "./guess.js";
import { focusMap } from "./maps.js";
import * as session from "./session.js";

const KEPT = "displace.letters";
const stored = () => {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
};
export const letters = signal(stored());
export const help = signal(false);

const KEYS = [
  ["Space", "play or pause"],
  ["→", "one month on"],
  ["←", "one month back"],
  ["1, 2", "to the map of world A or B"],
  ["Arrow keys, Enter", "on a map: from country to country, open its card"],
  ["G", "to the guess"],
  ["R", "reset this scene (Undo for 10 seconds)"],
  ["S", "share: a link to what is shown"],
  ["?", "these keys"],
];

const OWN_ARROWS = ".scrolls, input";

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const target = event.target;
  if (target.closest?.(FIELDS)) return;
  const done = () => event.preventDefault();
  if (event.key === " " && !target.closest?.("button, a, summary, [role=button], [type=checkbox], [type=radio]")) {
    session.toggle();
    return done();
  }
  if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    if (target.closest?.(OWN_ARROWS)) return;
    session.pause();
    session[event.key === "ArrowRight" ? "step" : "back"]();
    return done();
  }
  if (!letters.value) return;
  const act = {
    r: session.reset, g: focusGuess, s: () => document.getElementById("share")?.click(),
    1: () => focusMap("a"), 2: () => focusMap("b"), "?": () => (help.value = true),
  }[event.key.toLowerCase()];
  if (act) {
    act();
    done();
  }
}

export function useKeys() {
  useEffect(() => {
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

export function Help() {
  const dialog = useRef();
  useEffect(() => {
    if (help.value && !dialog.current.open) dialog.current.showModal();
  }, [help.value]);
  const change = (event) => {
    letters.value = event.target.checked;
    try {
      localStorage.setItem(KEPT, letters.value ? "on" : "off");
    } catch {
      // It holds until the page is closed.
    }
  };
  return html`<dialog ref=${dialog} class="help" aria-labelledby="help-title" onClose=${() => (help.value = false)}>
    <h2 id="help-title">Keys</h2>
    <table><tbody>${KEYS.map(([key, does]) => html`<tr><th scope="row">${key}</th><td>${does}</td></tr>`)}</tbody></table>
    <p><label><input type="checkbox" checked=${letters.value} onChange=${change} /> Single letters and digits are keys</label></p>
    <form method="dialog"><button class="primary">Close</button></form>
  </dialog>`;
}
