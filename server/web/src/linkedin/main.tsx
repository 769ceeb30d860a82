/** The simulated LinkedIn's own page script: finds out which page is wanted and draws it. */

import { useState, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { createPortal } from "react-dom";
import { label } from "../kit/marks.ts";
import { logIn } from "../kit/requests.ts";
import { at, path, shell, type Person } from "../kit/shell.ts";
import { Composer } from "./composer.tsx";
import { className, switches, viewName } from "./marks.ts";
import { PostList, SinglePost } from "./posts.tsx";
import type { Created } from "./site-api.ts";
import { words } from "./words.ts";

const UPDATE = /^\/feed\/update\/(urn:li:\w+:\d+)\/?$/;
const PROFILE = /^\/in\/([\w.-]+)\//;

function Site() {
  const here = path();
  if (here === "/checkpoint/challenge") return <Challenge />;
  const [, urn] = UPDATE.exec(here) ?? [];
  if (urn) return <SinglePost urn={urn} />;
  if (shell.account === null || here === "/login") return <Login />;
  const [, handle] = PROFILE.exec(here) ?? [];
  return (
    <Frame person={shell.account}>
      {handle ? <PostList path={`/voyager/api/feed/${handle}`} /> : <Feed person={shell.account} />}
    </Frame>
  );
}

function Frame({ person, children }: { readonly person: Person; readonly children: ReactNode }) {
  return (
    <div className="frame">
      <aside className={className("scaffold-layout__sidebar")} {...viewName("identity-module")}>
        {switches.no_landmarks ? (
          <span>{person.name}</span>
        ) : (
          <a href={at(`/in/${person.handle}/`)}>{person.name}</a>
        )}
      </aside>
      {children}
    </div>
  );
}

function Feed({ person }: { readonly person: Person }) {
  const wanted = new URLSearchParams(location.search).get("shareActive") === "true";
  const [isOpen, setOpen] = useState(wanted && !switches.composer_stays_closed);
  const [outcome, setOutcome] = useState<Created | null>(null);
  const [revision, setRevision] = useState(0);
  const done = (created: Created) => {
    if (created.kind === "logged_out") return location.assign(at("/login"));
    setOutcome(created);
    if (created.kind === "created") {
      setOpen(false);
      setRevision((now) => now + 1);
    }
  };
  return (
    <div>
      <button
        type="button"
        className={className("share-box-feed-entry__trigger")}
        {...viewName("share-sharebox-focus")}
        onClick={() => setOpen(true)}
      >
        {words.startPost}
      </button>
      <PostList key={revision} path="/voyager/api/feed" />
      {isOpen && (
        <Outlet>
          <Composer person={person} onDone={done} onClose={() => setOpen(false)} />
        </Outlet>
      )}
      {outcome && <Toast outcome={outcome} />}
    </div>
  );
}

/** In the old design dialogs stand in the page itself, in the new one in a shadow root of their own. */
function Outlet({ children }: { readonly children: ReactNode }) {
  const place = document.getElementById("interop-outlet")?.shadowRoot?.getElementById("place");
  return place == null ? children : createPortal(children, place);
}

function makeOutlet(): void {
  const host = document.createElement("div");
  host.id = "interop-outlet";
  if (!switches.no_landmarks) host.dataset["testid"] = "interop-shadowdom";
  const root = host.attachShadow({ mode: "open" });
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = document.querySelector<HTMLLinkElement>("link[rel=stylesheet]")?.href ?? "";
  const place = document.createElement("div");
  place.id = "place";
  root.append(style, place);
  document.body.append(host);
}

function Toast({ outcome }: { readonly outcome: Created }) {
  return (
    <div className={className("artdeco-toast-item")} role="alert">
      {outcome.kind === "created" ? (
        <>
          {words.posted}{" "}
          <a
            className={className("artdeco-toast-item__cta")}
            href={at(`/feed/update/${outcome.urn}/`)}
          >
            {words.view}
          </a>
        </>
      ) : (
        words.tooOften
      )}
    </div>
  );
}

function Login() {
  return (
    <form id="login" onSubmit={(event) => event.preventDefault()}>
      <h1>{words.signIn}</h1>
      <input id="username" name="session_key" {...label(words.signIn)} />
      {shell.accounts.map(({ handle, name }) => (
        <button
          key={handle}
          type="button"
          onClick={() => void logIn(handle).then(() => location.assign(at("/feed/")))}
        >
          {name}
        </button>
      ))}
    </form>
  );
}

function Challenge() {
  return (
    <main id="captcha-internal">
      <h1>{words.signIn}</h1>
    </main>
  );
}

if (shell.layout === "new") makeOutlet();
const root = document.getElementById("react-root");
if (root) createRoot(root).render(<Site />);
