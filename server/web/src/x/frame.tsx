/** The frame around the pages of somebody who is logged in: navigation, the column, and what this place is. */

import type { ReactNode } from "react";
import type { Person } from "../kit/shell.ts";
import { landmark } from "./landmarks.ts";
import { Link } from "./navigation.tsx";
import { Avatar } from "./person.tsx";
import { words } from "./words.ts";

interface FrameProps {
  readonly person: Person | null;
  readonly title: string;
  readonly children: ReactNode;
}

export function Frame({ person, title, children }: FrameProps) {
  return (
    <div className="frame">
      <header className="side" role="banner">
        <div className="brand">
          <span className="brand-mark" aria-hidden="true" />
          <span className="brand-words">
            <b>Sandbox</b>
            <small>simulated X</small>
          </span>
        </div>
        {person && (
          <nav aria-label="Primary" role="navigation">
            <Link to="/home" {...landmark("AppTabBar_Home_Link", "link", "Home")}>
              <Icon path="M4 11l8-7 8 7v9h-5v-6H9v6H4z" /> <span>Home</span>
            </Link>
            <Link
              to={`/${person.handle}`}
              {...landmark("AppTabBar_Profile_Link", "link", words.profile)}
            >
              <Icon path="M12 12a4 4 0 100-8 4 4 0 000 8zm-8 8c1-4 4-6 8-6s7 2 8 6z" />{" "}
              <span>{words.profile}</span>
            </Link>
            <Link
              to="/compose/post"
              className="primary"
              {...landmark("SideNav_NewTweet_Button", "link", "Post")}
            >
              <Icon path="M4 20l1-5L16 4l4 4L9 19z" /> <span>New post</span>
            </Link>
          </nav>
        )}
        {person && (
          <Link
            to="/logout"
            className="switcher"
            {...landmark("SideNav_AccountSwitcher_Button", "button", "Account menu")}
          >
            <Avatar person={person} />
            <span className="switcher-words">
              <b>{person.name}</b>
              <span>@{person.handle}</span>
            </span>
          </Link>
        )}
      </header>
      <main role="main">
        <div className="column" {...landmark("primaryColumn")}>
          <h1>{title}</h1>
          {children}
        </div>
        <aside>
          <div className="card">
            <h2>This is a sandbox</h2>
            <p>
              A simulated X that runs on your own machine. Nothing here reaches the real one, and
              nobody else reads it.
            </p>
            <p>
              Every post that is really published gets a line in a ledger, so you can see that it
              went out once.
            </p>
          </div>
        </aside>
      </main>
    </div>
  );
}

function Icon({ path }: { readonly path: string }) {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}
