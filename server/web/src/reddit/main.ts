/** The simulated Reddit's own page script: finds out which page is wanted and draws it. */

import { logIn } from "../kit/requests.ts";
import { at, path, shell } from "../kit/shell.ts";
import { button, draw, drawShadowed } from "./drawing.ts";
import * as newDesign from "./new-design.ts";
import * as oldDesign from "./old-design.ts";
import { loadOwnComments, loadThread, switches } from "./site-api.ts";
import { words } from "./words.ts";

const THREAD = /^\/r\/\w+\/comments\/([a-z0-9]+)(?:\/|$)/;
const OWN_COMMENTS = /^\/user\/([\w.-]+)\/comments\//;

const design = shell.layout === "new" ? newDesign : oldDesign;
const root = document.getElementById("react-root");

async function show(): Promise<void> {
  const here = path();
  const [, threadId] = THREAD.exec(here) ?? [];
  const [, handle] = OWN_COMMENTS.exec(here) ?? [];
  if (here === "/challenge") root?.replaceChildren(challenge());
  else if (threadId) await showThread(threadId);
  else if (shell.account === null || here === "/login/") root?.replaceChildren(login());
  else if (handle) await showOwnComments(handle);
  else
    root?.replaceChildren(design.app(draw("a", { href: at("/comments/1sand01/") }, "r/sandbox")));
}

async function showThread(id: string): Promise<void> {
  const thread = await loadThread(id);
  const shown = thread === null ? [nothing()] : design.thread(thread, () => void showThread(id));
  root?.replaceChildren(design.app(...shown), ...(switches.popup_over_composer ? [banner()] : []));
}

async function showOwnComments(handle: string): Promise<void> {
  const comments = await loadOwnComments(handle);
  root?.replaceChildren(
    design.app(...(comments.length === 0 ? [nothing()] : comments.map(design.listed))),
  );
}

const nothing = (): HTMLElement => draw("div", { id: "noresults" }, words.nothing);

/** What composers hide behind until somebody decides about cookies. */
function banner(): HTMLElement {
  document.body.classList.add("covered");
  const close = button({}, words.cookies, () => {
    document.body.classList.remove("covered");
    element.remove();
  });
  const element = drawShadowed(
    "reddit-cookie-banner",
    {},
    draw("div", { id: "reject-nonessential-cookies-button" }, close),
  );
  return element;
}

function login(): HTMLElement {
  const enter = (handle: string) => () =>
    void logIn(handle).then(() => location.assign(at("/r/sandbox/")));
  return draw(
    "auth-flow-login",
    {},
    draw("input", { id: "login-username", name: "username" }),
    ...shell.accounts.map(({ handle, name }) => button({}, name, enter(handle))),
  );
}

const challenge = (): HTMLElement =>
  draw("form", { action: at("/svc/shreddit/captcha") }, draw("h1", {}, words.logIn));

void show();
