// Bundles the pages into sim/app/static: the same bytes for the same sources and the same lock file.
import { build } from "esbuild";
import { copyFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = process.argv[2] ?? here("../sim/app/static");

await mkdir(out, { recursive: true });
await build({
  absWorkingDir: here("."),
  entryPoints: { app: "src/main.js" },
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "eof",
  logLevel: "warning",
  outdir: out,
});
await copyFile(here("src/index.html"), `${out}/index.html`);
await copyFile(here("node_modules/world-atlas/countries-50m.json"), `${out}/world.json`);
