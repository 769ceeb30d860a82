/** The pages, one by one. */

import { useEffect, useState, type FormEvent } from "react";
import { at, shell } from "../kit/shell.ts";
import { landmark, testId } from "./landmarks.ts";
import { navigate } from "./navigation.tsx";
import { Avatar } from "./person.tsx";
import { PostArticle } from "./post.tsx";
import { load, logIn, type Post, type Profile } from "./site-api.ts";

/** How many posts a list shows before it is scrolled. */
const SCREEN_POSTS = 12;

type Loaded<T> =
  | { readonly kind: "loading" | "missing" | "failed" }
  | { readonly kind: "ready"; readonly value: T };

/** What a path holds; asked for again when `revision` changes, keeping the old until the new is there. */
function useLoaded<T>(path: string, revision = 0): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ kind: "loading" });
  useEffect(() => setLoaded({ kind: "loading" }), [path]);
  useEffect(() => {
    let isWanted = true;
    const keep = (next: Loaded<T>) => isWanted && setLoaded(next);
    load<T>(path).then(
      (value) => keep(value === null ? { kind: "missing" } : { kind: "ready", value }),
      () => keep({ kind: "failed" }),
    );
    return () => {
      isWanted = false;
    };
  }, [path, revision]);
  return loaded;
}

function Waiting() {
  return <div className="waiting" role="progressbar" aria-label="Loading" />;
}

function Failed() {
  return (
    <div className="hint" {...landmark("error-detail")}>
      <h2>Something went wrong</h2>
      <p>This list could not be loaded. Reload the page to try again.</p>
    </div>
  );
}

function Empty({ title, words }: { readonly title: string; readonly words: string }) {
  return (
    <div className="hint" {...landmark("emptyState")}>
      <h2>{title}</h2>
      <p>{words}</p>
    </div>
  );
}

function List({ posts, label }: { readonly posts: readonly Post[]; readonly label: string }) {
  return (
    <section aria-label={label}>
      {posts.map((post) => (
        <PostArticle key={`${post.label ?? ""}${post.id}`} post={post} />
      ))}
    </section>
  );
}

/** Shows more the further it is scrolled. */
function LongList(props: { readonly posts: readonly Post[]; readonly label: string }) {
  const [shown, setShown] = useState(SCREEN_POSTS);
  useEffect(() => {
    const showMore = () => {
      const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
      if (scrollTop + 2 * clientHeight >= scrollHeight) setShown((now) => now + SCREEN_POSTS);
    };
    addEventListener("scroll", showMore);
    return () => removeEventListener("scroll", showMore);
  }, []);
  return <List {...props} posts={props.posts.slice(0, shown)} />;
}

export function Timeline({ revision }: { readonly revision: number }) {
  const loaded = useLoaded<{ readonly posts: readonly Post[] }>("/i/api/timeline", revision);
  switch (loaded.kind) {
    case "loading":
      return <Waiting />;
    case "failed":
    case "missing":
      return <Failed />;
    case "ready":
      return loaded.value.posts.length > 0 ? (
        <List posts={loaded.value.posts} label="Timeline: Your Home Timeline" />
      ) : (
        <Empty
          title="Nothing here yet"
          words="What is posted in this sandbox shows up here, newest first."
        />
      );
    default:
      return loaded satisfies never;
  }
}

interface ProfilePageProps {
  readonly handle: string;
  readonly hasReplies: boolean;
}

export function ProfilePage({ handle, hasReplies }: ProfilePageProps) {
  const loaded = useLoaded<Profile>(`/i/api/timeline/${handle}${hasReplies ? "?replies=1" : ""}`);
  switch (loaded.kind) {
    case "loading":
      return <Waiting />;
    case "failed":
      return <Failed />;
    case "missing":
      return <Empty title="This account does not exist" words="Try another handle." />;
    case "ready":
      return (
        <>
          <div className="profile">
            <div className="profile-cover" />
            <Avatar person={loaded.value} isLarge />
            <div className="profile-name" {...landmark("UserName")}>
              <b>{loaded.value.name}</b>
              <span>@{loaded.value.handle}</span>
            </div>
          </div>
          {loaded.value.posts.length > 0 ? (
            <LongList posts={loaded.value.posts} label={`Timeline: ${loaded.value.name}’s posts`} />
          ) : (
            <Empty
              title={`@${loaded.value.handle} has not posted`}
              words="When they do, the posts show up here."
            />
          )}
        </>
      );
    default:
      return loaded satisfies never;
  }
}

export function PermalinkPage({ id }: { readonly id: string }) {
  const loaded = useLoaded<Post>(`/i/api/post/${id}`);
  const post = loaded.kind === "ready" ? loaded.value : null;
  // A post answers to its id under any handle; its address then shows the author's.
  useEffect(() => {
    if (post) history.replaceState(null, "", at(`/${post.handle}/status/${post.id}`));
  }, [post]);
  switch (loaded.kind) {
    case "loading":
      return <Waiting />;
    case "failed":
      return <Failed />;
    case "missing":
      return <NotFound />;
    case "ready":
      return (
        <>
          {loaded.value.above?.map((each) => (
            <PostArticle key={each.id} post={each} />
          ))}
          <PostArticle post={loaded.value} isFocused />
        </>
      );
    default:
      return loaded satisfies never;
  }
}

/** Where a wrapped link leads: shown, not followed, so that nobody leaves the sandbox by accident. */
export function LinkPage({ id, number }: { readonly id: string; readonly number: number }) {
  const loaded = useLoaded<Post>(`/i/api/post/${id}`);
  const piece = loaded.kind === "ready" ? loaded.value.pieces[number] : undefined;
  if (loaded.kind === "loading") return <Waiting />;
  if (piece?.kind !== "link") return <NotFound />;
  return (
    <div className="hint">
      <h2>This link leaves the sandbox</h2>
      <p>
        <a
          href={piece.text.includes("://") ? piece.text : `https://${piece.text}`}
          rel="noopener noreferrer nofollow"
        >
          {piece.text}
        </a>
      </p>
    </div>
  );
}

export function NotFound() {
  return (
    <div className="hint" {...landmark("error-detail")}>
      <h2>This page does not exist</h2>
      <p>The post may have been deleted, or it never was.</p>
    </div>
  );
}

export function LoginPage() {
  const [handle, setHandle] = useState("");
  const [problem, setProblem] = useState("");
  const enter = async (wanted: string) => {
    if (await logIn(wanted)) location.assign(at("/home"));
    else setProblem(`There is no account @${wanted.replace(/^@/, "")} here.`);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter(handle.trim());
  };
  return (
    <div className="gate">
      <div className="brand">
        <span className="brand-mark" aria-hidden="true" />
        <span className="brand-words">
          <b>Sandbox</b>
          <small>simulated X</small>
        </span>
      </div>
      <h1>Log in to the sandbox</h1>
      <p>Nobody needs a password here. Choose who you want to be.</p>
      <ul className="people">
        {shell.accounts.map((person) => (
          <li key={person.handle}>
            <button
              type="button"
              data-handle={person.handle}
              onClick={() => void enter(person.handle)}
            >
              <Avatar person={person} />
              <span className="switcher-words">
                <b>{person.name}</b>
                <span>@{person.handle}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <form onSubmit={submit}>
        <label>
          <span>or type a handle</span>
          <input
            autoComplete="username"
            name="text"
            value={handle}
            onChange={(event) => setHandle(event.target.value)}
          />
        </label>
        <button
          type="submit"
          className="plain"
          {...landmark("loginButton", "button")}
          disabled={handle.trim() === ""}
        >
          Log in
        </button>
      </form>
      {problem && <p role="alert">{problem}</p>}
    </div>
  );
}

export function ChallengePage() {
  return (
    <div className="gate">
      <h1>Prove that you are a person</h1>
      <p>The sandbox plays a locked account. Take the switch away to go on.</p>
      <div className="challenge" data-testid={testId("ocfChallenge")}>
        <span>Pick every picture with a traffic light</span>
        <div className="challenge-grid" aria-hidden="true">
          {Array.from({ length: 9 }, (_, index) => (
            <i key={index} />
          ))}
        </div>
      </div>
      <button type="button" className="plain" onClick={() => navigate("/home")}>
        Later
      </button>
    </div>
  );
}
