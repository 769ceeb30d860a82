/**
 * Signed packs of locators: which one may take the place of the bundled ones.
 * Nothing of a pack is read before the project's signature holds for its very bytes.
 */

import locatorKeys from "../../../shared/locator-keys.json" with { type: "json" };
import type { Locator, LocatorKey, LocatorPack, Locators } from "../contract/types.ts";
import { isLocators } from "../contract/validators.js";
import { problemOfPattern } from "./patterns.ts";
import { problemOfCandidate } from "./selectors.ts";

/** Stands before the payload, so that a signature made for anything else is none here. */
const SIGNED_AS = "postbroker locators 1\n";
const ALGORITHM = "Ed25519";
/** Other reasons than the first ones are not told. */
const REASONS_MAX = 3;

/** The pack is not taken; what was in use stays. */
export class PackRefused extends Error {}

/** The locators of a pack that fits the adapter, whatever their version. Throws PackRefused. */
export async function openPack(
  pack: LocatorPack,
  bundled: Locators,
  keys: readonly LocatorKey[] = locatorKeys,
): Promise<Locators> {
  await checkSignature(pack, keys);
  const locators = read(pack.payload);
  const problems = problemsOf(locators, bundled);
  if (problems.length > 0) throw new PackRefused(problems.slice(0, REASONS_MAX).join("; "));
  return locators;
}

/** True when `version` is above the other one; compared number by number. */
export function isNewer(version: string, than: string): boolean {
  const [these, those] = [version.split(".").map(Number), than.split(".").map(Number)];
  for (let place = 0; place < Math.max(these.length, those.length); place++) {
    const difference = (these[place] ?? -1) - (those[place] ?? -1);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

async function checkSignature(pack: LocatorPack, keys: readonly LocatorKey[]): Promise<void> {
  const key = keys.find(({ id }) => id === pack.keyId);
  if (key === undefined) throw new PackRefused(`the key ${pack.keyId} is not trusted`);
  let publicKey: CryptoKey;
  try {
    const raw = bytesOf(key.publicKey);
    publicKey = await crypto.subtle.importKey("raw", raw, ALGORITHM, false, ["verify"]);
  } catch {
    throw new PackRefused("this browser cannot check signatures (Chrome can from 137 on)");
  }
  const signed = new TextEncoder().encode(SIGNED_AS + pack.payload);
  const signature = bytesOf(pack.signature);
  if (!(await crypto.subtle.verify(ALGORITHM, publicKey, signature, signed))) {
    throw new PackRefused("the signature does not fit the locators");
  }
}

function read(payload: string): Locators {
  let locators: unknown;
  try {
    locators = JSON.parse(payload);
  } catch {
    throw new PackRefused("it is no JSON");
  }
  if (isLocators(locators)) return locators;
  const [first] = isLocators.errors ?? [];
  throw new PackRefused(`it is not as agreed: ${first?.instancePath} ${first?.message}`);
}

/** Why the adapter that knows the bundled locators could not work with these; all reasons. */
export function problemsOf(pack: Locators, bundled: Locators): string[] {
  if (pack.platform !== bundled.platform) return [`it is for ${pack.platform}`];
  return [
    ...missing("locator", Object.keys(bundled.locators), pack.locators),
    ...missing("path", Object.keys(bundled.paths), pack.paths),
    ...missing("wait", Object.keys(bundled.waitSeconds ?? {}), pack.waitSeconds ?? {}),
    ...missing("locator", pack.expected ?? [], pack.locators),
    ...aboutPaths(pack, bundled),
    ...[...(pack.loggedOutPaths ?? []), ...(pack.challengePaths ?? [])].flatMap(
      (pattern) => problemOfPattern(pattern) ?? [],
    ),
    ...aboutSelectors(pack),
    ...aboutScopes(pack.locators),
  ];
}

const missing = (what: string, wanted: readonly string[], there: object): string[] =>
  wanted
    .filter((name) => !Object.hasOwn(there, name))
    .map((name) => `the ${what} "${name}" is missing`);

/** What is compiled into the manifest and the hook cannot change with a pack. */
function aboutPaths(pack: Locators, bundled: Locators): string[] {
  const problems: string[] = [];
  if (pack.paths["compose"] !== bundled.paths["compose"]) {
    problems.push('the path "compose" is another one: only a new extension can change it');
  }
  if (flat(pack.network ?? {}) !== flat(bundled.network ?? {})) {
    problems.push("the network patterns are others: only a new extension can change them");
  }
  for (const [name, path] of Object.entries(bundled.paths)) {
    const own = pack.paths[name];
    if (own !== undefined && placeholders(own) !== placeholders(path)) {
      problems.push(`the path "${name}" must hold ${placeholders(path) || "no placeholder"}`);
    }
  }
  return problems;
}

const flat = (named: Record<string, string>): string =>
  JSON.stringify(Object.entries(named).sort());

const placeholders = (path: string): string => (path.match(/\{\w+\}/g) ?? []).sort().join(" ");

function aboutSelectors({ locators, dismiss = [] }: Locators): string[] {
  const named = Object.entries(locators).map(([name, { candidates }]) => ({ name, candidates }));
  return [...named, { name: "dismiss", candidates: dismiss }].flatMap(({ name, candidates }) =>
    candidates.flatMap((candidate) => {
      const problem = problemOfCandidate(candidate);
      return problem === null ? [] : `${name}: ${problem}`;
    }),
  );
}

/** Each scope is another locator, and following them comes to an end. */
function aboutScopes(locators: Record<string, Locator>): string[] {
  return Object.entries(locators).flatMap(([name, locator]) => {
    const seen = new Set([name]);
    let scope = locator.scope;
    while (scope != null && Object.hasOwn(locators, scope) && !seen.has(scope)) {
      seen.add(scope);
      scope = locators[scope]?.scope;
    }
    return scope == null
      ? []
      : [`the scope of "${name}" leads to "${scope}", which is no other locator`];
  });
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
