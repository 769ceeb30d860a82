/** Groups: their pages, the button by which people join, and the results of a search. */

import { useState, type ReactNode } from "react";
import { at, mark } from "../kit/shell.ts";
import { Button, Composer } from "./composer.tsx";
import { Posts } from "./posts.tsx";
import { joinGroup, shell, type Group, type JoinState } from "./site-api.ts";
import { activity, members, word } from "./words.ts";

interface GroupPageProps {
  readonly group: Group;
  readonly revision: number;
  readonly onPosted: (id: string) => void;
}

export function GroupPage({ group, revision, onPosted }: GroupPageProps) {
  const [state, setState] = useState(group.viewer_join_state);
  const isMember = state === "MEMBER";
  return (
    <>
      <div className="card">
        <h1>{group.name}</h1>
        <JoinButton group={group} state={state} onChange={setState} />
      </div>
      {isMember && group.takes === "posts" && <Composer group={group} onPosted={onPosted} />}
      {isMember && group.takes === "offers" && (
        <Button label={null} onPress={() => {}}>
          {word("sell")}
        </Button>
      )}
      {isMember && group.takes === "nothing" && (
        <p className="card" dir="auto">
          {word("adminsOnly")}
        </p>
      )}
      <Posts from={`/api/groups/${group.id}`} revision={revision} />
    </>
  );
}

interface JoinButtonProps {
  readonly group: Group;
  readonly state: JoinState;
  readonly onChange: (state: JoinState) => void;
}

function JoinButton({ group, state, onChange }: JoinButtonProps) {
  const [asks, setAsks] = useState<"questions" | "leave" | null>(null);
  const press = async () => {
    if (shell.switches.join_swallowed) return;
    if (group.has_membership_questions || shell.switches.join_dialog) {
      setAsks("questions");
      return;
    }
    const after = await joinGroup(group.id);
    if (after !== null) onChange(after);
  };
  if (state === "CANNOT_JOIN_OR_REQUEST") return null;
  const name =
    state === "MEMBER"
      ? word("joined")
      : state === "REQUESTED"
        ? word("cancelRequest")
        : word("join");
  return (
    <>
      {/* Older pages say what the button is by its label, newer ones by what is written on it. */}
      <Button
        label={shell.layout === "old" ? name : null}
        className="primary"
        onPress={() => state !== "MEMBER" && void press()}
      >
        {name}
      </Button>
      {asks === "questions" && (
        <Sheet title={word("questions")}>
          <label>
            Why do you want to join? <textarea />
          </label>
          <Button label={null} isOff onPress={() => {}}>
            {word("submit")}
          </Button>
          <Button label={null} onPress={() => setAsks("leave")}>
            {word("cancel")}
          </Button>
        </Sheet>
      )}
      {asks === "leave" && (
        <Sheet title={word("questions")}>
          <Button label={null} onPress={() => setAsks(null)}>
            {word("exit")}
          </Button>
        </Sheet>
      )}
    </>
  );
}

export function Sheet({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="layer">
      <div className="dialog" role={mark("dialog")} aria-label={mark(title)}>
        <h2>{title}</h2>
        {children}
      </div>
    </div>
  );
}

/** Own content of a group, live or waiting. */
export function OwnContent({
  group,
  isPending,
}: {
  readonly group: Group;
  readonly isPending: boolean;
}) {
  const which = isPending ? "pending" : "posted";
  return (
    <>
      <div className="card" role={mark("tablist")}>
        <a href={at(`/groups/${group.id}/my_posted_content`)} role={mark("tab")}>
          {word("posted_tab")}
        </a>{" "}
        <a href={at(`/groups/${group.id}/my_pending_content`)} role={mark("tab")}>
          {word("pending_tab")}
        </a>
      </div>
      <Posts from={`/api/groups/${group.id}/${which}`} areUnaddressed={isPending} />
    </>
  );
}

export function SearchPage({ query }: { readonly query: string }) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = shell.groups.filter(({ name }) =>
    words.some((each) => name.toLowerCase().includes(each)),
  );
  if (found.length === 0) return <h2 dir="auto">{word("noGroups")}</h2>;
  return (
    <div role={mark("feed")}>
      {found.map((group) => (
        <Card key={group.id} group={group} />
      ))}
    </div>
  );
}

function Card({ group }: { readonly group: Group }) {
  const { viewer_join_state: state } = group;
  const facts = [
    word(group.isPublic ? "publicGroup" : "privateGroup"),
    members(group.memberCount),
    activity(group.postsPerDay),
  ];
  const name =
    state === "MEMBER" ? word("visit") : word(state === "REQUESTED" ? "cancelRequest" : "join");
  return (
    <div className="card" role={shell.layout === "old" ? mark("article") : undefined}>
      <a href={at(`/groups/${group.slug ?? group.id}/`)} role={mark("link")}>
        {group.name}
      </a>
      <div>
        <span dir="auto">{facts.join(" · ")}</span>
      </div>
      <Button label={name} onPress={() => {}}>
        {name}
      </Button>
    </div>
  );
}
