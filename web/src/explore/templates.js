// Policies to begin with, made of the countries of the chosen world. Who takes part is an assumption made for comparison.
import { listed } from "../compare/words.js";

const LATER = 156; // weeks by which a late coordination is later
const HOLDOUTS = 2;

const crackdown = (members, start) => ({ instrument: "crackdown", members, start });
const links = (members, start) => [
  { instrument: "intelligence sharing", members, start },
  { instrument: "joint operations", members, start },
];
const pot = (money) => (money > 0 ? { usd_per_year: money } : undefined);

// Each: what it is called, what it does, how many partners it needs, and how an arm is made of {focus, partners, money, start, weeks}.
export const TEMPLATES = [
  {
    name: "no change", about: "Nothing is done beyond what is done anyway.", partners: 0,
    arm: () => ({ policy: [] }),
  },
  {
    name: "unilateral", about: "One country spends the money on teams at home.", partners: 1, one: true,
    arm: ({ focus, money, start, nameOf }) => ({
      label: `${nameOf(focus)} alone`, about: `${nameOf(focus)} spends the money on teams at home.`,
      budget: pot(money), policy: [crackdown([focus], start)],
    }),
  },
  {
    name: "copycat crackdowns", about: "Several countries spend the same money side by side, without links.", partners: 2,
    arm: ({ partners, money, start, nameOf }) => ({
      about: `${names(partners, nameOf)} spend the money side by side, without links.`,
      budget: pot(money), policy: [crackdown(partners, start)],
    }),
  },
  {
    name: "coordinated, same budget", about: "The same countries share what they know and raid together; links are paid from the same money.", partners: 2,
    arm: ({ partners, money, start, nameOf }) => ({
      about: `${names(partners, nameOf)} share what they know and raid together, for the same money.`,
      budget: pot(money), policy: [crackdown(partners, start), ...links(partners, start)],
    }),
  },
  {
    name: "coalition with two holdouts", about: "As coordinated, but the last two by alphabet take no part. Which two is an assumption: change it on the cards.", partners: 4,
    arm: ({ partners, money, start, nameOf }) => {
      const inside = partners.slice(0, -HOLDOUTS);
      return {
        about: `As coordinated, but ${names(partners.slice(-HOLDOUTS), nameOf)} take no part; which two is an assumption.`,
        budget: pot(money), policy: [crackdown(inside, start), ...links(inside, start)],
      };
    },
  },
  {
    name: "late coordination", about: "The money is spent side by side at once; links begin three years later, or halfway in a shorter study.", partners: 2,
    arm: ({ partners, money, start, weeks, nameOf }) => {
      const later = lateStart(start, weeks);
      return {
        about: `${names(partners, nameOf)} spend the money side by side; links begin in week ${later}.`,
        budget: pot(money), policy: [crackdown(partners, start), ...links(partners, later)],
      };
    },
  },
];

// Links that are set up for half a year must still work before the study ends.
const lateStart = (start, weeks) => Math.min(start + LATER, Math.round((start + weeks) / 2));

const names = (codes, nameOf) => listed(codes.map(nameOf), 6);

// Who is meant unless somebody else is chosen: who acts in the study already, else the first region with partners.
export function likely(document, countries) {
  const acting = Object.values(document.arms).flatMap((arm) => (arm.policy ?? []).filter((one) => one.instrument === "crackdown").map((one) => one.members));
  const codes = new Set(countries.map((one) => one.code));
  const known = acting.filter(Array.isArray).map((members) => members.filter((code) => codes.has(code))).filter((members) => members.length);
  const largest = [...known].sort((one, other) => other.length - one.length)[0];
  const smallest = [...known].sort((one, other) => one.length - other.length)[0];
  const region = countries.find((one) => countries.filter((other) => other.region === one.region).length > 1)?.region;
  const partners = largest?.length > 1 ? largest : countries.filter((one) => one.region === region).slice(0, 6).map((one) => one.code);
  return { focus: smallest?.length === 1 ? smallest[0] : partners[0] ?? countries[0]?.code, partners: partners.length ? partners : countries.map((one) => one.code).slice(0, 6) };
}

export function likelyMoney(document) {
  const pots = Object.values(document.arms).map((arm) => arm.budget?.usd_per_year).filter((money) => money > 0);
  return pots[0] ?? 5e6;
}
