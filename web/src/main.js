// The page: a shell and six places. Each place is a folder with a component `Page`.
import "./styles.css";
import { Page as About } from "./about/page.js";
import { Page as Compare } from "./compare/page.js";
import { api } from "./connection.js";
import { Page as Explore } from "./explore/page.js";
import { Page as Learn } from "./learn/page.js";
import { Page as Map } from "./map/page.js";
import { Page as Report } from "./report/page.js";
import { PLACES, Shell, header, route, version } from "./shell.js";
import { html, render, useLayoutEffect } from "./ui.js";

const PAGES = { learn: Learn, explore: Explore, compare: Compare, map: Map, report: Report, about: About };

function App() {
  const { place, unknown } = route.value;
  // Before the effects of the page that comes: it fills the header in.
  useLayoutEffect(() => {
    header.value = {};
    document.title = `${PLACES.find(([name]) => name === place)[1]} · displace`;
  }, [place]);
  const Page = PAGES[place];
  return html`<${Shell}>
    ${unknown && html`<p class="banner" role="status">There is no place of that name here; this is Learn.</p>`}
    <${Page} key=${place} />
  <//>`;
}

api.get("/api/app").then((facts) => (version.value = facts.version)).catch(() => {});
render(html`<${App} />`, document.getElementById("app"));
