/** Posts, one or many, as LinkedIn shows them: no time but a rough age, links shortened, long texts cut. */

import { useEffect, useState } from "react";
import { load } from "../kit/requests.ts";
import { at } from "../kit/shell.ts";
import { className, viewName } from "./marks.ts";
import type { Post } from "./site-api.ts";
import { words } from "./words.ts";

export function PostList({ path }: { readonly path: string }) {
  const [posts, setPosts] = useState<readonly Post[] | null>(null);
  useEffect(() => {
    void load<{ posts: Post[] }>(path).then((found) => setPosts(found?.posts ?? []));
  }, [path]);
  if (posts === null) return <div className="loading" />;
  return (
    <main className={className("scaffold-finite-scroll__content")}>
      {posts.length === 0 && (
        <section className={className("artdeco-empty-state")} {...viewName("empty-state")}>
          {words.nothing}
        </section>
      )}
      {posts.map((post) => (
        <PostCard key={post.urn} post={post} />
      ))}
    </main>
  );
}

export function SinglePost({ urn }: { readonly urn: string }) {
  const [post, setPost] = useState<Post | null | undefined>(undefined);
  useEffect(() => {
    void load<Post>(`/voyager/api/update/${urn}`).then(setPost);
  }, [urn]);
  if (post === undefined) return <div className="loading" />;
  return (
    <main>
      {post === null ? (
        <section className={className("artdeco-empty-state")} {...viewName("missing-post")}>
          {words.nothing}
        </section>
      ) : (
        <PostCard post={post} />
      )}
    </main>
  );
}

function PostCard({ post }: { readonly post: Post }) {
  return (
    <div
      className={`${className("feed-shared-update-v2")} card`}
      {...viewName("feed-full-update")}
      data-urn={post.urn}
    >
      <a
        className={className("update-components-actor__meta-link")}
        href={at(`/in/${post.handle}/`)}
      >
        {post.name}
      </a>
      <div className={className("update-components-text")} {...viewName("feed-commentary")}>
        <span dir="ltr">
          {post.pieces.map((piece, index) => (
            <Piece key={index} {...piece} />
          ))}
        </span>
      </div>
      {post.media.map(({ sha256, type }) =>
        type.startsWith("video/") ? (
          <video key={sha256} src={at(`/media/${sha256}`)} muted />
        ) : (
          <img key={sha256} src={at(`/media/${sha256}`)} alt="" />
        ),
      )}
    </div>
  );
}

function Piece({ kind, text }: Post["pieces"][number]) {
  switch (kind) {
    case "text":
      return text.split("\n").map((line, index) => (
        <span key={index}>
          {index > 0 && <br />}
          {line}
        </span>
      ));
    case "link":
      return <a href={text}>{text}</a>;
    case "hashtag":
      return (
        <a href={at("/feed/")}>
          <span className="visually-hidden">hashtag</span>
          <span>
            <span aria-hidden="true">#</span>
            {text}
          </span>
        </a>
      );
    default:
      return kind satisfies never;
  }
}
