/** Posts as the site shows them, in lists and on pages of their own. */

import { useEffect, useState } from "react";
import { load } from "../kit/requests.ts";
import { at, mark } from "../kit/shell.ts";
import { Button } from "./composer.tsx";
import { shell, type Post } from "./site-api.ts";
import { word } from "./words.ts";

/** What is longer is cut in lists. */
const SHOWN_CHARACTERS = 400;

interface PostsProps {
  readonly from: string;
  readonly revision?: number;
  /** Own content that waits has no address. */
  readonly areUnaddressed?: boolean;
  readonly isAlone?: boolean;
}

export function Posts({ from, revision = 0, areUnaddressed, isAlone }: PostsProps) {
  const [posts, setPosts] = useState<readonly Post[] | "missing" | null>(null);
  useEffect(() => {
    void load<{ posts: readonly Post[] }>(from).then((list) => setPosts(list?.posts ?? "missing"));
  }, [from, revision]);
  if (posts === null) return null;
  if (posts === "missing") return <h2 dir="auto">{word("missing")}</h2>;
  if (posts.length === 0) return <h2 dir="auto">{word("noPosts")}</h2>;
  return posts.map((post) => (
    <Article
      key={post.id}
      post={post}
      isAddressed={areUnaddressed !== true}
      isWhole={isAlone === true}
    />
  ));
}

interface ArticleProps {
  readonly post: Post;
  readonly isAddressed: boolean;
  readonly isWhole: boolean;
}

function Article({ post, isAddressed, isWhole }: ArticleProps) {
  const [isOpen, setOpen] = useState(isWhole || post.text.length <= SHOWN_CHARACTERS);
  const place = post.group === null ? post.handle : `groups/${post.group}`;
  const author = post.group === null ? `/${post.handle}` : `/${place}/user/${post.userId}/`;
  const address = at(`/${place}/posts/${post.id}/`);
  // Newer pages fill the address in when somebody turns to the link.
  const [href, setHref] = useState(shell.layout === "old" ? address : "#");
  const text = isOpen ? post.text : `${post.text.slice(0, SHOWN_CHARACTERS)}… `;
  return (
    <div className="card post" role={mark("article")}>
      <h3>
        <a href={at(author)} role={mark("link")}>
          {post.name}
        </a>
      </h3>
      {isAddressed && (
        <a
          className="time"
          role={mark("link")}
          href={href}
          onFocus={() => setHref(address)}
          onMouseOver={() => setHref(address)}
        >
          {new Date(post.at).toLocaleTimeString(shell.language)}
        </a>
      )}
      <div data-ad-rendering-role={mark("story_message")} dir="auto">
        {text.split("\n").map((line, index) => (
          <div key={index} dir="auto">
            {line === "" ? <br /> : line}
            {!isOpen && index === text.split("\n").length - 1 && (
              <Button label={null} className="plain" onPress={() => setOpen(true)}>
                {word("seeMore")}
              </Button>
            )}
          </div>
        ))}
      </div>
      <div className="files">
        {post.media.map((sha256) => (
          <img key={sha256} src={at(`/media/${sha256}`)} alt="" />
        ))}
      </div>
    </div>
  );
}
