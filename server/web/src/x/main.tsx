/** The simulated X's own page script: finds out which page is wanted and draws it. */

import { useCallback, useState } from "react";
import { createRoot } from "react-dom/client";
import { at, shell, type Person } from "../kit/shell.ts";
import { Composer } from "./composer.tsx";
import { Frame } from "./frame.tsx";
import { navigate, usePath } from "./navigation.tsx";
import {
  ChallengePage,
  LinkPage,
  LoginPage,
  NotFound,
  PermalinkPage,
  ProfilePage,
  Timeline,
} from "./pages.tsx";
import { permalink } from "./post.tsx";
import { ComposeDialog, Question, Toast, type Notice } from "./sheets.tsx";
import { words } from "./words.ts";
import { logOut } from "./site-api.ts";

const PERMALINK = /^\/(\w{1,15})\/status\/(\d{1,25})\/?$/;
const LINK = /^\/i\/link\/(\d{1,25})\/(\d{1,3})$/;
const HANDLE = /^\/(\w{1,15})(\/with_replies)?\/?$/;

function Site() {
  const path = usePath();
  const person = shell.account;
  if (path === "/account/access") return <ChallengePage />;

  const [, , postId] = PERMALINK.exec(path) ?? [];
  if (postId) {
    return (
      <Frame person={person} title="Post">
        <PermalinkPage key={postId} id={postId} />
      </Frame>
    );
  }
  const [, linkPostId, number] = LINK.exec(path) ?? [];
  if (linkPostId) {
    return (
      <Frame person={person} title="Link">
        <LinkPage id={linkPostId} number={Number(number)} />
      </Frame>
    );
  }
  if (person === null || path === "/i/flow/login" || path === "/login") return <LoginPage />;
  return <Member person={person} path={path} />;
}

function Member({ person, path }: { readonly person: Person; readonly path: string }) {
  const [revision, setRevision] = useState(0);
  const [notice, setNotice] = useState<Notice | null>(null);
  const clearNotice = useCallback(() => setNotice(null), []);

  const outcomes = {
    onPosted: (id: string) => {
      setRevision((now) => now + 1);
      setNotice({
        words: words.sent,
        path: permalink({ handle: person.handle, id }),
      });
      if (path === "/compose/post") navigate("/home");
    },
    onRefused: (words: string) => setNotice({ words }),
    onLoggedOut: () => location.assign(at("/i/flow/login")),
  };
  const leave = async () => {
    await logOut();
    location.assign(at("/i/flow/login"));
  };

  const isHome = path === "/home" || path === "/" || path === "/compose/post" || path === "/logout";
  const [, handle, hasReplies] = HANDLE.exec(path) ?? [];
  const parentId = new URLSearchParams(location.search).get("in_reply_to");
  const isComposing = path === "/compose/post";
  return (
    <>
      <Frame person={person} title={isHome ? "Home" : "Profile"}>
        {isHome ? (
          <>
            {(shell.layout === "old" || !isComposing) && (
              <Composer person={person} place="inline" {...outcomes} />
            )}
            <Timeline revision={revision} />
          </>
        ) : handle ? (
          <ProfilePage key={handle} handle={handle} hasReplies={hasReplies !== undefined} />
        ) : (
          <NotFound />
        )}
      </Frame>
      {isComposing && <ComposeDialog person={person} parentId={parentId} {...outcomes} />}
      {path === "/logout" && (
        <Question
          title="Log out of the sandbox?"
          words="You can log in again at any time, as anybody."
          yes="Log out"
          no="Stay"
          onYes={() => void leave()}
          onNo={() => navigate("/home")}
        />
      )}
      {notice && <Toast notice={notice} onDone={clearNotice} />}
    </>
  );
}

const root = document.getElementById("react-root");
if (root) createRoot(root).render(<Site />);
