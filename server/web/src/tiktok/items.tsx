/** Videos as TikTok shows them: one on its own page, or the author's list of all. */

import { useEffect, useState } from "react";
import { at } from "../kit/shell.ts";
import { named } from "./marks.ts";
import { item, ownItems, type Item } from "./site-api.ts";
import { words } from "./words.ts";

const address = ({ handle, id }: Item): string => at(`/@${handle}/video/${id}`);

export function ContentList() {
  const [items, setItems] = useState<readonly Item[] | null>(null);
  useEffect(() => {
    void ownItems().then(setItems);
  }, []);
  if (items === null) return <div className="loading" />;
  return (
    <div className="card" {...named("data-tt", "components_PostTable_Container")}>
      {items.length === 0 && <p>{words.nothing}</p>}
      {items.map((each) => (
        <div key={each.id} className="row" {...named("data-tt", "components_PostTable_Row")}>
          <a href={address(each)} aria-hidden="true" tabIndex={-1}>
            ▶
          </a>
          <a href={address(each)} {...named("data-tt", "components_PostInfoCell_a")}>
            {each.desc}
          </a>
        </div>
      ))}
    </div>
  );
}

export function SingleItem({ id }: { readonly id: string }) {
  const [shown, setShown] = useState<Item | null | undefined>(undefined);
  useEffect(() => {
    void item(id).then(setShown);
  }, [id]);
  if (shown === undefined) return <div className="loading" />;
  if (shown === null) return <h2>{words.unavailable}</h2>;
  return (
    <div className="card">
      {shown.video && <video src={at(`/media/${shown.video}`)} muted preload="none" />}
      <a href={at(`/@${shown.handle}`)} {...named("data-e2e", "browse-username")}>
        {shown.handle}
      </a>
      <h1 {...named("data-e2e", "browse-video-desc")}>
        {shown.desc.split("\n").map((line, index) => (
          <span key={index}>
            {index > 0 && <br />}
            {line}
          </span>
        ))}
      </h1>
    </div>
  );
}
