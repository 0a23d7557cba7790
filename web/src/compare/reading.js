// What the pictures of Compare need, read from the panels of a result.
import { marksOf } from "./marks.js";
import { decimalsFor, percent, usd } from "./words.js";

// Every policy with its mark, in the order of the file or of the alphabet; the baseline first.
export function armsOf(panels, order = "file") {
  const marks = marksOf(panels.arms.map((arm) => arm.name), panels.baseline);
  const arms = panels.arms.map((arm) => ({ ...arm, key: arm.name, mark: marks[arm.name], base: arm.name === panels.baseline }));
  const policies = arms.filter((arm) => !arm.base);
  if (order === "alphabet") policies.sort((one, other) => one.label.localeCompare(other.label, "en"));
  return { baseline: arms.find((arm) => arm.base) ?? { key: panels.baseline, label: panels.baseline, mark: marksOf([panels.baseline], panels.baseline)[panels.baseline], base: true }, policies };
}

// The sentence of the result that speaks of a policy against the baseline; else what is in force in it.
export function sentenceOf(panels, arm) {
  const against = `“${labelOf(panels, panels.baseline)}”`;
  const own = `“${arm.label}”`;
  return panels.sentences?.find((one) => one.includes(`${own} leaves`) && one.includes(`than ${against}`))
    ?? panels.sentences?.find((one) => one.startsWith(`These runs do not separate ${own} and ${against}`)) ?? arm.sentence;
}

export const leakageSentence = (panels, arm) => panels.sentences?.find((one) => one.startsWith(`Under “${arm.label}” in the model`));

export const labelOf = (panels, name) => panels.arms?.find((arm) => arm.name === name)?.label ?? name;

export const intervalRows = (panels, shown) => shown.flatMap((arm) => {
  const found = panels.intervals?.find((row) => row.arm === arm.key);
  return found ? [{ ...found, ...arm, sentence: sentenceOf(panels, arm) }] : [];
});

const HEADLINE = "harm_usd";

// Leakage by host of those policies that treat some countries and not all.
export const leakageRows = (panels, shown, side = "host") => shown.flatMap((arm) => {
  const found = panels.leakage?.find((row) => row.arm === arm.key && row.side === side && (row.measure ?? HEADLINE) === HEADLINE);
  const everywhere = (arm.treated?.length ?? 0) === 0 || arm.treated.length === Object.keys(panels.stocks?.[arm.key] ?? {}).length;
  return found ? [{ ...arm, ...found, sentence: leakageSentence(panels, arm), everywhere, ...(everywhere ? { simulated: null, mechanical: null } : {}) }] : [];
});

// The table: median with 90 %, leakage, cost, the largest rise in any country, and how often it was worse.
export function answerTable(panels, shown) {
  const rows = intervalRows(panels, shown);
  const digits = decimalsFor(rows);
  const leaks = leakageRows(panels, shown);
  const base = labelOf(panels, panels.baseline);
  return {
    columns: [
      "policy", { label: "harm avoided: median (90 % of runs)", number: true },
      { label: "left and still active elsewhere: simulated (by the choice rule alone)", number: true },
      { label: "public cost, USD a year", number: true }, "largest rise of harm in any country, USD a year",
      { label: `more harm than “${base}”`, number: true },
    ],
    rows: rows.map((row) => {
      const cost = panels.cost?.medians?.find((one) => one.arm === row.key);
      return [
        row.label,
        `${percent(row.median, digits)} % (${percent(row.lo90, digits)} to ${percent(row.hi90, digits)})`,
        leakWords(leaks.find((one) => one.key === row.key)),
        usd(cost?.cost_usd, { signed: true }),
        riseWords(panels.countries?.[row.key] ?? []),
        `in ${row.n_worse} of ${row.n} runs`,
      ];
    }),
  };
}

const ratio = (value) => (Number.isFinite(value) ? percent(value, Math.abs(value) < 10 ? 2 : 0) : "–");
const leakWords = (row) => (!row || row.everywhere ? "no elsewhere" : Number.isFinite(row.simulated) ? `${ratio(row.simulated)} (${ratio(row.mechanical)})` : "undefined");

function riseWords(countries) {
  const risen = countries.filter((row) => row.harm?.median > 0).sort((one, other) => other.harm.median - one.harm.median)[0];
  return risen ? `${usd(risen.harm.median)} (${risen.name})` : "none rises";
}
