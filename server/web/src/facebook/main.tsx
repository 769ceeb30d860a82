/** The simulated Facebook's own page script: finds out which page is wanted and draws it. */

import { useState, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { logIn } from "../kit/requests.ts";
import { at, mark, path } from "../kit/shell.ts";
import { Button, Composer } from "./composer.tsx";
import { GroupPage, OwnContent, SearchPage, Sheet } from "./groups.tsx";
import { Posts } from "./posts.tsx";
import { shell, type Group } from "./site-api.ts";
import { word } from "./words.ts";

const GROUP = /^\/groups\/([^/]+)(\/.*)?$/;
const POST = /\/posts\/(\d+)\/?$/;

function Site() {
  const [hasPopup, setPopup] = useState(shell.switches.popup_over_composer === true);
  const [revision, setRevision] = useState(0);
  const [notice, setNotice] = useState<string | null>(null);
  if (shell.account === null) return <LoginPage />;
  const posted = (waits: boolean) => () => {
    setRevision((now) => now + 1);
    setNotice(word(waits ? "waits" : "posted"));
  };
  return (
    <>
      <div
        // A program's click does not care for what lies on top, so a covered page refuses it here.
        onClickCapture={hasPopup ? (event) => event.stopPropagation() : undefined}
        {...(hasPopup && { inert: "" })}
      >
        <Frame>
          <Page revision={revision} posted={posted} />
        </Frame>
      </div>
      {hasPopup && (
        <Sheet title={word("rules")}>
          <Button label={null} onPress={() => (document.title = "accepted what nobody read")}>
            {word("accept")}
          </Button>
          <Button label={word("close")} onPress={() => setPopup(false)}>
            ×
          </Button>
        </Sheet>
      )}
      {notice && (
        <div className="notice" role={mark("status")}>
          {notice}
        </div>
      )}
    </>
  );
}

interface PageProps {
  readonly revision: number;
  readonly posted: (waits: boolean) => () => void;
}

function Page({ revision, posted }: PageProps) {
  const here = path();
  const [, postId] = POST.exec(here) ?? [];
  if (postId !== undefined) return <Posts from={`/api/post/${postId}`} isAlone />;
  if (here === "/") {
    return (
      <>
        <Composer group={null} onPosted={posted(false)} />
        <Posts from={`/api/profile/${shell.account?.handle}`} revision={revision} />
      </>
    );
  }
  if (here.startsWith("/search/groups")) {
    return <SearchPage query={new URLSearchParams(location.search).get("q") ?? ""} />;
  }
  const [, name, rest = "/"] = GROUP.exec(here) ?? [];
  if (name !== undefined) {
    const group = shell.groups.find(({ id, slug }) => name === id || name === slug);
    if (group === undefined) return <h2 dir="auto">{word("missing")}</h2>;
    if (rest.startsWith("/my_")) {
      return <OwnContent group={group} isPending={rest.startsWith("/my_pending")} />;
    }
    const waits = !group.if_viewer_can_post_without_admin_approval;
    return <GroupPage group={group} revision={revision} onPosted={posted(waits)} />;
  }
  return <Posts from={`/api/profile${here}`} />;
}

function Frame({ children }: { readonly children: ReactNode }) {
  return (
    <>
      <header role={mark("banner")}>
        <b>Sandbox</b> <small>simulated Facebook</small> <span>{shell.account?.name}</span>
      </header>
      <main role={mark("main")}>{children}</main>
    </>
  );
}

function LoginPage() {
  const enter = async (handle: string) => {
    if (await logIn(handle)) location.assign(at("/"));
  };
  return (
    <form data-testid={mark("royal_login_form")} action="#">
      <h1>Log in to the sandbox</h1>
      <input name={mark("email")} hidden readOnly />
      <input name={mark("pass")} hidden readOnly />
      {shell.accounts.map(({ handle, name }) => (
        <button key={handle} type="button" onClick={() => void enter(handle)}>
          {name}
        </button>
      ))}
    </form>
  );
}

/** The real pages name the group they belong to beside their other data. */
function nameGroup(groups: readonly Group[]): void {
  const [, name] = GROUP.exec(path()) ?? [];
  const group = groups.find(({ id, slug }) => name === id || name === slug);
  if (group === undefined) return;
  const data = document.createElement("script");
  data.type = "application/json";
  data.textContent = JSON.stringify({ groupID: group.id });
  document.body.append(data);
}

const root = document.getElementById("react-root");
nameGroup(shell.groups);
if (root) createRoot(root).render(<Site />);
