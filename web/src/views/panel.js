// A picture (unless `picture` is false) with its title, its words, its table twin and its exports: PNG at twice the size, SVG, CSV, sentence.
import { Menu } from "../shell.js";
import { html, useRef } from "../ui.js";

export function Panel({ title, name, sentence, table, about, children, level = 2, picture: drawn = true, more = [], class: extra = "" }) {
  const box = useRef();
  const picture = () => box.current.querySelector("svg:not([aria-hidden])") ?? box.current.querySelector("canvas");
  const entries = [
    drawn && { label: "Picture (PNG)", run: () => exportPng(picture(), name, about) },
    drawn && { label: "Drawing (SVG)", run: () => exportSvg(picture(), name, about) },
    table && { label: "Numbers (CSV)", run: () => save(`${name}.csv`, csv(table, about), "text/csv") },
    sentence && { label: "Copy sentence", run: () => navigator.clipboard.writeText(sentence) },
    ...more,
  ].filter(Boolean);
  return html`<section class=${`panel ${extra}`} ref=${box} aria-label=${title}>
    <div class="panel-head">${level === 2 ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`}${entries.length > 0 && html`<${Menu} label="Export" entries=${entries} />`}</div>
    ${sentence && html`<p class="sentence">${sentence}</p>`}
    ${children}
    ${table && html`<details><summary>As a table</summary><${Table} ...${table} caption=${title} /></details>`}
  </section>`;
}

// A table: columns are texts or {label, number: true}; rows are lists of texts or numbers.
export function Table({ columns, rows, caption }) {
  const head = columns.map((column) => (typeof column === "string" ? { label: column } : column));
  return html`<div class="scrolls" tabindex="0" role="region" aria-label=${caption}><table>
    <caption class="sr">${caption}</caption>
    <thead><tr>${head.map((column) => html`<th scope="col" class=${column.number ? "number" : ""}>${column.label}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell, place) => place === 0
      ? html`<th scope="row">${cell}</th>`
      : html`<td class=${head[place]?.number ? "number" : ""}>${cell ?? "–"}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

export function save(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// Tidy values under a head of lines that say what they are: `about` is {scenario, seeds, version, status}.
export function csv({ columns, rows }, about = {}) {
  const cell = (value) => (/[",\n]/.test(String(value ?? "")) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? ""));
  const head = Object.entries(about).map(([name, value]) => `# ${name}: ${value}`);
  const names = columns.map((column) => cell(column.label ?? column));
  return [...head, names.join(","), ...rows.map((row) => row.map(cell).join(","))].join("\n") + "\n";
}

// A copy of a drawing that stands by itself: computed colours and type are written into it, facts beneath.
export function standalone(svg, about = {}) {
  const copy = svg.cloneNode(true);
  const KEPT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity", "font-size", "font-weight", "font-family", "text-anchor", "dominant-baseline", "paint-order", "display"];
  const from = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, place) => {
    const style = getComputedStyle(from[place]);
    for (const name of KEPT) element.style.setProperty(name, style.getPropertyValue(name));
  });
  const { width, height } = svg.getBoundingClientRect();
  const box = svg.viewBox.baseVal?.width ? svg.viewBox.baseVal : { x: 0, y: 0, width, height };
  const foot = Math.max(10, box.width / 60);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height + 2 * foot}`);
  copy.setAttribute("width", width);
  copy.setAttribute("height", (width * (box.height + 2 * foot)) / box.width);
  const words = document.createElementNS("http://www.w3.org/2000/svg", "text");
  words.textContent = Object.entries(about).map(([name, value]) => `${name}: ${value}`).join(" · ");
  words.setAttribute("x", box.x + 4);
  words.setAttribute("y", box.y + box.height + 1.4 * foot);
  for (const [name, value] of Object.entries({ "font-size": foot, "font-family": "sans-serif", fill: "#52606D" })) words.setAttribute(name, value);
  copy.append(words);
  return new XMLSerializer().serializeToString(copy);
}

function exportSvg(picture, name, about) {
  if (picture instanceof SVGElement) save(`${name}.svg`, standalone(picture, about), "image/svg+xml");
}

async function exportPng(picture, name, about) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (picture instanceof SVGElement) {
    const image = new Image();
    const text = standalone(picture, about);
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    canvas.width = 2 * image.width;
    canvas.height = 2 * image.height;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
  } else {
    canvas.width = picture.width;
    canvas.height = picture.height + 40;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0);
    context.fillStyle = "#52606D";
    context.font = "20px sans-serif";
    context.fillText(Object.entries(about ?? {}).map(([key, value]) => `${key}: ${value}`).join(" · "), 8, picture.height + 28);
  }
  canvas.toBlob((blob) => save(`${name}.png`, blob, "image/png"));
}
