/** Opens pages of the sandbox in a DOM and says, for each, which locators find something there. */

import { JSDOM, CookieJar, VirtualConsole } from "jsdom";

const WAIT_MS = 5_000;

/** One JSON line on the standard input: `{locators: {name: {candidates, scope?}}, pages: [{url, cookies, ready}]}`. */
const { locators, pages } = JSON.parse(await new Response(process.stdin).text());

function found(document, name) {
  const { candidates, scope } = locators[name];
  const roots = scope ? found(document, scope) : [document];
  for (const css of candidates) {
    const matches = roots.flatMap((root) => [...root.querySelectorAll(css)]);
    if (matches.length > 0) return matches;
  }
  return [];
}

async function open({ url, cookies, ready }) {
  const cookieJar = new CookieJar();
  for (const [name, value] of Object.entries(cookies))
    cookieJar.setCookieSync(`${name}=${value}; Path=/`, url);
  const cookie = Object.entries(cookies)
    .map((pair) => pair.join("="))
    .join("; ");
  const dom = await JSDOM.fromURL(url, {
    cookieJar,
    runScripts: "dangerously",
    resources: "usable",
    virtualConsole: new VirtualConsole(),
    beforeParse(window) {
      window.fetch = (path, options) =>
        fetch(new URL(path, url), { ...options, headers: { cookie } });
    },
  });
  const { document, MutationObserver } = dom.window;
  await new Promise((resolve, reject) => {
    const deadline = setTimeout(
      () => reject(new Error(`${url}: no ${ready}: ${document.body.innerHTML}`)),
      WAIT_MS,
    );
    const look = () => {
      if (!document.querySelector(ready)) return;
      clearTimeout(deadline);
      resolve();
    };
    new MutationObserver(look).observe(document, {
      childList: true,
      subtree: true,
    });
    look();
  });
  const names = Object.keys(locators).filter((name) => found(document, name).length > 0);
  dom.window.close();
  return names;
}

const answers = [];
for (const page of pages) answers.push(await open(page));
process.stdout.write(JSON.stringify(answers));
