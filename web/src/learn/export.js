// A drawing as a picture of twice its size, with what it shows in words beneath.
import { save, standalone } from "../views/panel.js";

const LINE = 34;

export async function png(svg, name, about) {
  if (!svg) return;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const type = () => {
    context.font = "24px system-ui, sans-serif";
    context.fillStyle = "#52606d";
  };
  type();
  const lines = [""];
  for (const part of Object.entries(about).map(([key, value]) => `${key}: ${value}`)) {
    const longer = lines.at(-1) ? `${lines.at(-1)} · ${part}` : part;
    if (lines.at(-1) && context.measureText(longer).width > 2 * image.width - 32) lines.push(part);
    else lines[lines.length - 1] = longer;
  }
  canvas.width = 2 * image.width;
  canvas.height = 2 * image.height + LINE * lines.length;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, 2 * image.height);
  type();
  lines.forEach((line, place) => context.fillText(line, 16, 2 * image.height + LINE * place + 12));
  canvas.toBlob((blob) => save(`${name}.png`, blob, "image/png"));
}
