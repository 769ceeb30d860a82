/** Posts as Instagram shows them: one on its own page, or the grid of an account without any words. */

import { useEffect, useState } from "react";
import { at } from "../kit/shell.ts";
import { postOf, postsOf, type Item } from "./site-api.ts";
import { words } from "./words.ts";

const address = ({ code, product_type: kind }: Item): string =>
  at(`/${kind === "clips" ? "reel" : "p"}/${code}/`);

export function Grid({ handle }: { readonly handle: string }) {
  const [items, setItems] = useState<readonly Item[] | null>(null);
  useEffect(() => {
    void postsOf(handle).then(setItems);
  }, [handle]);
  if (items === null) return <div className="loading" />;
  return (
    <>
      <header>
        <h2>{handle}</h2>
      </header>
      {items.length === 0 && <h1>{words.nothing}</h1>}
      <div className="grid">
        {items.map((each) => (
          <a key={each.code} href={address(each)}>
            <Files item={each} />
          </a>
        ))}
      </div>
    </>
  );
}

export function SinglePost({ code }: { readonly code: string }) {
  const [item, setItem] = useState<Item | null | undefined>(undefined);
  useEffect(() => {
    void postOf(code).then(setItem);
  }, [code]);
  if (item === undefined) return <div className="loading" />;
  if (item === null) return <h2>{words.missing}</h2>;
  return (
    <article className="card">
      <header>
        <a href={at(`/${item.user.username}/`)}>{item.user.username}</a>
      </header>
      <Files item={item} />
      <h1 dir="auto">
        {item.caption?.text.split("\n").map((line, index) => (
          <span key={index}>
            {index > 0 && <br />}
            {line}
          </span>
        ))}
      </h1>
    </article>
  );
}

function Files({ item }: { readonly item: Item }) {
  return item.files.map(({ sha256, type }, index) =>
    type.startsWith("video/") ? (
      <video key={index} src={at(`/media/${sha256}`)} muted preload="none" />
    ) : (
      <img key={index} src={at(`/media/${sha256}`)} alt="" />
    ),
  );
}
