/** The simulated Instagram's own page script: finds out which page is wanted and draws it. */

import { useState } from "react";
import { createRoot } from "react-dom/client";
import { label, role, written } from "../kit/marks.ts";
import { logIn } from "../kit/requests.ts";
import { at, mark, path, shell, type Person } from "../kit/shell.ts";
import { CreateDialog } from "./create.tsx";
import { isNew } from "./design.ts";
import { Dialog, Icon } from "./dialogs.tsx";
import { Grid, SinglePost } from "./posts.tsx";
import type { Created } from "./site-api.ts";
import { words } from "./words.ts";

const POST = /^\/(?:p|reel)\/([\w-]+)\/?$/;
const PROFILE = /^\/([\w.-]+)\/?$/;

function Site() {
  const here = path();
  if (here === "/challenge/") return <main>?</main>;
  const [, code] = POST.exec(here) ?? [];
  if (code !== undefined) {
    return (
      <main role={mark("main")}>
        <SinglePost code={code} />
      </main>
    );
  }
  if (shell.account === null || here === "/accounts/login/") return <Login />;
  const [, handle = shell.account.handle] = PROFILE.exec(here) ?? [];
  return <Frame person={shell.account} handle={handle} />;
}

function Frame({ person, handle }: { readonly person: Person; readonly handle: string }) {
  const [opened, setOpened] = useState<"menu" | "dialog" | null>(null);
  const [isCovered, setCovered] = useState(shell.switches.popup_over_composer === true);
  const [outcome, setOutcome] = useState<Created | null>(null);
  const done = (created: Created) => {
    if (created.kind === "logged_out") return location.assign(at("/accounts/login/"));
    setOpened(null);
    setOutcome(created);
  };
  return (
    <>
      {/* A program's click does not care for what lies on top, so a covered page refuses it here. */}
      <div
        className="frame"
        onClickCapture={isCovered ? (event) => event.stopPropagation() : undefined}
      >
        <nav>
          <b>Instagram</b>
          <a
            href="#create"
            role={role("link")}
            onClick={(event) => {
              event.preventDefault();
              setOpened(isNew ? "menu" : "dialog");
            }}
          >
            <Icon name={words.newPost} />
          </a>
          {opened === "menu" && (
            <div role={role("menu")}>
              <div role={role("menuitem")} tabIndex={0} onClick={() => setOpened("dialog")}>
                {written(words.post)}
              </div>
            </div>
          )}
          {!shell.switches.no_landmarks && <a href={at(`/${person.handle}/`)}>{person.name}</a>}
        </nav>
        <main role={mark("main")}>
          <Grid handle={handle} />
        </main>
        {opened === "dialog" && <CreateDialog onDone={done} />}
      </div>
      {isCovered && (
        <Dialog title={words.notifications}>
          <button type="button" onClick={() => (document.title = "asked by nobody")}>
            {words.turnOn}
          </button>
          <button type="button" onClick={() => setCovered(false)}>
            {words.notNow}
          </button>
        </Dialog>
      )}
      {outcome && (
        <Dialog title={outcome.kind === "created" ? words.shared : words.notShared}>
          <span {...label(words.shared)} />
        </Dialog>
      )}
    </>
  );
}

function Login() {
  return (
    <form id="loginForm" onSubmit={(event) => event.preventDefault()}>
      <input name={mark("username")} />
      <input name={mark("password")} type="password" autoComplete="off" />
      {shell.accounts.map(({ handle, name }) => (
        <button
          key={handle}
          type="button"
          onClick={() => void logIn(handle).then(() => location.assign(at("/")))}
        >
          {name}
        </button>
      ))}
    </form>
  );
}

const root = document.getElementById("react-root");
if (root) createRoot(root).render(<Site />);
