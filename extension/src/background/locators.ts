/** Which locators are in use: the bundled ones, or those of a newer pack that the broker had and the project has signed. */

import { CATALOGUE } from "../contract/catalogue.ts";
import type { LastCheck, LocatorPack, Locators, LocatorState } from "../contract/types.ts";
import * as api from "./api.ts";
import { isNewer, openPack, PackRefused } from "./packs.ts";
import { read, write, type Connection } from "./storage.ts";

export interface InUse {
  locators: Locators;
  isSigned: boolean;
}

/** What was last made of a stored pack, by platform; a pack is opened anew by each worker. */
const opened = new Map<string, { signature: string; locators: Locators | null }>();

/** The locators of a platform of the catalogue. A stored pack counts while its key is trusted and it is newer than what is bundled. */
export async function locatorsInUse(platform: string, bundled: Locators): Promise<InUse> {
  const pack = (await read("packs"))?.[platform];
  const signed = pack === undefined ? null : await reopened(platform, pack, bundled);
  return signed !== null && isNewer(signed.version, bundled.version)
    ? { locators: signed, isSigned: true }
    : { locators: bundled, isSigned: false };
}

async function reopened(
  platform: string,
  pack: LocatorPack,
  bundled: Locators,
): Promise<Locators | null> {
  const known = opened.get(platform);
  if (known?.signature === pack.signature) return known.locators;
  const locators = await openPack(pack, bundled).catch(() => null);
  opened.set(platform, { signature: pack.signature, locators });
  return locators;
}

/** Looks at the versions that lie at the broker, and fetches what is news. */
export async function refreshLocators(
  connection: Connection,
  offered: Record<string, string>,
): Promise<void> {
  for (const [platform, version] of Object.entries(offered)) {
    const bundled = CATALOGUE[platform]?.locators;
    if (bundled === undefined) continue;
    const { locators } = await locatorsInUse(platform, bundled);
    const refused = (await read("refusedPacks"))?.[platform];
    if (version === locators.version || version === refused?.version) continue;
    try {
      // A pack that was once in use keeps older ones out, whatever became of it since.
      const newest = (await read("newestPacks"))?.[platform] ?? locators.version;
      for (const used of [locators.version, newest]) {
        if (isNewer(used, version)) throw new PackRefused(`it is older than ${used}, used before`);
      }
      await take(connection, platform, version, bundled);
    } catch (error) {
      if (!(error instanceof PackRefused)) continue; // the broker did not give it; asked again later
      await noteRefusal(platform, { version, reason: error.message });
    }
  }
  // What is offered no more needs no reason any more.
  for (const [platform, { version }] of Object.entries((await read("refusedPacks")) ?? {})) {
    if (offered[platform] !== version) await noteRefusal(platform, null);
  }
}

async function take(
  connection: Connection,
  platform: string,
  version: string,
  bundled: Locators,
): Promise<void> {
  const pack = await api.locators(connection, platform);
  const locators = await openPack(pack, bundled);
  if (locators.version !== version) {
    throw new PackRefused(`it is ${locators.version}, another version than was offered`);
  }
  await write({
    packs: { ...((await read("packs")) ?? {}), [platform]: pack },
    newestPacks: { ...((await read("newestPacks")) ?? {}), [platform]: version },
  });
  await noteRefusal(platform, null);
}

async function noteRefusal(
  platform: string,
  refusal: { version: string; reason: string } | null,
): Promise<void> {
  const others = Object.entries((await read("refusedPacks")) ?? {}).filter(
    ([other]) => other !== platform,
  );
  const own = refusal === null ? [] : [[platform, refusal] as const];
  await write({ refusedPacks: Object.fromEntries([...others, ...own]) });
}

/** How a check has ended, for the person and for the next hello. */
export async function rememberCheck(platform: string, check: LastCheck): Promise<void> {
  await write({ checks: { ...((await read("checks")) ?? {}), [platform]: check } });
}

/** What the broker and the person are told of each platform. */
export async function locatorStates(): Promise<LocatorState[]> {
  const refused = (await read("refusedPacks")) ?? {};
  const checks = (await read("checks")) ?? {};
  const states = Object.entries(CATALOGUE).map(
    async ([platform, entry]): Promise<LocatorState[]> => {
      if (entry === undefined) return [];
      const { locators, isSigned } = await locatorsInUse(platform, entry.locators);
      return [
        {
          platform,
          version: locators.version,
          signed: isSigned,
          ...(refused[platform] && { refused: refused[platform] }),
          ...(checks[platform] && { check: checks[platform] }),
        },
      ];
    },
  );
  return (await Promise.all(states)).flat();
}
