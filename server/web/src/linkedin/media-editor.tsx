/** The step in which files are chosen and uploaded; only when all are there it goes on. */

import { useRef, useState } from "react";
import { label, role } from "../kit/marks.ts";
import { className } from "./marks.ts";
import { upload } from "./site-api.ts";
import { words } from "./words.ts";

export interface Chosen {
  readonly urn: string;
  readonly url: string;
  readonly isVideo: boolean;
}

interface Tile {
  readonly url: string;
  readonly isVideo: boolean;
  /** Null while on its way, false when it was refused. */
  readonly urn: string | null | false;
}

export function MediaEditor({ onNext }: { readonly onNext: (chosen: Chosen[]) => void }) {
  const [tiles, setTiles] = useState<readonly Tile[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const isWhole = tiles.length > 0 && tiles.every(({ urn }) => typeof urn === "string");

  // The input appends: files that are delivered twice are there twice.
  const take = (files: readonly File[]) => {
    for (const file of files) {
      const url = URL.createObjectURL(file);
      const isVideo = file.type.startsWith("video/");
      setTiles((held) => [...held, { url, isVideo, urn: null }]);
      void upload(file).then((urn) =>
        setTiles((held) =>
          held.map((tile) => (tile.url === url ? { ...tile, urn: urn ?? false } : tile)),
        ),
      );
    }
  };

  return (
    <div className={className("media-editor")}>
      <input
        ref={input}
        id="media-editor-file-selector__file-input"
        type="file"
        accept="image/*,video/*"
        multiple
        hidden
        onChange={(event) => take([...(event.target.files ?? [])])}
      />
      <button type="button" {...label(words.addMedia)} onClick={() => input.current?.click()}>
        ▣
      </button>
      <div className={className("media-editor__tiles")}>
        {tiles.map((tile) => (
          <figure key={tile.url}>
            {tile.isVideo ? <video src={tile.url} muted /> : <img src={tile.url} alt="" />}
            {tile.urn === null && <div role={role("progressbar")} className="progress" />}
            {tile.urn === false && <div role={role("alert")}>{words.tooOften}</div>}
          </figure>
        ))}
      </div>
      <button
        type="button"
        className={`${className("share-box-footer__primary-btn")} primary`}
        disabled={!isWhole}
        onClick={() =>
          onNext(
            tiles.flatMap(({ urn, url, isVideo }) =>
              typeof urn === "string" ? [{ urn, url, isVideo }] : [],
            ),
          )
        }
      >
        {words.next}
      </button>
    </div>
  );
}
