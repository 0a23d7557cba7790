// What a teacher should know: notes that open in a dialog, with the settings that they speak of.
import { html, signal, useEffect, useRef } from "../ui.js";
import * as session from "./session.js";

export const notes = signal(false);

export function TeacherNotes() {
  const dialog = useRef();
  useEffect(() => {
    if (notes.value && !dialog.current.open) dialog.current.showModal();
  }, [notes.value]);
  const open = (preset) => {
    dialog.current.close();
    session.visit(session.lesson.value.scenes.findIndex((one) => one.does === "free"));
    session.choose(preset);
    document.querySelector(".story h1")?.focus({ preventScroll: true });
  };
  const presets = Object.fromEntries(session.lesson.value.presets.map((one) => [one.id, one.label]));
  return html`<dialog ref=${dialog} class="help" aria-labelledby="notes-title" onClose=${() => (notes.value = false)}>
    <h2 id="notes-title">For the teacher</h2>
    <div class="notes">${session.lesson.value.teacher_notes.map((note) => html`<h3>${note.title}</h3>
      <p>${note.text} ${presets[note.preset] && html`<button class="plain" onClick=${() => open(note.preset)}>Open “${presets[note.preset]}”</button>`}</p>`)}</div>
    <form method="dialog"><button class="primary">Close</button></form>
  </dialog>`;
}
