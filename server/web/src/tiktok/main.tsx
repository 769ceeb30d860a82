/** The simulated TikTok's own page script: finds out which page is wanted and draws it. */

import { useState } from "react";
import { createRoot } from "react-dom/client";
import { label } from "../kit/marks.ts";
import { logIn } from "../kit/requests.ts";
import { at, mark, path, shell } from "../kit/shell.ts";
import { ContentList, SingleItem } from "./items.tsx";
import { named } from "./marks.ts";
import type { Created } from "./site-api.ts";
import { UploadPage } from "./upload.tsx";
import { words } from "./words.ts";

const VIDEO = /^\/@[\w.-]+\/video\/(\d+)\/?$/;
const CONTENT = "/tiktokstudio/content";

function Site() {
  const [here, setHere] = useState(path());
  const [outcome, setOutcome] = useState<Created | null>(null);
  if (here === "/captcha") return <main id={mark("captcha-verify-container-main-page")}>?</main>;
  const [, id] = VIDEO.exec(here) ?? [];
  if (id !== undefined) return <SingleItem id={id} />;
  if (shell.account === null) return <Login />;

  const done = (created: Created) => {
    if (created.kind === "logged_out") return location.assign(at("/login"));
    setOutcome(created);
    if (created.kind !== "created") return;
    history.pushState(null, "", at(CONTENT));
    setHere(CONTENT);
  };
  return (
    <>
      <header>
        <b>TikTok Studio</b>
        <a
          href={at(`/@${shell.account.handle}`)}
          {...named("data-e2e", "profile-icon")}
          {...label(shell.account.name)}
        >
          {shell.account.name}
        </a>
      </header>
      <main>
        {here === "/tiktokstudio/upload" ? <UploadPage onDone={done} /> : <ContentList />}
      </main>
      {outcome && (
        <div className="toast" role={mark("status")}>
          {outcome.kind === "created" ? words.posted : words.tooOften}
        </div>
      )}
    </>
  );
}

function Login() {
  return (
    <main id={mark("loginContainer")}>
      <h2 {...named("data-e2e", "login-title")}>{words.logIn}</h2>
      {shell.accounts.map(({ handle, name }) => (
        <button
          key={handle}
          type="button"
          onClick={() => void logIn(handle).then(() => location.assign(at("/tiktokstudio/upload")))}
        >
          {name}
        </button>
      ))}
    </main>
  );
}

const root = document.getElementById("react-root");
if (root) createRoot(root).render(<Site />);
