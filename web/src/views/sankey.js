// The same ways as bands: origins on the left, destinations on the right, thick = many.
import { sankey, sankeyLinkHorizontal } from "d3-sankey";
import { cut, number, signed, widthOf } from "../map/words.js";
import { html, useMemo } from "../ui.js";

const ROW = 24; // pixels that a name needs

export function Sankey({ width, ways, places, change, title }) {
  const drawn = useMemo(() => laidOut(width, ways, places), [width, ways, places]);
  if (!drawn) return html`<p class="quiet">${change ? "No way rises in this time." : "Nothing moves in this time."}</p>`;
  const { nodes, links, height, side } = drawn;
  const tell = (value) => (change ? signed(value) : number(value));
  return html`<svg class="sankey" role="img" aria-label=${title} viewBox=${`0 0 ${width} ${height}`} width=${width} height=${height}>
    <text x=${side - 6} y="12" text-anchor="end" font-size="12" fill="#52606d">from</text>
    <text x=${width - side + 6} y="12" font-size="12" fill="#52606d">to</text>
    ${links.map((link) => html`<path class="band" d=${sankeyLinkHorizontal()(link)} fill="none" stroke="#0072b2" stroke-opacity="0.38" stroke-width=${Math.max(1, link.width)}
      data-from=${link.source.code} data-to=${link.target.code} data-value=${link.value}>
      <title>${`${link.source.name} to ${link.target.name}: ${tell(link.value)} operations a year`}</title></path>`)}
    ${nodes.map((node) => html`<g>
      <rect x=${node.x0} y=${node.y0} width=${node.x1 - node.x0} height=${Math.max(1, node.y1 - node.y0)} fill="#1f2933" />
      <text x=${node.left ? node.x0 - 6 : node.x1 + 6} y=${(node.y0 + node.y1) / 2} text-anchor=${node.left ? "end" : "start"} dominant-baseline="central" font-size="12.5" fill="#1f2933">${`${cut(node.name, side - 10 - widthOf(` ${tell(node.value)}`, 12.5), 12.5)} ${tell(node.value)}`}</text></g>`)}
  </svg>`;
}

// Bands in two columns, countries by region and name in each.
function laidOut(width, ways, places) {
  if (!ways.length) return null;
  const ends = { o: [...new Set(ways.map((way) => way.origin))], d: [...new Set(ways.map((way) => way.destination))] };
  const rows = Math.max(ends.o.length, ends.d.length);
  const height = Math.max(width > 500 ? 360 : 240, rows * ROW + 110);
  const side = Math.min(170, width * 0.34);
  const order = (a, b) => places[a.country].region.localeCompare(places[b.country].region) || places[a.country].name.localeCompare(places[b.country].name);
  const graph = {
    nodes: Object.entries(ends).flatMap(([kind, all]) => all.map((country) => ({ id: kind + country, country, name: places[country].name, code: places[country].code, left: kind === "o" }))),
    links: ways.map((way) => ({ source: `o${way.origin}`, target: `d${way.destination}`, value: way.size })),
  };
  const layout = sankey().nodeId((node) => node.id).nodeWidth(10).nodePadding(Math.min(ROW - 6, 18)).nodeSort(order)
    .extent([[side, 24], [width - side, height - 4]]);
  return { ...layout(graph), height, side };
}
